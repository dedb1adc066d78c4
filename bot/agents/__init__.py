"""The agents: pure functions from trees to what should be said and done."""
