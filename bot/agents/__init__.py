"""The four agents: pure functions over trees."""
