"""Alerts, dashboard, runbook and the pipeline's metrics are consistent."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.telemetry.metrics import Metrics
from scripts import pipeline_metrics

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "monitoring"
IN_WORK = {
    "mas_model_calls_total",
    "mas_model_cost_dollars_total",
    "mas_model_tokens_total",
}
"""Metrics of features that do not exist yet."""
PIPELINE = {"pipeline_success_rate", "pipeline_duration_seconds", "deployment_success", "security_vulnerabilities"}


def bot_metrics() -> set[str]:
    """Return the names of the bot's metrics in Prometheus."""
    kinds = {"counter": "_total", "histogram": "_bucket", "gauge": ""}
    exported = {family["name"] + kinds.get(family["type"], "") for family in Metrics().as_json()}
    return {name for name in exported if name.startswith("mas_")} - {"mas_info"} | IN_WORK


def names(text: str) -> set[str]:
    return set(re.findall(r"\b(?:mas|pipeline|deployment|security)_[a-z_]+", text))


def alerts() -> list[dict[str, dict[str, str]]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_alerts_use_existing_metrics() -> None:
    assert names(" ".join(str(rule["expr"]) for rule in alerts())) <= bot_metrics() | PIPELINE


def test_the_dashboard_shows_every_metric() -> None:
    panels = json.loads((MONITORING / "grafana/mas.json").read_text())["panels"]
    shown = names(" ".join(target["expr"] for panel in panels for target in panel["targets"]))

    assert shown == bot_metrics() | PIPELINE - {"pipeline_duration_seconds"}


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_every_alert_links_to_a_section_of_the_runbook(rule: dict[str, dict[str, str]]) -> None:
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs/runbook.md").read_text(), re.M)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    url, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    assert url == "{{ $externalLabels.runbook }}"
    assert anchor in anchors


class TestPipelineMetrics:
    @pytest.fixture
    async def github(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, object]]:
        """A GitHub on loopback: its responses by path."""
        answers: dict[str, object] = {}

        async def answer(request: web.Request) -> web.Response:
            assert request.headers["Authorization"] == "Bearer token"
            path = request.match_info["path"]
            key = f"{path}?{request.query['environment']}" if "environment" in request.query else path
            return web.json_response(answers[key]) if key in answers else web.Response(status=404)

        app = web.Application()
        app.add_routes([web.get("/repos/mas-docs/mas/{path:.*}", answer)])
        async with TestServer(app) as server:
            monkeypatch.setenv("GITHUB_API_URL", str(server.make_url("")).rstrip("/"))
            monkeypatch.setenv("GITHUB_REPOSITORY", "mas-docs/mas")
            monkeypatch.setenv("GITHUB_TOKEN", "token")
            yield answers

    async def lines(self, metrics: Callable[[], Iterator[str]]) -> list[str]:
        return await asyncio.to_thread(lambda: list(metrics()))

    async def test_the_success_rate_ignores_cancelled_and_skipped_runs(self, github: dict[str, object]) -> None:
        def run(conclusion: str) -> dict[str, str]:
            times = {"run_started_at": "2026-01-01T10:00:00Z", "updated_at": "2026-01-01T10:05:30Z"}
            return times | {"conclusion": conclusion}

        ended = ["success", "cancelled", "failure", "success", "skipped", "success"]
        github["actions/workflows/delivery.yml/runs"] = {"workflow_runs": [run(each) for each in ended]}

        assert await self.lines(lambda: pipeline_metrics.runs("delivery.yml")) == [
            'pipeline_success_rate{pipeline="mas-cicd"} 0.75',
            'pipeline_duration_seconds{pipeline="mas-cicd"} 330.0',
        ]

    async def test_the_last_finished_deployment_counts(self, github: dict[str, object]) -> None:
        github["deployments?production"] = [{"id": 3}, {"id": 2}, {"id": 1}]
        github["deployments/3/statuses"] = [{"state": "in_progress"}, {"state": "waiting"}]
        github["deployments/2/statuses"] = [{"state": "failure"}, {"state": "in_progress"}]
        github["deployments/1/statuses"] = [{"state": "inactive"}, {"state": "success"}]

        lines = await self.lines(lambda: pipeline_metrics.deployments("production"))

        assert lines == ['deployment_success{environment="production"} 0']

    async def test_findings_are_counted_by_severity_including_zero(self, github: dict[str, object]) -> None:
        levels = ["high", "high", "low", None]
        github["code-scanning/alerts"] = [{"rule": {"security_severity_level": level}} for level in levels]

        lines = await self.lines(pipeline_metrics.vulnerabilities)

        assert lines == [
            f'security_vulnerabilities{{severity="{level}"}} {count}'
            for level, count in (("critical", 0), ("high", 2), ("medium", 0), ("low", 1))
        ]

    async def test_a_missing_response_is_an_error(self, github: dict[str, object]) -> None:
        with pytest.raises(OSError, match="404"):
            await self.lines(pipeline_metrics.vulnerabilities)
