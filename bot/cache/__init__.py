"""Shared caches with expiry. Entries may be lost at any time."""
