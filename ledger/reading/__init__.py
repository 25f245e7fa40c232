"""What is answered: one query a question, as of any moment."""
