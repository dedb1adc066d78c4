"""Reviewed snapshots of what MAS writes."""
