"""Observe GitHub and apply actions; implements `ports.Forge`."""
