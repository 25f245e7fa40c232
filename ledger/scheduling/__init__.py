"""Moving a clock from one day of due work to the next."""
