"""What the demo county has been told, and by whom."""
