"""Rank the documentation sections that a change probably made stale."""
