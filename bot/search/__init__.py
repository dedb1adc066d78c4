"""The search index: storage, updates, and the search service."""
