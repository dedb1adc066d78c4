"""Rate limits, conditional requests, pagination, faults, and the manifest flow of the sandbox."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, running_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running_scene(tmp_path) as running:
        yield running


# ------------------------------------------------------------------ limits


async def test_each_response_has_the_remaining_rate_limit(scene: Scene) -> None:
    first, second = [await scene.api("GET", REPO) for _ in range(2)]
    left = [int(a.headers["X-RateLimit-Remaining"]) for a in (first, second)]
    assert left[0] - left[1] == 1
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Resource"]) == ("5000", "core")
    assert int(first.headers["X-RateLimit-Reset"]) > scene.clock().timestamp()
    assert first.headers["X-GitHub-Request-Id"] != second.headers["X-GitHub-Request-Id"]


async def test_reading_the_rate_limit_is_free(scene: Scene) -> None:
    answers = [(await scene.api("GET", "/rate_limit")).body["rate"] for _ in range(2)]
    assert answers[0] == answers[1]


async def test_calls_above_the_primary_limit_fail_until_it_resets(scene: Scene) -> None:
    scene.sandbox.limits.primary = 1
    await scene.api("GET", REPO)
    refused = await scene.api("GET", REPO)
    assert (refused.status, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert refused.message == f"API rate limit exceeded for installation ID {scene.installation}."
    scene.clock.advance(minutes=61)
    assert (await scene.api("GET", REPO, token=await scene.new_token())).status == 200


async def test_graphql_reports_its_primary_limit_with_200(scene: Scene) -> None:
    scene.sandbox.limits.primary = 1
    answers = [await scene.graphql("{ viewer { login } }") for _ in range(2)]
    assert [answer.get("errors", [{}])[0].get("type") for answer in answers] == [None, "RATE_LIMITED"]


async def test_writes_above_the_secondary_limit_must_wait(scene: Scene) -> None:
    await scene.pull()
    scene.sandbox.limits.writes_per_minute = 1
    answers = [await scene.api("POST", f"{REPO}/issues/1/comments", {"body": "x"}) for _ in range(2)]
    assert answers[-1].status == 403
    assert answers[-1].headers["Retry-After"] == "60"
    assert "secondary rate limit" in answers[-1].message
    assert (await scene.api("GET", REPO)).status == 200
    scene.clock.advance(minutes=2)
    assert (await scene.api("POST", f"{REPO}/issues/1/comments", {"body": "x"})).status == 201


async def test_unchanged_responses_cost_no_quota(scene: Scene) -> None:
    first = await scene.api("GET", REPO)
    same = await scene.api("GET", REPO, If_None_Match=first.headers["ETag"])
    assert (same.status, same.body) == (304, "")
    assert same.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]
    await scene.pull()
    assert (await scene.api("GET", REPO, If_None_Match=first.headers["ETag"])).status == 200


async def test_long_lists_are_paginated(scene: Scene) -> None:
    pull = await scene.pull()
    for number in range(5):
        scene.sandbox.comment(pull, str(number), by="maria")
    first = await scene.api("GET", f"{REPO}/issues/1/comments?per_page=2")
    links = dict(reversed(part.split("; ")) for part in first.headers["Link"].split(", "))
    last = await scene.api("GET", links['rel="last"'].strip("<>"))
    assert [c["body"] for c in [*first.body, *last.body]] == ["0", "1", "4"]
    assert set(links) == {'rel="next"', 'rel="last"'}
    assert 'rel="prev"' in last.headers["Link"]


# ------------------------------------------------------------------ errors and faults


async def test_a_missing_resource_gets_githubs_error(scene: Scene) -> None:
    for path in ("/repos/octo/none", f"{REPO}/pulls/9"):
        answer = await scene.api("GET", path)
        assert answer.body == {
            "message": "Not Found",
            "documentation_url": "https://docs.github.com/rest",
            "status": "404",
        }
    assert (await scene.api("GET", "/none")).status == 404
    scene.exchanges.pop()  # the call does not exist on purpose


async def test_a_user_agent_and_a_known_api_version_are_required(scene: Scene) -> None:
    assert (await scene.api("GET", REPO, User_Agent="")).status == 403
    assert (await scene.api("GET", REPO, X_GitHub_Api_Version="1999-01-01")).status == 400


@pytest.mark.parametrize("body", [[1], "text"])
async def test_a_body_must_be_a_json_object(scene: Scene, body: Any) -> None:
    assert (await scene.api("POST", f"{REPO}/pulls", body)).status == 400


async def test_a_fault_applies_to_a_number_of_requests(scene: Scene) -> None:
    page = "<html>502 Bad Gateway</html>"
    scene.sandbox.fault(r"/pulls$", method="GET", status=502, body=page, times=2)
    answers = [await scene.api("GET", f"{REPO}/pulls") for _ in range(3)]
    assert [a.status for a in answers] == [502, 502, 200]
    assert (answers[0].body, answers[0].headers["Content-Type"]) == (page, "text/html; charset=utf-8")
    assert (await scene.api("GET", REPO)).status == 200


async def test_a_fault_can_target_one_mutation_and_set_headers(scene: Scene) -> None:
    scene.sandbox.fault("graphql", contains="updateRefs", status=429, headers={"Retry-After": "3"})
    assert "data" in await scene.graphql("{ viewer { login } }")
    update = {"query": "mutation { updateRefs(input: {}) { clientMutationId } }"}
    answer = await scene.api("POST", f"{scene.sandbox.url}/api/graphql", update)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")


async def test_a_fault_can_only_delay(scene: Scene) -> None:
    fault = scene.sandbox.fault(status=None, latency=0.001)
    assert (await scene.api("GET", REPO)).status == 200
    assert fault.times == 0


# ------------------------------------------------------------------ the manifest flow


async def test_an_app_is_registered_from_a_manifest(scene: Scene) -> None:
    manifest = {
        "name": "Our Docs",
        "url": "https://mas.example.com",
        "hook_attributes": {"url": "https://mas.example.com/webhook"},
        "redirect_url": "http://127.0.0.1:9/registered",
        "default_permissions": {"contents": "write"},
        "default_events": ["push"],
    }
    form = {"manifest": json.dumps(manifest), "state": "abc&def"}
    async with scene.session.post(
        f"{scene.sandbox.url}/settings/apps/manifest", data=form, allow_redirects=False
    ) as page:
        back = urlsplit(page.headers["Location"])
    query = parse_qs(back.query)
    assert (page.status, back.path, query["state"]) == (302, "/registered", ["abc&def"])

    path = f"/app-manifests/{query['code'][0]}/conversions"
    created = await scene.api("POST", path, token="")
    assert (created.status, created.body["slug"], created.body["permissions"]["contents"]) == (201, "our-docs", "write")
    assert created.body["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert (await scene.api("POST", path, token="")).status == 404


async def test_a_manifest_is_shown_for_confirmation(scene: Scene) -> None:
    manifest = {"name": "<b>Docs</b>", "url": "https://x.example", "redirect_url": "http://127.0.0.1:9/"}
    form = {"manifest": json.dumps(manifest)}
    async with scene.session.post(f"{scene.sandbox.url}/settings/apps/new?state=s", data=form) as answer:
        page = await answer.text()
    assert "&lt;b&gt;Docs&lt;/b&gt;" in page
    assert '<input type="hidden" name="state" value="s">' in page


@pytest.mark.parametrize(
    "manifest", ["not JSON", "[]", "{}", '{"name": "x", "url": "u", "redirect_url": "javascript:"}']
)
async def test_an_invalid_manifest_is_rejected(scene: Scene, manifest: str) -> None:
    async with scene.session.post(f"{scene.sandbox.url}/settings/apps/new", data={"manifest": manifest}) as answer:
        assert answer.status == 422
