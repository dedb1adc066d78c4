"""GitHub's JSON objects, shared by REST responses and webhooks.

https://docs.github.com/rest and https://docs.github.com/webhooks/webhook-events-and-payloads
"""
