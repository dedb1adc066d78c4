"""`mas setup`, in a browser without JavaScript."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.errors import UserError
from bot.server.web.setup import RegisteredApp, serve
from bot.settings.env_file import has_value, write
from bot.settings.model import Settings
from github_sandbox import Fault, Sandbox

pytestmark = pytest.mark.journey


class Browser(HTMLParser):
    """The current page: address and fields of its form, its links and its text."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        super().__init__()
        self._session = session

    async def go(self, url: str, **options: object) -> int:
        async with self._session.request(**{"method": "GET", "url": url, **options}) as response:  # type: ignore[arg-type]
            self.action, self.fields, self.links, self.text = "", {}, [], ""
            self.url, self.headers, self.html = str(response.url), response.headers, await response.text()
            self.feed(self.html)
            return response.status

    async def submit(self, **filled: str) -> int:
        return await self.go(self.action, method="POST", data={**self.fields, **filled})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            url = urlsplit(self.url)
            action = said["action"] or ""
            self.action = action if "://" in action else f"{url.scheme}://{url.netloc}{action}"
        elif tag == "input" and said.get("type") != "checkbox":
            self.fields[said["name"]] = said.get("value") or ""
        elif tag == "a":
            self.links.append(said["href"])

    def handle_data(self, data: str) -> None:
        self.text += data


class Run:
    """A run of `mas setup`, with the address that it printed."""

    def __init__(self, github: Sandbox, env_file: Path) -> None:
        self._announced: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.env_file = env_file
        self.ended = asyncio.create_task(serve(github.api_url, env_file, 0, self._announced.set_result))

    async def address(self) -> str:
        return await asyncio.wait_for(asyncio.shield(self._announced), 10)

    async def registered(self) -> RegisteredApp:
        return await asyncio.wait_for(self.ended, 10)


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(tmp_path / "github") as github:
        yield github


@pytest.fixture
async def run(github: Sandbox, tmp_path: Path) -> AsyncIterator[Run]:
    run = Run(github, tmp_path / ".env")
    yield run
    run.ended.cancel()
    await asyncio.gather(run.ended, return_exceptions=True)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as session:
        yield Browser(session)


async def test_the_registration_writes_valid_settings(
    github: Sandbox, run: Run, browser: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await browser.go(await run.address())
    assert await browser.submit(name="our docs", webhook_url="https://mas.example.com") == 200
    assert await browser.submit() == 200
    assert browser.url.startswith(f"{github.url}/settings/apps/new?state=")
    assert await browser.submit() == 200

    (app,) = github.world.apps.values()
    assert "our-docs is registered" in browser.text
    (install,) = browser.links
    assert install.startswith(f"{github.url}/")
    assert install.endswith("apps/our-docs/installations/new")
    assert (await run.registered()).id == app.id
    assert stat.S_IMODE(run.env_file.stat().st_mode) == 0o600
    monkeypatch.setenv("MAS_DATA_DIR", str(tmp_path / "data"))
    settings = Settings.load(run.env_file)
    assert settings.github_app_id == app.id
    assert settings.github_private_key.get_secret_value() == app.private_key.strip()
    assert [secret.get_secret_value() for secret in settings.github_webhook_secret] == [app.webhook_secret]
    assert settings.github_api_url == github.api_url


async def test_the_manifest_requests_exactly_what_app_yml_declares(run: Run, browser: Browser) -> None:
    await browser.go(await run.address())
    await browser.submit(name="our docs", webhook_url="https://mas.example.com/hooks/mas")

    port = urlsplit(await run.address()).port
    assert json.loads(browser.fields["manifest"]) == {
        "name": "our docs",
        "description": "Keeps your documentation up to date with your code, in one pull request per branch.",
        "url": "https://mas.example.com",
        "public": False,
        "hook_attributes": {"url": "https://mas.example.com/hooks/mas", "active": True},
        "redirect_url": f"http://127.0.0.1:{port}/registered",
        "default_permissions": {
            "metadata": "read",
            "contents": "write",
            "pull_requests": "write",
            "issues": "write",
            "checks": "write",
            "merge_queues": "read",
        },
        "default_events": [
            "push",
            "pull_request",
            "check_run",
            "check_suite",
            "merge_group",
            "issue_comment",
            "pull_request_review_comment",
            "repository",
        ],
    }


async def test_an_organization_registers_in_its_settings(run: Run, browser: Browser) -> None:
    await browser.go(await run.address())
    await browser.submit(name="our docs", organisation="acme", webhook_url="https://mas.example.com")
    await browser.submit()

    assert "/organizations/acme/settings/apps/new?" in browser.url
    assert "Create GitHub App for acme" in browser.text


async def test_going_back_keeps_the_values(run: Run, browser: Browser) -> None:
    await browser.go(await run.address())
    await browser.submit(name="our docs", webhook_url="https://mas.example.com/webhook")
    await browser.go(f"http://{urlsplit(browser.url).netloc}{browser.links[0]}")

    assert (browser.fields["name"], browser.fields["webhook_url"]) == ("our docs", "https://mas.example.com/webhook")


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("name", "", "Enter a name of 1 to 34"),
        ("name", "x" * 35, "Enter a name of 1 to 34"),
        ("organisation", "../../evil", "Not a valid organization name"),
        ("webhook_url", "mas.example.com", "starts with https://"),
        ("webhook_url", "javascript:alert(1)", "starts with https://"),
    ],
)
async def test_an_invalid_value_is_reported_and_kept(
    run: Run, browser: Browser, field: str, value: str, error: str
) -> None:
    valid = {"name": "our docs", "webhook_url": "https://mas.example.com/webhook"}
    await browser.go(await run.address())

    assert await browser.submit(**{**valid, field: value}) == 400
    assert error in browser.text
    assert {**browser.fields, "state": ""} == {**valid, "organisation": "", field: value, "state": ""}


async def test_hostile_text_is_escaped(run: Run, browser: Browser) -> None:
    await browser.go(await run.address())
    await browser.submit(name='"><script>alert(1)</script>', webhook_url="https://mas.example.com")

    assert "<script" not in browser.html
    assert "script-src" not in browser.headers["Content-Security-Policy"]
    assert "default-src 'none'" in browser.headers["Content-Security-Policy"]


@pytest.mark.parametrize("query", ["", "?state=", "?state=guessed", "?state=\u00e9"])
async def test_a_request_without_the_state_is_rejected(run: Run, browser: Browser, query: str) -> None:
    root = (await run.address()).partition("?")[0]

    assert await browser.go(f"{root}{query}") == 403
    assert await browser.go(f"{root}registered{query}") == 403
    assert await browser.go(root, method="POST", data={"name": "x", "state": query.partition("=")[2]}) == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost@evil"])
async def test_a_foreign_host_is_rejected(run: Run, browser: Browser, host: str) -> None:
    assert await browser.go(await run.address(), headers={"Host": host}) == 403


async def test_an_unknown_code_writes_nothing(run: Run, browser: Browser) -> None:
    registered = (await run.address()).replace("/?", "/registered?")

    for code in ("", "guessed", "../../users/octocat"):
        assert await browser.go(f"{registered}&code={code}") == 400
        assert "rejected the code" in browser.text
    assert not run.env_file.exists()


async def test_a_failed_exchange_can_be_retried(github: Sandbox, run: Run, browser: Browser) -> None:
    github.gateway.faults.append(Fault("conversions"))
    await browser.go(await run.address())
    for filled in ({"name": "our docs", "webhook_url": "https://mas.example.com"}, {}):
        await browser.submit(**filled)

    assert await browser.submit() == 502
    assert not run.env_file.exists()
    assert await browser.go(browser.url) == 200
    assert run.env_file.exists()


async def test_a_response_without_credentials_writes_nothing(github: Sandbox, run: Run, browser: Browser) -> None:
    github.gateway.faults.append(Fault("conversions", status=201, body='{"id": 7}'))

    assert await browser.go((await run.address()).replace("/?", "/registered?") + "&code=one") == 502
    assert not run.env_file.exists()


async def test_existing_credentials_are_replaced_only_on_request(run: Run, browser: Browser) -> None:
    run.env_file.write_text("GITHUB_APP_ID=7\nPORT=9000\n")
    filled = {"name": "our docs", "webhook_url": "https://mas.example.com"}
    address = await run.address()

    assert await browser.go(address.replace("/?", "/registered?") + "&code=one") == 400
    assert "already contains a GitHub App" in browser.text
    await browser.go(address)
    assert await browser.submit(**filled) == 400
    assert "Select this checkbox to continue" in browser.text
    assert run.env_file.read_text() == "GITHUB_APP_ID=7\nPORT=9000\n"

    assert await browser.submit(**filled, overwrite="yes") == 200
    for _ in range(2):
        assert await browser.submit() == 200
    app = await run.registered()
    assert run.env_file.read_text().startswith(f"GITHUB_APP_ID={app.id}\nPORT=9000\n")


async def test_a_port_in_use_is_reported(github: Sandbox, tmp_path: Path) -> None:
    taken = urlsplit(github.url).port or 0

    with pytest.raises(UserError, match=f"port {taken}"):
        await serve(github.api_url, tmp_path / ".env", taken, print)


def test_other_lines_of_the_env_file_are_preserved(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# mine\n\nexport PORT=9000 # why\nGITHUB_APP_ID=1\n"
        "GITHUB_PRIVATE_KEY=\"-----BEGIN\nGITHUB_APP_ID=in the key\n-----END\"\nGITHUB_APP_ID=2\nlast='ö'"
    )

    write(file, {"GITHUB_APP_ID": "42", "GITHUB_PRIVATE_KEY": None, "NEW": 'a"b\\c\nd'})

    assert file.read_text() == (
        '# mine\n\nexport PORT=9000 # why\nGITHUB_APP_ID=42\nlast=\'ö\'\nNEW="a\\"b\\\\c\\nd"\n'
    )


def test_a_symbolic_link_is_preserved_and_its_target_is_private(tmp_path: Path) -> None:
    target, link = tmp_path / "real", tmp_path / ".env"
    target.write_text("A=1\n")
    target.chmod(0o644)
    link.symlink_to(target)

    write(link, {"B": "2"})

    assert link.is_symlink()
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("A=1\nB=2\n", 0o600)
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_an_env_file_that_is_not_text_is_rejected_and_kept(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe")

    with pytest.raises(UserError, match=r"Cannot read or write .*\.env"):
        write(file, {"A": "1"})
    with pytest.raises(UserError, match=r"Cannot read or write .*\.env"):
        has_value(file, "A")
    assert file.read_bytes() == b"\xff\xfe"
