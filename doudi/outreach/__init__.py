"""Telling everybody: what is said to whom, through which channel, and whether it arrived."""
