"""What a decision of yes leads to: entitlements, notices and every measure's own deed."""
