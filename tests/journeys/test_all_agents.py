"""All agents handle one change."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import orchestrator
from bot.domain import Job
from bot.orchestrator import JobResult, JobServices
from bot.ports import Step
from tests.journeys.scene import RENAMED, idle, project, serving, settings_for

pytestmark = pytest.mark.journey

SCRIPT = Path(__file__).with_name("post_deploy_checks.py")
"""The script from the plan (8.2.1), unchanged."""


async def test_a_change_is_detected_and_its_documents_and_embeddings_are_updated(tmp_path: Path) -> None:
    result: dict[str, Any] = {}

    async def handle(services: JobServices, step: Step, job: Job) -> JobResult:
        job_result = await orchestrator.handle(services, step, job)
        result.update(job_result.as_dict())
        return job_result

    async with (
        project(tmp_path) as scene,
        serving(settings_for(scene.sandbox, scene.app, tmp_path, mas_embedder="minilm"), handle) as (address, service),
    ):
        scene.sandbox.set_webhook_url(scene.app, f"{address}/webhook")
        scene.sandbox.install(scene.app, "octo", [scene.repository])
        await scene.push(RENAMED)
        await idle(service)

        assert result["change_detected"] is True
        assert result["document_updated"] is True
        assert result["embeddings_updated"] is True
        ran = {each.agent for each in await service.runs.summaries() if each.runs}
        assert {"change_detection", "document_update", "rag_management"} <= ran

        checks = await asyncio.create_subprocess_exec(
            sys.executable, str(SCRIPT), address, stdout=asyncio.subprocess.PIPE, env={"PYTHONIOENCODING": "utf-8"}
        )
        output, _ = await checks.communicate()
        assert (checks.returncode, "All integration tests passed" in output.decode()) == (0, True), output.decode()
