"""What is due, and its commands to the writer."""
