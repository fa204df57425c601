"""What the county knows about its households, and who said it (DESIGN: sections 2.3 and 2.6)."""
