"""The index of this area's models; each lives in the file of its noun."""
