"""Poverty projects: readiness, progress, money out, and two dates that may not slip silently."""
