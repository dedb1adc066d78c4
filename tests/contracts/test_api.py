"""The API: access control, problem details and monitoring endpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import RemoteError, UserError
from bot.server.web.access import SCOPE, Access
from bot.server.web.api import agent_routes, metric_routes, metrics_middleware
from bot.settings.api_tokens import ALL_REPOSITORIES, TokenScope, parse_tokens
from bot.stores.database import connect
from bot.telemetry.agent_runs import AgentRuns
from bot.telemetry.metrics import Metrics

ALL, SOME = "a" * 32, "b" * 32
CreateClient = Callable[..., Awaitable[TestClient[web.Request, web.Application]]]


@pytest.fixture
async def runs(tmp_path: Path) -> AsyncIterator[AgentRuns]:
    database = connect(f"sqlite:///{tmp_path / 'mas.db'}")
    opened = AgentRuns(database)
    await opened.open()
    yield opened
    database.dispose()


@pytest.fixture
async def api(runs: AgentRuns) -> AsyncIterator[CreateClient]:
    """Create clients of an API with these tokens."""
    clients = []

    async def make(tokens: str = "") -> TestClient[web.Request, web.Application]:
        metrics, access = Metrics(), Access(parse_tokens(tokens))

        async def gather() -> None:
            metrics.record_backlog(3, 12.5)

        async def depths() -> dict[str, int]:
            return {"document_update": 2}

        async def allowed(request: web.Request) -> web.Response:
            return web.json_response({"allowed": request[SCOPE].allows(7, "Octo/Docs")})

        async def wrong(request: web.Request) -> web.Response:
            raise UserError("That is no number.", "Give one.")

        async def away(request: web.Request) -> web.Response:
            raise RemoteError("The database does not answer.")

        app = web.Application(middlewares=[metrics_middleware(metrics)])
        app.add_routes(metric_routes(metrics, gather, access))
        app.add_routes(agent_routes(runs, depths, access))
        app.add_routes(
            [web.get("/api/allowed", access.require_token(allowed)), web.get("/api/wrong", access.require_token(wrong))]
        )
        app.add_routes([web.get("/api/away", access.require_token(away))])
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class TestAccess:
    async def test_without_tokens_this_machine_is_allowed(self, api: CreateClient) -> None:
        async with (await api()).get("/api/metrics") as answer:
            assert answer.status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Forwarded-For": "127.0.0.1"},
            {"Forwarded": "for=127.0.0.1"},
            {"Via": "1.1 proxy"},
            {"X-Real-IP": "127.0.0.1"},
            {"Host": "rebound.example:8000"},
        ],
    )
    async def test_without_tokens_proxied_and_rebound_requests_are_rejected(
        self, api: CreateClient, headers: dict[str, str]
    ) -> None:
        async with (await api()).get("/api/metrics", headers=headers) as answer:
            assert (answer.status, answer.content_type) == (403, "application/problem+json")

    async def test_with_tokens_every_request_needs_one(self, api: CreateClient) -> None:
        client = await api(f"{ALL}=*")

        for headers, status in [
            ({}, 401),
            (bearer("a" * 31), 401),
            (bearer(""), 401),
            ({"Authorization": f"Basic {ALL}"}, 401),
            (bearer(ALL), 200),
            ({"Authorization": f"bearer  {ALL} ", "X-Forwarded-For": "203.0.113.9"}, 200),
        ]:
            async with client.get("/api/metrics", headers=headers) as answer:
                assert answer.status == status, headers
                assert (answer.headers.get("WWW-Authenticate") is not None) == (status == 401)

    async def test_a_scoped_token_cannot_use_global_endpoints(self, api: CreateClient) -> None:
        client = await api(f"{ALL}=*; {SOME}=octo/docs, 42")

        for path in ("/api/metrics", "/api/agents/status"):
            async with client.get(path, headers=bearer(SOME)) as answer:
                assert (await answer.json())["detail"] == "This endpoint needs a token with scope `*`."
        async with client.get("/api/allowed", headers=bearer(SOME)) as answer:
            assert await answer.json() == {"allowed": True}

    async def test_prometheus_needs_a_token_only_through_a_proxy(self, api: CreateClient) -> None:
        client, proxied = await api(f"{ALL}=*"), {"X-Forwarded-For": "10.0.0.1"}

        for headers, status in [({}, 200), (proxied, 401), (proxied | bearer(ALL), 200)]:
            async with client.get("/metrics", headers=headers) as answer:
                assert answer.status == status

    def test_a_scope_includes_what_it_names(self) -> None:
        ((_, everything),) = parse_tokens(f"{ALL}=*")
        ((_, some),) = parse_tokens(f"{ALL}==Octo/Docs,42")

        assert everything == ALL_REPOSITORIES
        assert some == TokenScope(False, frozenset({42}), frozenset({"octo/docs"}))
        assert (some.allows(42, "x/y"), some.allows(1, "OCTO/docs"), some.allows(1, "x/y")) == (True, True, False)

    @pytest.mark.parametrize("said", ["short=*", ALL, f"{ALL}=", f"{ALL}=*,42", f"{ALL}=a/b/c", f"{ALL}=octo", "=*"])
    def test_an_invalid_token_entry_is_rejected_and_not_repeated(self, said: str) -> None:
        with pytest.raises(ValueError, match=r"^has ") as refused:
            parse_tokens(said)
        assert ALL not in str(refused.value)


class TestErrors:
    async def test_errors_are_problem_details(self, api: CreateClient) -> None:
        client = await api()

        for path, status, detail in [
            ("/api/wrong", 400, "That is no number. Give one."),
            ("/api/away", 503, "The database does not answer."),
            ("/api/none", 404, "There is no GET /api/none. See /api/openapi.json for the endpoints."),
        ]:
            async with client.get(path) as answer:
                assert (answer.status, answer.content_type) == (status, "application/problem+json")
                body = await answer.json(content_type=None)
                assert (body["type"], body["status"], body["detail"]) == ("about:blank", status, detail)


class TestMonitoring:
    async def test_metrics_have_the_same_values_for_prometheus_and_in_json(self, api: CreateClient) -> None:
        client = await api()
        async with client.get("/somewhere/else") as answer:
            assert answer.status == 404

        async with client.get("/metrics") as answer:
            families = {f.name: f for f in text_string_to_metric_families(await answer.text())}
        async with client.get("/api/metrics") as answer:
            in_json = {family["name"]: family for family in (await answer.json())["metrics"]}

        scraper = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"}
        async with client.get("/api/metrics", headers=scraper) as answer:
            assert "# TYPE mas_queue_depth gauge" in await answer.text()

        assert families["mas_queue_depth"].samples[0].value == 3
        assert families["mas_queue_oldest_seconds"].samples[0].value == 12.5
        (request,) = [s for s in families["mas_http_requests"].samples if s.name == "mas_http_requests_total"]
        assert request.labels == {"route": "unmatched", "method": "GET", "status": "404"}
        assert in_json["mas_queue_depth"]["samples"] == [{"name": "mas_queue_depth", "labels": {}, "value": 3.0}]
        assert families.keys() <= in_json.keys()

    async def test_the_status_covers_each_agents_last_day(self, api: CreateClient, runs: AgentRuns) -> None:
        for seconds in (0.1, 0.2, 0.3):
            await runs.record({"change_detection": seconds / 2, "document_update": seconds}, ok=True)
        await runs.record({"document_update": 9.0}, ok=False)

        async with (await api()).get("/api/agents/status") as answer:
            agents = {agent.pop("name"): agent for agent in (await answer.json())["agents"]}

        assert list(agents) == ["change_detection", "document_update", "security_review", "rag_management"]
        update = agents["document_update"]
        assert (update["runs"], update["error_rate"], update["queue_depth"]) == (4, 0.25, 2)
        assert update["latency_seconds"] == {"p50": 0.2, "p95": 9.0}
        assert update["last_run"].endswith("+00:00")
        assert agents["security_review"]["last_run"] is None
