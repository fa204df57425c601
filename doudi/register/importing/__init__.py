"""Tables taken in: a profile says how to read one, a preview what it would change, and accepting is all or nothing."""
