"""Money of the demo county."""
