"""From a decision of yes to a fact: entitlements, public notice, and every measure's own deed."""
