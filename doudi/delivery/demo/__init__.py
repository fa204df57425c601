"""What the demo county has granted and carried out."""
