"""Back-ups: one file each, taken while the bot runs, that says of itself whether it is whole.

    snapshot ──▶ archive (manifest with checksums, tar.gz) ──▶ sealed, where a key is given ──▶ read again ──▶ shelf

What it holds is all that MAS cannot fetch or work out anew: the database, which has the store, the deliveries and the
durable engine's jobs; the settings that are no secret (with a key, all of them); and, where it is named, a bundle of
the code that was deployed. Mirrors are left out: losing one costs a fetch.

snapshot   one moment of a SQLite file or a PostgreSQL database, and the way back into an empty one
elsewhere  a store that has a database of its own, by the rows of it
archive    files into one, and out again, by a manifest
sealing    encryption that shows any change and any missing end
shelf      where they are kept: names, one writer, retention; a folder
bucket     the same in S3-compatible storage
places     which of the two a place names
"""

from bot.ops.backup.backup import BackupResult, back_up, restore

__all__ = ["BackupResult", "back_up", "restore"]
