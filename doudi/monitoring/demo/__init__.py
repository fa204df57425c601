"""Monitoring of the demo county: what was found at doors and on the phone, and what became of it."""
