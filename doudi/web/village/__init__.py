"""The village's own desk: patrols, what is to be marked, paper and its typing in."""
