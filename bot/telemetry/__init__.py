"""Logs, metrics, traces, and the history of agent runs."""
