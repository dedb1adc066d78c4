"""Backups: one verifiable file each, taken while the bot runs.

    snapshot ──▶ archive (tar.gz with a manifest) ──▶ encryption, if a key is set ──▶ verification ──▶ storage

A backup contains everything that MAS cannot fetch or rebuild: the database with the store, the deliveries and the jobs
of the durable engine; the settings without secrets (with a key, all settings); and optionally a bundle of the deployed
code. Mirrors are excluded, because they can be fetched again.

snapshot        a consistent snapshot of SQLite or PostgreSQL, and its restore into an empty database
external_store  a store in a database of its own, row by row
archive         packing and unpacking by a manifest
encryption      authenticated encryption that detects changes and truncation
storage         names, locking and retention; storage in a folder
s3              storage in an S3-compatible bucket
locations       parses a location into one of the two
"""

from bot.ops.backup.backup import BackupResult, back_up, restore

__all__ = ["BackupResult", "back_up", "restore"]
