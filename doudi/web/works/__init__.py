"""Poverty projects."""
