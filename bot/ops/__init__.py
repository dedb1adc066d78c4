"""Operator commands: diagnostics, backup, audit log, failed deliveries, smoke test."""
