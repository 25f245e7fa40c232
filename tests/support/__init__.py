"""What tests stand on: histories, services, databases, samples, checks."""
