"""Mirrors: a worker deletes its mirrors of repositories whose data another worker purged."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import cast

from bot.domain import Tenant
from bot.github.app import GitHub
from bot.repositories.mirrors import Mirrors
from bot.repositories.runner import AgentRunner

KNOWN, PURGED, FRESH = Tenant(1, 10), Tenant(1, 11), Tenant(2, 12)


async def test_an_old_mirror_of_an_unknown_repository_is_deleted(tmp_path: Path) -> None:
    # `remove_stale` uses neither GitHub nor the pool.
    mirrors = Mirrors(tmp_path, cast(GitHub, None), cast(AgentRunner, None))
    for tenant in (KNOWN, PURGED, FRESH):
        mirrors.path_of(tenant).mkdir(parents=True)
    (tmp_path / "1" / "notes.git").mkdir()
    before = time.time() - 2 * 24 * 3600
    for path in (mirrors.path_of(KNOWN), mirrors.path_of(PURGED), tmp_path / "1" / "notes.git"):
        os.utime(path, (before, before))

    async def is_known(tenant: Tenant) -> bool:
        return tenant == KNOWN

    assert await mirrors.remove_stale(is_known) == [PURGED]
    remaining = [
        path for path in (*map(mirrors.path_of, (KNOWN, PURGED, FRESH)), tmp_path / "1" / "notes.git") if path.is_dir()
    ]
    assert [path.name for path in remaining] == ["10.git", "12.git", "notes.git"]
