"""The week that "this week" means: the seven days up to the day of the page."""

from datetime import timedelta

WEEK = timedelta(days=7)
