"""Git over smart HTTP: `git http-backend` as a CGI child, behind GitHub's tokens.

https://git-scm.com/docs/git-http-backend and https://git-scm.com/docs/http-protocol
"""

from __future__ import annotations

import asyncio
import os

from aiohttp import web

from github_sandbox.activity import Activity
from github_sandbox.auth import Principal, accessible, authenticate, authorize
from github_sandbox.calls import GitFetch
from github_sandbox.git import inherited
from github_sandbox.refusal import Refusal
from github_sandbox.state import Repository, World

_CHUNK = 1 << 16
_NO_CACHE = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}


class GitHttp:
    """Serves the repositories of a world at `/{owner}/{name}.git`; `fetches` is the record of what was asked for."""

    def __init__(self, world: World, activity: Activity) -> None:
        self.fetches: list[GitFetch] = []
        self._world = world
        self._activity = activity

    def routes(self) -> list[web.RouteDef]:
        """The three requests of the smart protocol."""
        base = "/{owner}/{name}.git"
        return [
            web.get(f"{base}/{{rest:info/refs}}", self._serve),
            web.post(f"{base}/{{rest:git-upload-pack}}", self._serve),
            web.post(f"{base}/{{rest:git-receive-pack}}", self._serve),
        ]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        rest = request.match_info["rest"]
        service = request.query.get("service", "") if rest == "info/refs" else rest
        if service not in ("git-upload-pack", "git-receive-pack"):
            return web.Response(status=403, text="Please upgrade your git client.\n")
        pushing = service == "git-receive-pack"
        try:
            principal = authenticate(self._world, request.headers.get("Authorization"))
            if moved := self._moved(request, principal):
                return web.Response(status=301, headers={"Location": moved})
            repository = self._repository(request, principal, pushing=pushing)
        except Refusal as refusal:
            challenge = {"WWW-Authenticate": 'Basic realm="GitHub"'} if refusal.status == 401 else {}
            return web.Response(status=refusal.status, text=f"{refusal.message}\n", headers=challenge)
        if not pushing and rest == "info/refs":  # each conversation begins with it
            self.fetches.append(GitFetch(self._world.clock(), principal.key, repository.full_name))
        response = await self._backend(request, repository, principal)
        if pushing and rest == "git-receive-pack" and principal.account is not None:
            self._activity.references.announce(repository, principal.account)
        return response

    def _moved(self, request: web.Request, principal: Principal) -> str | None:
        """Where a renamed or transferred repository is served by now, for those who see it."""
        owner, name = request.match_info["owner"], request.match_info["name"]
        found = None if self._world.repository(owner, name) else self._world.found_at(owner, name)
        if found is None or not accessible(principal, found):
            return None
        return f"{self._world.url}/{found.full_name}.git/{request.match_info['rest']}?{request.query_string}"

    def _repository(self, request: web.Request, principal: Principal, *, pushing: bool) -> Repository:
        """The repository of the path, for those who may; who is unknown is asked for credentials first."""
        repository = self._world.repository(request.match_info["owner"], request.match_info["name"])
        if principal.account is None and (pushing or repository is None or not accessible(principal, repository)):
            raise Refusal(401, "Authentication required")
        if repository is None:
            raise Refusal(404, "Repository not found.")
        try:
            authorize(principal, repository, "contents=write" if pushing else "contents=read")
        except Refusal as refusal:
            name = repository.full_name
            words = f"Permission to {name}.git denied to {principal.account.login if principal.account else 'you'}."
            raise Refusal(refusal.status, words if refusal.status == 403 else "Repository not found.") from refusal
        if pushing and repository.archived:
            raise Refusal(403, "This repository was archived so it is read-only.")
        return repository

    async def _backend(self, request: web.Request, repository: Repository, principal: Principal) -> web.StreamResponse:
        environment = {
            **inherited(),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(repository.git.path),
            "PATH_INFO": f"/{request.match_info['rest']}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REMOTE_USER": principal.account.login if principal.account else "",
            "REMOTE_ADDR": request.remote or "",
        }
        child = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert child.stdin is not None and child.stdout is not None, "piped"  # noqa: S101
        feeding = asyncio.ensure_future(_feed(request, child.stdin))
        try:
            response = await _cgi_head(request, child.stdout)
            while chunk := await child.stdout.read(_CHUNK):
                await response.write(chunk)
            await child.wait()
            await feeding
        finally:
            feeding.cancel()
            if child.returncode is None:
                child.kill()
                await child.wait()
        return response


async def _feed(request: web.Request, stdin: asyncio.StreamWriter) -> None:
    """Hand the request's body on. aiohttp has already undone its compression."""
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            stdin.write(chunk)
            await stdin.drain()
        stdin.close()
        await stdin.wait_closed()
    except ConnectionError:
        return  # git had read all that it wanted


async def _cgi_head(request: web.Request, stdout: asyncio.StreamReader) -> web.StreamResponse:
    """Begin the answer from the headers that a CGI program prints."""
    status, headers = 200, dict(_NO_CACHE)
    while line := (await stdout.readline()).decode("latin-1").strip():
        name, _, value = line.partition(": ")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    return response
