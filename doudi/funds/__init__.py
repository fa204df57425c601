"""Money: sources, budgets, the ledger, payments and what the bank answers."""
