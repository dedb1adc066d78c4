"""The field's scanners: one record each, one line each."""
