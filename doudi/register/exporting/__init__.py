"""Tables that leave: one way out for every spreadsheet, logged with its reason, and one way back."""
