"""Rules on removed lines: one record each, one line each."""
