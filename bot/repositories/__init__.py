"""Repositories read through git mirrors; implements `ports.Repositories`."""
