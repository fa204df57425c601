"""Telling everybody: campaigns, who was reached, and who asked for advice."""
