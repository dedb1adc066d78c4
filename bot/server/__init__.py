"""The server: the composition root, the service and its web handlers."""
