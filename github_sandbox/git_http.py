"""Git over smart HTTP: `git http-backend` as a CGI process behind GitHub's authentication.

https://git-scm.com/docs/git-http-backend and https://git-scm.com/docs/http-protocol
"""

from __future__ import annotations

import asyncio
import os

from aiohttp import web

from github_sandbox.activity import Activity
from github_sandbox.auth import Principal, authenticate, authorize, can_read
from github_sandbox.call_log import GitFetch
from github_sandbox.errors import ApiError
from github_sandbox.git import clean_environment
from github_sandbox.state import Repository, World

_CHUNK = 1 << 16
_NO_CACHE = {"Cache-Control": "no-cache, max-age=0, must-revalidate"}


class GitHttp:
    """Serves repositories at `/{owner}/{name}.git`. `fetches` logs every fetch."""

    def __init__(self, world: World, activity: Activity) -> None:
        self.fetches: list[GitFetch] = []
        self._world = world
        self._activity = activity

    def routes(self) -> list[web.RouteDef]:
        """Return the three routes of the smart protocol."""
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
            if location := self._redirect_url(request, principal):
                return web.Response(status=301, headers={"Location": location})
            repository = self._repository(request, principal, pushing=pushing)
        except ApiError as error:
            challenge = {"WWW-Authenticate": 'Basic realm="GitHub"'} if error.status == 401 else {}
            return web.Response(status=error.status, text=f"{error.message}\n", headers=challenge)
        if not pushing and rest == "info/refs":  # the first request of every fetch
            self.fetches.append(GitFetch(self._world.clock(), principal.key, repository.full_name))
        response = await self._backend(request, repository, principal)
        if pushing and rest == "git-receive-pack" and principal.account is not None:
            self._activity.references.announce(repository, principal.account)
        return response

    def _redirect_url(self, request: web.Request, principal: Principal) -> str | None:
        """Return the new URL of a renamed or transferred repository, if the caller may read it."""
        owner, name = request.match_info["owner"], request.match_info["name"]
        repository = None if self._world.repository(owner, name) else self._world.find_redirect(owner, name)
        if repository is None or not can_read(principal, repository):
            return None
        return f"{self._world.url}/{repository.full_name}.git/{request.match_info['rest']}?{request.query_string}"

    def _repository(self, request: web.Request, principal: Principal, *, pushing: bool) -> Repository:
        """Return the repository of the path. Raises `ApiError`: 401 asks anonymous callers for credentials first."""
        repository = self._world.repository(request.match_info["owner"], request.match_info["name"])
        if principal.account is None and (pushing or repository is None or not can_read(principal, repository)):
            raise ApiError(401, "Authentication required")
        if repository is None:
            raise ApiError(404, "Repository not found.")
        try:
            authorize(principal, repository, "contents=write" if pushing else "contents=read")
        except ApiError as error:
            name = repository.full_name
            message = f"Permission to {name}.git denied to {principal.account.login if principal.account else 'you'}."
            raise ApiError(error.status, message if error.status == 403 else "Repository not found.") from error
        if pushing and repository.archived:
            raise ApiError(403, "This repository was archived so it is read-only.")
        return repository

    async def _backend(self, request: web.Request, repository: Repository, principal: Principal) -> web.StreamResponse:
        environment = {
            **clean_environment(),
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
        feeder = asyncio.ensure_future(_feed(request, child.stdin))
        try:
            response = await _cgi_head(request, child.stdout)
            while chunk := await child.stdout.read(_CHUNK):
                await response.write(chunk)
            await child.wait()
            await feeder
        finally:
            feeder.cancel()
            if child.returncode is None:
                child.kill()
                await child.wait()
        return response


async def _feed(request: web.Request, stdin: asyncio.StreamWriter) -> None:
    """Copy the request body to the process. aiohttp has already decompressed it."""
    try:
        async for chunk in request.content.iter_chunked(_CHUNK):
            stdin.write(chunk)
            await stdin.drain()
        stdin.close()
        await stdin.wait_closed()
    except ConnectionError:
        return  # git has read all that it needs


async def _cgi_head(request: web.Request, stdout: asyncio.StreamReader) -> web.StreamResponse:
    """Start the response from the headers that the CGI process prints."""
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
