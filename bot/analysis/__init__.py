"""Compare two commits: draft documentation edits, review security."""
