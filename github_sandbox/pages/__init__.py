"""HTML pages that show a person what the bot did.

All content is untrusted: templates escape it, Markdown is sanitized, files are never served as such, and the
Content-Security-Policy blocks scripts, frames and external images.
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
from github_sandbox.pages.checks import notes_by_line, render_check
from github_sandbox.pages.markdown import render_markdown
from github_sandbox.pages.printable import to_printable
from github_sandbox.pages.source import number_lines, patch_lines
from github_sandbox.pages.timeline import Markdown, render_description, render_timeline
from github_sandbox.payloads.commits import author_of
from github_sandbox.state import Repository, World
from github_sandbox.webhooks import Delivery, Webhooks

_MAX_COMMITS, _MAX_DELIVERIES, _MAX_PAYLOAD_CHARACTERS = 20, 50, 20_000
_STYLE = Path(__file__).with_name("page.css").read_text()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with `no-referrer`, browsers send `Origin: null` with the form
    "X-Content-Type-Options": "nosniff",
}
_OID = "[0-9a-f]{40}"


class Pages:
    """Routes to the pages."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks
        self._templates = _templates()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes. Add them last: `/{owner}/{name}` matches many paths."""
        repository = "/{owner}/{name}"
        return [
            web.get("/", self._home),
            web.get("/deliveries", self._deliveries),
            web.post(r"/deliveries/{id:[0-9]+}", self._redeliver),
            web.get(repository, self._repository),
            web.get(f"{repository}/pull/{{number:[0-9]+}}", self._pull),
            web.get(f"{repository}/issues/{{number:[0-9]+}}", self._issue),
            web.get(f"{repository}/runs/{{id:[0-9]+}}", self._check_run),
            web.get(f"{repository}/commit/{{oid:{_OID}}}", self._commit),
            web.get(f"{repository}/blob/{{oid:{_OID}}}/{{path:.+}}", self._blob),
        ]

    # ------------------------------------------------------------------ pages

    async def _home(self, request: web.Request) -> web.Response:
        return self._page("home", repositories=list(self._world.repositories.values()))

    async def _repository(self, request: web.Request) -> web.Response:
        repository = self._find_repository(request)
        head = repository.branch(repository.default_branch)
        branches = {
            n.removeprefix("refs/heads/"): o
            for n, o in repository.announced_refs.items()
            if n.startswith("refs/heads/")
        }
        return self._page(
            "repository",
            repository=repository,
            branches=branches,
            commits=repository.git.history(head, limit=_MAX_COMMITS) if head else [],
            readme=self._readme(repository, head) if head else None,
            issues=sorted(repository.issues.values(), key=lambda issue: -issue.number),
            pulls=sorted(repository.pull_requests.values(), key=lambda pull: -pull.number),
            deliveries=self._latest(repository)[:5],
        )

    async def _pull(self, request: web.Request) -> web.Response:
        repository = self._find_repository(request)
        pull = repository.pull_requests.get(int(request.match_info["number"]))
        if pull is None:
            raise self._not_found("Pull request not found.")
        merge_base = repository.git.merge_base(pull.base_oid, pull.head_oid)
        if pull.merge_oid:  # the base contains the head after the merge, so compare with the base before it
            merge_base = repository.git.merge_base(f"{pull.merge_oid}^1", pull.head_oid)
        markdown = self._markdown_at(repository, pull.base_oid)
        suites = (suite for suite in repository.check_suites.values() if suite.head_oid == pull.head_oid)
        checks = [render_check(run, markdown) for suite in suites for run in suite.latest]
        return self._page(
            "pull",
            repository=repository,
            pull=pull,
            state=_state(pull),
            description=render_description(pull, markdown),
            timeline=render_timeline(pull, markdown),
            checks=checks,
            commits=repository.git.history(pull.head_oid, *([f"^{merge_base}"] if merge_base else [])),
            files=files(repository.git, merge_base, pull.head_oid),
            notes_by_line=notes_by_line(pull, checks, markdown),
        )

    async def _issue(self, request: web.Request) -> web.Response:
        repository, number = self._find_repository(request), int(request.match_info["number"])
        issue = repository.issues.get(number)
        if issue is None:
            if number in repository.pull_requests:
                raise web.HTTPFound(f"/{repository.full_name}/pull/{number}")
            raise self._not_found("Issue not found.")
        markdown = self._markdown_at(repository, repository.branch(repository.default_branch) or "HEAD")
        conversation = {
            "description": render_description(issue, markdown),
            "timeline": render_timeline(issue, markdown),
        }
        return self._page("issue", repository=repository, issue=issue, **conversation)

    async def _check_run(self, request: web.Request) -> web.Response:
        repository = self._find_repository(request)
        run = repository.check_runs.get(int(request.match_info["id"]))
        if run is None:
            raise self._not_found("Check not found.")
        return self._page(
            "run", repository=repository, check=render_check(run, self._markdown_at(repository, run.head_oid))
        )

    async def _commit(self, request: web.Request) -> web.Response:
        repository, oid = self._find_repository(request), request.match_info["oid"]
        try:
            commit = repository.git.commit(oid)
        except GitError as error:
            raise self._not_found("Commit not found.") from error
        parent = commit.parents[0] if commit.parents else None
        return self._page("commit", repository=repository, commit=commit, files=files(repository.git, parent, oid))

    async def _blob(self, request: web.Request) -> web.Response:
        repository, oid, path = self._find_repository(request), request.match_info["oid"], request.match_info["path"]
        data = _file(repository, oid, path)
        if data is None:
            raise self._not_found("File not found at this commit.")
        return self._page("blob", repository=repository, oid=oid, path=path, lines=number_lines(data), size=len(data))

    async def _deliveries(self, request: web.Request) -> web.Response:
        return self._page("deliveries", deliveries=self._latest()[:_MAX_DELIVERIES])

    async def _redeliver(self, request: web.Request) -> web.Response:
        origin = f"{request.scheme}://{request.host}"
        if request.headers.get("Origin", origin) != origin:
            raise web.HTTPForbidden(text="The form was sent by another site.")
        wanted = int(request.match_info["id"])
        delivery = next((d for d in self._webhooks.deliveries if d.id == wanted), None)
        if delivery is None:
            raise self._not_found("Delivery not found.")
        self._webhooks.redeliver(delivery)
        raise web.HTTPSeeOther("/deliveries")

    # ------------------------------------------------------------------ helpers

    def _find_repository(self, request: web.Request) -> Repository:
        repository = self._world.repository(request.match_info["owner"], request.match_info["name"])
        if repository is None:
            raise self._not_found("Repository not found.")
        return repository

    def _latest(self, repository: Repository | None = None) -> list[Delivery]:
        newest = reversed(self._webhooks.deliveries)
        return [d for d in newest if repository is None or d.repository_id == repository.id]

    def _readme(self, repository: Repository, head: str) -> str | None:
        data = _file(repository, head, "README.md")
        return None if data is None else self._markdown_at(repository, head)(data.decode(errors="replace"))

    def _markdown_at(self, repository: Repository, oid: str) -> Markdown:
        """Return a Markdown renderer whose relative links start at a commit's root folder."""
        return lambda text: render_markdown(text, f"/{repository.full_name}/blob/{oid}/")

    def _author(self, commit: Commit) -> str:
        account = author_of(self._world, commit.author)
        return account.login if account else commit.author.name

    def _page(self, name: str, **values: Any) -> web.Response:
        text = self._html(name, values)
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    def _not_found(self, message: str) -> web.HTTPNotFound:
        text = self._html("missing", {"message": message})
        return web.HTTPNotFound(text=text, content_type="text/html", headers=_HEADERS)

    def _html(self, name: str, values: Mapping[str, Any]) -> str:
        return self._templates.get_template(f"{name}.html.j2").render(style=_STYLE, author=self._author, **values)


def _file(repository: Repository, oid: str, path: str) -> bytes | None:
    """Return a file's content at a commit, or None."""
    found = repository.git.resolve(f"{oid}:{path}", "object")
    kind, data = repository.git.read(found) if found else ("", b"")
    return data if kind == "blob" else None


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("github_sandbox", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "printable": to_printable,
        "moment": _format_time,
        "lines": patch_lines,
        "json": _format_json,
    }
    return environment


def _format_time(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _format_json(payload: bytes) -> str:
    text = json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    if len(text) <= _MAX_PAYLOAD_CHARACTERS:
        return text
    return f"{text[:_MAX_PAYLOAD_CHARACTERS]}\n… and {len(text) - _MAX_PAYLOAD_CHARACTERS} more characters"


def _state(pull: PullRequest) -> str:
    if pull.state == "closed":
        return "Merged" if pull.merged else "Closed"
    return "Draft" if pull.draft else "Open"
