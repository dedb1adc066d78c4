"""The HTTP side: the webhook, health, and the pages on this machine."""
