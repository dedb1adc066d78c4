"""The sandbox's HTML pages show all content, and untrusted content stays inert."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from github_sandbox import App, PullRequest, Repository, Sandbox
from github_sandbox.checks import CheckRun
from github_sandbox.conversations import Label
from github_sandbox.pages.markdown import render_markdown
from tests import repositories

SCRIPT = "<script>alert(1)</script>"
PATH = f'a"onmouseover="x/{SCRIPT.replace("/", "")}.md'
README = f"# fetchkit\n\n{SCRIPT}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[guide](docs/guide.md#use)\n"
BODY = f"""{SCRIPT}<img src=x onerror=alert(1)><form action=/deliveries/1 method=post><button>Win</button></form>

[click](javascript:alert(1)) <a href="jav&#x09;ascript:alert(1)">me</a> <iframe src="https://example.org"></iframe>
<style>body {{ display: none }}</style><base href="https://example.org/"><svg onload=alert(1)></svg>
<!-- hidden --> <meta http-equiv=refresh content=0> <input type=text name=password autofocus>

- [x] done

```diff
-<b>old</b>
+<b>new</b>
```
"""
NOTE = {
    "path": PATH,
    "start_line": 1,
    "end_line": 1,
    "annotation_level": "failure",
    "title": SCRIPT,
    "message": SCRIPT,
    "raw_details": SCRIPT,
}


@dataclass
class Page(HTMLParser):
    """A parsed page: its text, its links, and elements that could run or submit something."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source, self.text, self.acting = source, "", list[str]()
        self.links: list[str] = []
        self._within = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        given = dict(attrs)
        if tag in ("script", "iframe", "object", "embed", "svg", "base", "link") or "http-equiv" in given:
            self.acting.append(tag)
        if tag == "input" and given.get("type") != "checkbox":
            self.acting.append(tag)
        if tag == "form" and not (given.get("action") or "").startswith("/deliveries/"):
            self.acting.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "autofocus", "formaction"):
                self.acting.append(name)
            if name in ("href", "src"):
                self.links.append(value or "")
                scheme = (value or "").strip().partition(":")[0].lower()
                self.acting += [value or ""] if scheme in ("javascript", "data", "vbscript") else []

    def handle_data(self, data: str) -> None:
        if self._within != "style":
            self.text += data


@dataclass
class Scene:
    """A repository with hostile names and content, and an HTTP client."""

    sandbox: Sandbox
    repository: Repository
    pull: PullRequest
    session: aiohttp.ClientSession
    delivered: list[str] = field(default_factory=list)

    async def page(self, path: str, status: int = 200) -> Page:
        async with self.session.get(f"{self.sandbox.url}{path}") as answer:
            assert answer.status == status
            assert answer.content_type == "text/html"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            return Page(await answer.text())


@pytest.fixture
async def scene(checked_sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Scene]:
    seed = repositories.repository(tmp_path / "seed", bare=True)
    files = {"README.md": README, PATH: "old\n", "picture.png": b"\x89PNG\0", "docs/guide.md": "# Guide\n\nUse it.\n"}
    repositories.commit(seed, files, f"begin {SCRIPT}")
    sandbox = checked_sandbox
    repository = sandbox.create_repository("octo", "sample", seed)
    before = repositories.run(seed, "rev-parse", "main")
    oid = repositories.commit(seed, {PATH: f"new {SCRIPT} \u202eevil\n"}, f"change {SCRIPT} \u202eevil")
    repositories.run(seed, "push", "--quiet", str(repository.git.path), f"{oid}:refs/heads/<b>fix</b>")
    async with aiohttp.ClientSession() as session, listener() as (address, delivered):
        app = sandbox.register_app("mas", {"pull_requests": "write"}, ["pull_request"], address, "a secret")
        sandbox.install(app, "octo", [repository])
        sandbox.activity.references.announce(repository, repository.owner)
        pull = sandbox.activity.pulls.open(
            repository, "<b>fix</b>", "main", f"Fix {SCRIPT}", BODY, repository.owner, draft=False
        )
        sandbox.comment(pull, BODY)
        pull.labels.append(Label(1, SCRIPT))
        pull.reviewers.append(repository.owner)
        create_failed_check(sandbox, repository, app, oid)
        post_hostile_content(sandbox, pull)
        await sandbox.drain()
        assert repository.branch("main") == before
        yield Scene(sandbox, repository, pull, session, delivered)


def create_failed_check(sandbox: Sandbox, repository: Repository, app: App, oid: str) -> None:
    """Create a failed check of a hostile App."""
    run = CheckRun(
        id=1,
        suite=sandbox.activity.checks.suite(repository, app, oid),
        name=SCRIPT,
        status="completed",
        conclusion="failure",
        started_at=sandbox.world.now(),
        completed_at=sandbox.world.now(),
        output={"title": SCRIPT, "summary": BODY, "text": BODY, "annotations": [NOTE]},
        actions=[{"label": SCRIPT[:20], "description": SCRIPT, "identifier": "apply"}],
    )
    sandbox.activity.checks.create(run, app.bot)


def post_hostile_content(sandbox: Sandbox, pull: PullRequest) -> None:
    """Post hostile content as a user, wherever possible."""
    eve = sandbox.person("eve")
    comment = eve.comment_on_line(pull, PATH, 1, BODY)
    eve.reply(comment, BODY)
    eve.react(comment, "eyes")
    eve.review(pull, BODY, "CHANGES_REQUESTED")
    issue = eve.open_issue(pull.repository, SCRIPT, BODY, [SCRIPT])
    eve.comment(issue, BODY)


def listener() -> _Listener:
    return _Listener()


class _Listener:
    """A bot that accepts every webhook and records the delivery ids."""

    async def __aenter__(self) -> tuple[str, list[str]]:
        delivered: list[str] = []

        async def take(request: web.Request) -> web.Response:
            delivered.append(request.headers["X-GitHub-Delivery"])
            return web.Response(status=202, text=SCRIPT)

        app = web.Application()
        app.router.add_post("/webhook", take)
        self._server = TestServer(app)
        await self._server.start_server()
        return str(self._server.make_url("/webhook")), delivered

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()


# ------------------------------------------------------------------ content


async def test_the_first_page_lists_the_repositories(scene: Scene) -> None:
    page = await scene.page("/")
    assert "/octo/sample" in page.links


async def test_a_repository_shows_branches_commits_readme_pull_requests_and_deliveries(scene: Scene) -> None:
    page = await scene.page("/octo/sample")
    assert all(words in page.text for words in ("main", "<b>fix</b>", f"begin {SCRIPT}", f"Fix {SCRIPT}", "opened"))
    assert "<td>1</td>" in page.source
    assert f"/octo/sample/blob/{scene.repository.branch('main')}/docs/guide.md#use" in page.links


async def test_a_pull_request_shows_body_comments_checks_labels_commits_and_diff(scene: Scene) -> None:
    page = await scene.page("/octo/sample/pull/1")
    assert "wants to merge 1 commit" in page.text
    assert page.source.count('<span class="added">+&lt;b&gt;new&lt;/b&gt;\n</span>') > 2
    assert "<!-- hidden" not in page.source
    assert all(words in page.text for words in (SCRIPT, "failure", "-old", f"+new {SCRIPT}", "\\u202eevil"))


async def test_a_check_shows_its_summary_its_buttons_and_its_annotations(scene: Scene) -> None:
    (run,) = scene.repository.check_runs.values()
    page = await scene.page(f"/octo/sample/runs/{run.id}")
    assert all(words in page.text for words in ("failure", SCRIPT[:20], f"{PATH}:1"))
    assert page.source.count('<div class="note bad">') == 1
    assert "<button" not in page.source


async def test_annotations_and_threads_are_shown_below_their_line(scene: Scene) -> None:
    page = await scene.page("/octo/sample/pull/1")
    changed = page.source.partition("Files changed")[2]
    line, note, comment = (changed.index(mark) for mark in (f"+new {'&lt;script'}", "note bad", "discussion_r"))
    assert line < note < comment


async def test_the_timeline_shows_reviews_with_their_threads(scene: Scene) -> None:
    page = await scene.page("/octo/sample/pull/1")
    timeline = page.source.partition("Checks")[0]
    assert "requested changes" in timeline
    assert 'id="discussion_r' in timeline
    assert "eyes 1" in timeline
    assert "awaiting review from" in timeline


async def test_an_issue_shows_its_comments(scene: Scene) -> None:
    page = await scene.page("/octo/sample/issues/2")
    assert page.source.count("<article") == 2
    assert SCRIPT in page.text
    async with scene.session.get(f"{scene.sandbox.url}/octo/sample/issues/1") as answer:
        assert answer.url.path == "/octo/sample/pull/1"


async def test_a_merged_pull_request_still_shows_its_change(scene: Scene) -> None:
    scene.sandbox.merge(scene.pull)
    page = await scene.page("/octo/sample/pull/1")
    assert "Merged" in page.text
    assert "merged 1 commit" in page.text
    assert "-old" in page.text


async def test_a_file_has_an_anchor_for_each_line(scene: Scene) -> None:
    page = await scene.page(f"/octo/sample/blob/{scene.repository.branch('main')}/docs/guide.md")
    assert '<tr id="L3">' in page.source
    assert "Use it." in page.text


async def test_a_binary_file_is_not_shown(scene: Scene) -> None:
    page = await scene.page(f"/octo/sample/blob/{scene.repository.branch('main')}/picture.png")
    assert "Binary file not shown." in page.text
    assert "PNG" not in page.text


@pytest.mark.parametrize(
    "path",
    [
        "/octo/none",
        "/octo/sample/pull/9",
        "/octo/sample/issues/9",
        "/octo/sample/runs/9",
        f"/octo/sample/commit/{'0' * 40}",
        f"/octo/sample/blob/{'0' * 40}/README.md",
        "/octo/sample/blob/{main}/docs",
        "/octo/sample/blob/{main}/docs/guide.md^{blob}",
    ],
)
async def test_unknown_pages_are_not_found(scene: Scene, path: str) -> None:
    page = await scene.page(path.replace("{main}", scene.repository.branch("main") or ""), status=404)
    assert "Not found" in page.text


@pytest.mark.parametrize("path", ["../config", "%2e%2e/config", "./../../config", "a%0Ab", "a%00b", "/etc/passwd"])
async def test_a_path_cannot_leave_the_tree(scene: Scene, path: str) -> None:
    url = URL(f"{scene.sandbox.url}/octo/sample/blob/{scene.repository.branch('main')}/{path}", encoded=True)
    async with scene.session.get(url) as answer:
        assert answer.status == 404


# ------------------------------------------------------------------ untrusted content


async def test_untrusted_content_is_inert_on_every_page(scene: Scene) -> None:
    todo, seen = ["/"], set[str]()
    while todo:
        path = todo.pop()
        seen.add(path)
        page = await scene.page(path)
        assert not page.acting, path
        found = {link.partition("#")[0] for link in page.links if link.startswith("/")}
        missing = {f"/octo/sample/blob/{scene.pull.base_oid}/x"}  # the image in the hostile content
        todo += sorted(found - seen - missing - set(todo))
    assert {"/deliveries", "/octo/sample/pull/1", "/octo/sample/issues/2"} < seen
    assert any("onmouseover" in path for path in seen)


def test_markdown_is_reduced_to_harmless_tags() -> None:
    html = render_markdown(BODY, "/octo/sample/blob/main/")
    assert not Page(html).acting
    assert html.count("<input") == html.count('type="checkbox"') == html.count("disabled") == 2
    assert "<form" not in html


CHART = """```mermaid
flowchart LR
  c0["limit → #60;b#62;size"]
  d0["docs/guide.md › Use"]
  c0 --> d0
```"""


def test_a_small_flowchart_is_drawn_as_boxes() -> None:
    html = render_markdown(CHART, "/")
    assert '<span class="node">limit → &lt;b&gt;size</span>' in html
    assert html.count('<pre class="flow">') == 1


@pytest.mark.parametrize(
    "source",
    [
        "graph TD",
        "flowchart LR",
        'flowchart LR\n  a["x"]\n  a --> b',
        'flowchart LR\n  a["<b>"]\n  click a "javascript:alert(1)"',
        'flowchart LR\n  a["#60;script#62;"] --> b',
    ],
)
def test_any_other_chart_stays_code(source: str) -> None:
    html = render_markdown(f"```mermaid\n{source}\n```", "/")
    assert "flow" not in html.partition("<code")[0]
    assert not Page(html).acting


@pytest.mark.parametrize(
    ("link", "becomes"),
    [
        ("guide.md", "/octo/sample/blob/main/docs/guide.md"),
        ("../README.md", "/octo/sample/blob/main/README.md"),
        ("#use", "#use"),
        ("https://example.org/", "https://example.org/"),
    ],
)
def test_relative_links_begin_at_the_files_folder(link: str, becomes: str) -> None:
    assert Page(render_markdown(f"[x]({link})", "/octo/sample/blob/main/docs/")).links == [becomes]


# ------------------------------------------------------------------ redelivery


async def test_a_delivery_can_be_redelivered(scene: Scene) -> None:
    delivery = scene.sandbox.deliveries[-1]
    async with scene.session.post(f"{scene.sandbox.url}/deliveries/{delivery.id}") as answer:
        assert answer.status == 200
        assert "redelivery" in await answer.text()
    await scene.sandbox.drain()
    assert scene.delivered.count(delivery.guid) == 2


async def test_a_form_of_another_site_is_rejected(scene: Scene) -> None:
    delivery, headers = scene.sandbox.deliveries[-1], {"Origin": "https://example.org"}
    async with scene.session.post(f"{scene.sandbox.url}/deliveries/{delivery.id}", headers=headers) as answer:
        assert answer.status == 403
    assert scene.delivered.count(delivery.guid) == 1


async def test_an_unknown_delivery_is_not_found(scene: Scene) -> None:
    async with scene.session.post(f"{scene.sandbox.url}/deliveries/9") as answer:
        assert answer.status == 404
