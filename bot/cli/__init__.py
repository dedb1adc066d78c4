"""The `mas` command line."""
