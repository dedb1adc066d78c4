"""The sandbox's manners: limits, conditional requests, pages, faults; and the manifest flow."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contracts.sandbox_scene import REPO, Scene, scene


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path) as made:
        yield made


# ------------------------------------------------------------------ limits


async def test_each_answer_tells_what_is_left(here: Scene) -> None:
    first, second = [await here.api("GET", REPO) for _ in range(2)]
    left = [int(a.headers["X-RateLimit-Remaining"]) for a in (first, second)]
    assert left[0] - left[1] == 1
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Resource"]) == ("5000", "core")
    assert int(first.headers["X-RateLimit-Reset"]) > here.clock().timestamp()
    assert first.headers["X-GitHub-Request-Id"] != second.headers["X-GitHub-Request-Id"]


async def test_asking_for_the_limit_is_free(here: Scene) -> None:
    answers = [(await here.api("GET", "/rate_limit")).body["rate"] for _ in range(2)]
    assert answers[0] == answers[1]


async def test_above_the_primary_limit_nothing_is_done_until_it_resets(here: Scene) -> None:
    here.sandbox.limits.primary = 1
    await here.api("GET", REPO)
    refused = await here.api("GET", REPO)
    assert (refused.status, refused.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert refused.message == f"API rate limit exceeded for installation ID {here.installation}."
    here.clock.forward(minutes=61)
    assert (await here.api("GET", REPO, token=await here.new_token())).status == 200


async def test_graphql_tells_of_its_primary_limit_with_200(here: Scene) -> None:
    here.sandbox.limits.primary = 1
    answers = [await here.graphql("{ viewer { login } }") for _ in range(2)]
    assert [answer.get("errors", [{}])[0].get("type") for answer in answers] == [None, "RATE_LIMITED"]


async def test_above_the_secondary_limit_writes_must_wait(here: Scene) -> None:
    await here.pull()
    here.sandbox.limits.writes_per_minute = 1
    answers = [await here.api("POST", f"{REPO}/issues/1/comments", {"body": "x"}) for _ in range(2)]
    assert answers[-1].status == 403
    assert answers[-1].headers["Retry-After"] == "60"
    assert "secondary rate limit" in answers[-1].message
    assert (await here.api("GET", REPO)).status == 200
    here.clock.forward(minutes=2)
    assert (await here.api("POST", f"{REPO}/issues/1/comments", {"body": "x"})).status == 201


async def test_what_did_not_change_costs_nothing(here: Scene) -> None:
    first = await here.api("GET", REPO)
    same = await here.api("GET", REPO, If_None_Match=first.headers["ETag"])
    assert (same.status, same.body) == (304, "")
    assert same.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]
    await here.pull()
    assert (await here.api("GET", REPO, If_None_Match=first.headers["ETag"])).status == 200


async def test_long_lists_come_in_pages(here: Scene) -> None:
    pull = await here.pull()
    for number in range(5):
        here.sandbox.comment(pull, str(number), by="maria")
    first = await here.api("GET", f"{REPO}/issues/1/comments?per_page=2")
    links = dict(reversed(part.split("; ")) for part in first.headers["Link"].split(", "))
    last = await here.api("GET", links['rel="last"'].strip("<>"))
    assert [c["body"] for c in [*first.body, *last.body]] == ["0", "1", "4"]
    assert set(links) == {'rel="next"', 'rel="last"'}
    assert 'rel="prev"' in last.headers["Link"]


# ------------------------------------------------------------------ refusals and faults


async def test_what_is_not_there_is_told_in_githubs_form(here: Scene) -> None:
    for path in ("/repos/octo/none", f"{REPO}/pulls/9"):
        answer = await here.api("GET", path)
        assert answer.body == {
            "message": "Not Found",
            "documentation_url": "https://docs.github.com/rest",
            "status": "404",
        }
    assert (await here.api("GET", "/none")).status == 404
    here.exchanges.pop()  # no such call, on purpose


async def test_a_call_without_a_user_agent_or_of_a_strange_version_is_refused(here: Scene) -> None:
    assert (await here.api("GET", REPO, User_Agent="")).status == 403
    assert (await here.api("GET", REPO, X_GitHub_Api_Version="1999-01-01")).status == 400


@pytest.mark.parametrize("body", [[1], "text"])
async def test_a_body_that_is_no_object_is_refused(here: Scene, body: Any) -> None:
    assert (await here.api("POST", f"{REPO}/pulls", body)).status == 400


async def test_a_fault_takes_as_many_requests_as_it_was_told(here: Scene) -> None:
    page = "<html>502 Bad Gateway</html>"
    here.sandbox.fault(r"/pulls$", method="GET", status=502, body=page, times=2)
    answers = [await here.api("GET", f"{REPO}/pulls") for _ in range(3)]
    assert [a.status for a in answers] == [502, 502, 200]
    assert (answers[0].body, answers[0].headers["Content-Type"]) == (page, "text/html; charset=utf-8")
    assert (await here.api("GET", REPO)).status == 200


async def test_a_fault_may_hit_one_mutation_with_headers(here: Scene) -> None:
    here.sandbox.fault("graphql", contains="updateRefs", status=429, headers={"Retry-After": "3"})
    assert "data" in await here.graphql("{ viewer { login } }")
    update = {"query": "mutation { updateRefs(input: {}) { clientMutationId } }"}
    answer = await here.api("POST", f"{here.sandbox.url}/api/graphql", update)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "3")


async def test_a_fault_may_only_delay(here: Scene) -> None:
    fault = here.sandbox.fault(status=None, latency=0.001)
    assert (await here.api("GET", REPO)).status == 200
    assert fault.times == 0


# ------------------------------------------------------------------ the manifest flow


async def test_an_app_is_registered_from_a_manifest(here: Scene) -> None:
    manifest = {
        "name": "Our Docs",
        "url": "https://mas.example.com",
        "hook_attributes": {"url": "https://mas.example.com/webhook"},
        "redirect_url": "http://127.0.0.1:9/registered",
        "default_permissions": {"contents": "write"},
        "default_events": ["push"],
    }
    form = {"manifest": json.dumps(manifest), "state": "abc&def"}
    async with here.session.post(
        f"{here.sandbox.url}/settings/apps/manifest", data=form, allow_redirects=False
    ) as page:
        back = urlsplit(page.headers["Location"])
    query = parse_qs(back.query)
    assert (page.status, back.path, query["state"]) == (302, "/registered", ["abc&def"])

    path = f"/app-manifests/{query['code'][0]}/conversions"
    made = await here.api("POST", path, token="")
    assert (made.status, made.body["slug"], made.body["permissions"]["contents"]) == (201, "our-docs", "write")
    assert made.body["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert (await here.api("POST", path, token="")).status == 404


async def test_a_manifest_is_shown_before_it_is_taken(here: Scene) -> None:
    manifest = {"name": "<b>Docs</b>", "url": "https://x.example", "redirect_url": "http://127.0.0.1:9/"}
    form = {"manifest": json.dumps(manifest)}
    async with here.session.post(f"{here.sandbox.url}/settings/apps/new?state=s", data=form) as answer:
        page = await answer.text()
    assert "&lt;b&gt;Docs&lt;/b&gt;" in page
    assert '<input type="hidden" name="state" value="s">' in page


@pytest.mark.parametrize(
    "manifest", ["not JSON", "[]", "{}", '{"name": "x", "url": "u", "redirect_url": "javascript:"}']
)
async def test_a_wrong_manifest_is_refused(here: Scene, manifest: str) -> None:
    async with here.session.post(f"{here.sandbox.url}/settings/apps/new", data={"manifest": manifest}) as answer:
        assert answer.status == 422
