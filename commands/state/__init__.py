"""What decisions know: the folds of an account's facts and of a catalogue's."""
