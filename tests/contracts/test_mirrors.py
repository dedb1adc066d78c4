"""The mirrors on a worker's disk go when another worker was told to forget their repositories."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import cast

from bot.domain import Tenant
from bot.github.app import GitHub
from bot.repositories.mirrors import Mirrors
from bot.repositories.runner import AgentRunner

KNOWN, FORGOTTEN, FRESH = Tenant(1, 10), Tenant(1, 11), Tenant(2, 12)


async def test_a_mirror_that_is_old_and_of_no_known_repository_is_deleted(tmp_path: Path) -> None:
    # A sweep asks neither GitHub nor the pool.
    mirrors = Mirrors(tmp_path, cast(GitHub, None), cast(AgentRunner, None))
    for tenant in (KNOWN, FORGOTTEN, FRESH):
        mirrors.path_of(tenant).mkdir(parents=True)
    (tmp_path / "1" / "notes.git").mkdir()
    before = time.time() - 2 * 24 * 3600
    for path in (mirrors.path_of(KNOWN), mirrors.path_of(FORGOTTEN), tmp_path / "1" / "notes.git"):
        os.utime(path, (before, before))

    async def known(tenant: Tenant) -> bool:
        return tenant == KNOWN

    assert await mirrors.remove_stale(known) == [FORGOTTEN]
    there = [
        path
        for path in (*map(mirrors.path_of, (KNOWN, FORGOTTEN, FRESH)), tmp_path / "1" / "notes.git")
        if path.is_dir()
    ]
    assert [path.name for path in there] == ["10.git", "12.git", "notes.git"]
