"""Analyse the change between two commits: draft documentation edits, review security."""
