"""The phone of a helper: what it takes with it, and what it sends back."""
