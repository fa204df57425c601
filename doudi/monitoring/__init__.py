"""Checking at every household: what was found, what sources disagree on, who must be looked after."""
