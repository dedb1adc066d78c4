"""Traces: a collector receives jobs, steps and requests as one tree; without one, nothing is sent."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot.telemetry.tracing import configure, span


async def test_spans_reach_the_collector_with_their_parents_and_without_error_messages() -> None:
    received = asyncio.Queue[bytes]()

    async def collect(request: web.Request) -> web.Response:
        assert request.headers.get("Content-Encoding") in (None, "identity")
        await received.put(await request.read())
        return web.Response(body=b"", content_type="application/x-protobuf")

    app = web.Application()
    app.add_routes([web.post("/v1/traces", collect)])
    async with TestServer(app) as server:
        shut_down = configure(str(server.make_url("/")))
        with pytest.raises(ValueError, match="hunter2"), span("job push", delivery="d-1"), span("fetch 0"):
            raise ValueError("the password is hunter2")
        await asyncio.to_thread(shut_down)
        body = await received.get()

    assert b"hunter2" not in body
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert "mas" in {attribute.value.string_value for attribute in resource.resource.attributes}
    spans = {s.name: s for scope in resource.scope_spans for s in scope.spans}
    assert spans["fetch 0"].parent_span_id == spans["job push"].span_id
    assert [(a.key, a.value.string_value) for a in spans["job push"].attributes] == [("delivery", "d-1")]
    assert spans["fetch 0"].status.message == "ValueError"


def test_without_a_collector_a_span_does_nothing() -> None:
    with span("job push", delivery="d-1"):
        pass
