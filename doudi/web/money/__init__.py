"""Money: budgets, payments, batches and the bank's answers."""
