"""Facts to bytes and back; JSON from outside."""
