"""The JSON objects of GitHub, shared by REST answers and webhooks.

https://docs.github.com/rest and https://docs.github.com/webhooks/webhook-events-and-payloads
"""
