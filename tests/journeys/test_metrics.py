"""The metrics of a rename and its pull request: counted once, by rule, and without names of accounts."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.server.service import Service
from tests.journeys.scene import RENAMED, idle, installed, until

pytestmark = pytest.mark.journey


def samples(service: Service) -> dict[str, float]:
    """Return all samples by name and labels."""
    families = text_string_to_metric_families(service.metrics.exposition().decode())
    return {
        f"{s.name}{''.join(f' {name}={value}' for name, value in sorted(s.labels.items()))}": s.value
        for family in families
        for s in family.samples
    }


async def test_a_rename_and_its_closed_pull_request_are_counted(tmp_path: Path) -> None:
    async with installed(tmp_path) as (scene, service):
        await scene.push(RENAMED, "Rename fetch_all")
        pull = await scene.pull()
        await idle(service)
        await scene.push({"docs/other.md": "# Other\n\nAll is still well.\n"})
        await idle(service)
        scene.sandbox.person("maria").close(pull)
        await idle(service)
        # A job is counted shortly after its outcome is stored.
        await until(lambda: "mas_job_seconds_count kind=pull-request-closed" in samples(service))
        counted = samples(service)
        agents = {record.agent: record for record in await service.runs.summaries()}

    edits = {name: value for name, value in counted.items() if name.startswith("mas_doc_edits_total")}
    assert set(edits) == {f"mas_doc_edits_total outcome={o} rule=renamed" for o in ("proposed", "rejected")}
    assert len(set(edits.values())) == 1, "each edit is counted once, though two pushes proposed it"
    assert counted["mas_deliveries_total event=push outcome=accepted"] >= 2
    assert counted["mas_jobs_total kind=push outcome=done"] >= 2
    assert counted["mas_job_seconds_count kind=pull-request-closed"] == 1
    assert counted["mas_github_requests_total method=GRAPHQL status=200"] > 0
    assert any(name.startswith("mas_github_rate_remaining installation=") for name in counted)
    assert not [name for name in counted if "octo" in name or "sample" in name or "maria" in name]
    assert agents["change_detection"].runs >= 2
    assert agents["document_update"].last_run is not None
    assert agents["document_update"].failed == 0
