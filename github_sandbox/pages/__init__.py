"""The pages of the local GitHub, for a person who looks at what the bot did.

Everything shown is a stranger's: templates escape it, Markdown is sanitised, no file is served as it is, and the
pages' own policy lets no script, frame or foreign image in.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from github_sandbox.conversations import PullRequest
from github_sandbox.diff import files
from github_sandbox.git import Commit, GitError
from github_sandbox.pages.checks import beside, checked
from github_sandbox.pages.markup import rendered
from github_sandbox.pages.source import changed_lines, numbered_lines
from github_sandbox.pages.talk import Markdown, opening, talk
from github_sandbox.pages.visible import visible
from github_sandbox.payloads.commits import author_of
from github_sandbox.state import Repository, World
from github_sandbox.webhooks import Delivery, Webhooks

_COMMITS, _DELIVERIES, _PAYLOAD = 20, 50, 20_000
_STYLE = Path(__file__).with_name("page.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with none, a browser posts the form as coming from nowhere
    "X-Content-Type-Options": "nosniff",
}
_OID = "[0-9a-f]{40}"


class Pages:
    """Routes to the pages of a world."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks
        self._templates = _templates()

    def routes(self) -> list[web.RouteDef]:
        """To be added last: owner and name match much."""
        repository = "/{owner}/{name}"
        return [
            web.get("/", self._home),
            web.get("/deliveries", self._deliveries),
            web.post(r"/deliveries/{id:[0-9]+}", self._redeliver),
            web.get(repository, self._repository),
            web.get(f"{repository}/pull/{{number:[0-9]+}}", self._pull),
            web.get(f"{repository}/issues/{{number:[0-9]+}}", self._issue),
            web.get(f"{repository}/runs/{{id:[0-9]+}}", self._run),
            web.get(f"{repository}/commit/{{oid:{_OID}}}", self._commit),
            web.get(f"{repository}/blob/{{oid:{_OID}}}/{{path:.+}}", self._blob),
        ]

    # ------------------------------------------------------------------ pages

    async def _home(self, request: web.Request) -> web.Response:
        return self._page("home", repositories=list(self._world.repositories.values()))

    async def _repository(self, request: web.Request) -> web.Response:
        found = self._found(request)
        head = found.branch(found.default_branch)
        branches = {n.removeprefix("refs/heads/"): o for n, o in found.announced.items() if n.startswith("refs/heads/")}
        return self._page(
            "repository",
            repository=found,
            branches=branches,
            commits=found.git.history(head, limit=_COMMITS) if head else [],
            readme=self._readme(found, head) if head else None,
            issues=sorted(found.issues.values(), key=lambda issue: -issue.number),
            pulls=sorted(found.pull_requests.values(), key=lambda pull: -pull.number),
            deliveries=self._latest(found)[:5],
        )

    async def _pull(self, request: web.Request) -> web.Response:
        found = self._found(request)
        pull = found.pull_requests.get(int(request.match_info["number"]))
        if pull is None:
            raise self._missing("There is no such pull request.")
        fork = found.git.merge_base(pull.base_oid, pull.head_oid)
        if pull.merge_oid:  # the base has the head in it now: compare with where it was merged
            fork = found.git.merge_base(f"{pull.merge_oid}^1", pull.head_oid)
        markdown = self._in(found, pull.base_oid)
        suites = (suite for suite in found.check_suites.values() if suite.head_oid == pull.head_oid)
        checks = [checked(run, markdown) for suite in suites for run in suite.latest]
        return self._page(
            "pull",
            repository=found,
            pull=pull,
            state=_state(pull),
            opening=opening(pull, markdown),
            talk=talk(pull, markdown),
            checks=checks,
            commits=found.git.history(pull.head_oid, *([f"^{fork}"] if fork else [])),
            files=files(found.git, fork, pull.head_oid),
            beside=beside(pull, checks, markdown),
        )

    async def _issue(self, request: web.Request) -> web.Response:
        found, number = self._found(request), int(request.match_info["number"])
        issue = found.issues.get(number)
        if issue is None:
            if number in found.pull_requests:
                raise web.HTTPFound(f"/{found.full_name}/pull/{number}")
            raise self._missing("There is no such issue.")
        markdown = self._in(found, found.branch(found.default_branch) or "HEAD")
        said = {"opening": opening(issue, markdown), "talk": talk(issue, markdown)}
        return self._page("issue", repository=found, issue=issue, **said)

    async def _run(self, request: web.Request) -> web.Response:
        found = self._found(request)
        run = found.check_runs.get(int(request.match_info["id"]))
        if run is None:
            raise self._missing("There is no such check.")
        return self._page("run", repository=found, check=checked(run, self._in(found, run.head_oid)))

    async def _commit(self, request: web.Request) -> web.Response:
        found, oid = self._found(request), request.match_info["oid"]
        try:
            commit = found.git.commit(oid)
        except GitError as error:
            raise self._missing("There is no such commit.") from error
        parent = commit.parents[0] if commit.parents else None
        return self._page("commit", repository=found, commit=commit, files=files(found.git, parent, oid))

    async def _blob(self, request: web.Request) -> web.Response:
        found, oid, path = self._found(request), request.match_info["oid"], request.match_info["path"]
        data = _file(found, oid, path)
        if data is None:
            raise self._missing("There is no such file at that commit.")
        return self._page("blob", repository=found, oid=oid, path=path, lines=numbered_lines(data), size=len(data))

    async def _deliveries(self, request: web.Request) -> web.Response:
        return self._page("deliveries", deliveries=self._latest()[:_DELIVERIES])

    async def _redeliver(self, request: web.Request) -> web.Response:
        own = f"{request.scheme}://{request.host}"
        if request.headers.get("Origin", own) != own:
            raise web.HTTPForbidden(text="That form was not ours.")
        wanted = int(request.match_info["id"])
        delivery = next((d for d in self._webhooks.deliveries if d.id == wanted), None)
        if delivery is None:
            raise self._missing("There is no such delivery.")
        self._webhooks.redeliver(delivery)
        raise web.HTTPSeeOther("/deliveries")

    # ------------------------------------------------------------------ what they show

    def _found(self, request: web.Request) -> Repository:
        found = self._world.repository(request.match_info["owner"], request.match_info["name"])
        if found is None:
            raise self._missing("There is no such repository.")
        return found

    def _latest(self, repository: Repository | None = None) -> list[Delivery]:
        newest = reversed(self._webhooks.deliveries)
        return [d for d in newest if repository is None or d.repository_id == repository.id]

    def _readme(self, repository: Repository, head: str) -> str | None:
        data = _file(repository, head, "README.md")
        return None if data is None else self._in(repository, head)(data.decode(errors="replace"))

    def _in(self, repository: Repository, oid: str) -> Markdown:
        """Renders Markdown whose links begin at a commit's root."""
        return lambda text: rendered(text, f"/{repository.full_name}/blob/{oid}/")

    def _author(self, commit: Commit) -> str:
        account = author_of(self._world, commit.author)
        return account.login if account else commit.author.name

    def _page(self, name: str, **values: Any) -> web.Response:
        text = self._html(name, values)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    def _missing(self, words: str) -> web.HTTPNotFound:
        text = self._html("missing", {"words": words})
        return web.HTTPNotFound(text=text, content_type="text/html", headers=_HEADERS)

    def _html(self, name: str, values: Mapping[str, Any]) -> str:
        return self._templates.get_template(f"{name}.html.j2").render(style=_STYLE, author=self._author, **values)


def _file(repository: Repository, oid: str, path: str) -> bytes | None:
    """A file's content at a commit; None where there is none."""
    found = repository.git.resolve(f"{oid}:{path}", "object")
    kind, data = repository.git.read(found) if found else ("", b"")
    return data if kind == "blob" else None


def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("github_sandbox", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"visible": visible, "moment": _moment, "lines": changed_lines, "json": _json}
    return made


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _json(payload: bytes) -> str:
    text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    return text if len(text) <= _PAYLOAD else f"{text[:_PAYLOAD]}\n… and {len(text) - _PAYLOAD} characters more"


def _state(pull: PullRequest) -> str:
    if pull.state == "closed":
        return "Merged" if pull.merged else "Closed"
    return "Draft" if pull.draft else "Open"
