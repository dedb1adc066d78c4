"""HTTP: the webhook, health checks, the API, and the local set-up page."""
