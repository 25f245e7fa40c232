"""What things cost, and how documents say it: computed here, once."""
