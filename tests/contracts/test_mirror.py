"""Mirror: fetches only what is needed, recovers from crashes, and does not leak the token."""

from __future__ import annotations

import base64
import gzip
import multiprocessing
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.errors import RemoteError, UserError
from bot.git import GitRepo, Mirror, Remote
from tests.repositories import commit, repository, run, state

TOKEN = "ghs_12345_eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
LOCAL = frozenset({"file"})


def is_wanted(path: str) -> bool:
    return path.endswith((".py", ".md"))


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A bare repository that allows partial clones, with two commits on `main`."""
    path = repository(tmp_path / "origin.git", bare=True)
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        run(path, "config", key, "true")
    commit(path, {"app.py": "one = 1\n", "guide.md": "# One\n", "logo.png": b"\x89PNG one"}, "first")
    commit(path, {"app.py": "two = 2\n", "guide.md": "# Two\n", "logo.png": b"\x89PNG two"}, "second")
    return path


@pytest.fixture
def remote(origin: Path) -> Remote:
    return Remote(f"file://{origin}")


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "1.git", protocols=LOCAL)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "mirrors").mkdir()


def present(path: Path) -> set[str]:
    """Return the contents of all blobs in a repository."""
    listed = run(path, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").splitlines()
    return {run(path, "cat-file", "blob", line.split()[1]) for line in listed if line.startswith("blob")}


# ------------------------------------------------------------------ fetches


def test_the_first_update_fetches_history_without_contents(mirror: Mirror, remote: Remote, origin: Path) -> None:
    head = mirror.update(remote, "main")
    assert head == run(origin, "rev-parse", "main")
    assert run(mirror.path, "rev-list", "--count", head) == "2"
    assert present(mirror.path) == set()


def test_fetch_blobs_fetches_the_wanted_contents_of_both_commits_in_one_pack(
    mirror: Mirror, remote: Remote, origin: Path
) -> None:
    head = mirror.update(remote, "main")
    base = run(origin, "rev-parse", "main~1")
    packs = len(list(mirror.path.glob("objects/pack/*.pack")))
    assert mirror.fetch_blobs(remote, [(base, head)], is_wanted) == 4
    assert present(mirror.path) == {"one = 1", "two = 2", "# One", "# Two"}
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) == packs + 1
    assert mirror.fetch_blobs(remote, [(base, head)], is_wanted) == 0


def test_a_change_is_read_from_the_mirror_alone(mirror: Mirror, remote: Remote, origin: Path) -> None:
    base, head = run(origin, "rev-parse", "main~1"), mirror.update(remote, "main")
    mirror.fetch_blobs(remote, [(base, head)], is_wanted)
    origin.rename(origin.with_name("gone.git"))
    with GitRepo.open(mirror.path) as read:
        change = read.change(base, head)
        assert (change.base["app.py"].data, change.head["guide.md"].data) == (b"one = 1\n", b"# Two\n")
        assert "logo.png" in change.head
        with pytest.raises(UserError, match=r"lacks logo\.png"):
            _ = change.head["logo.png"].data


def test_a_renamed_and_edited_file_is_detected_though_its_content_is_not_wanted(
    mirror: Mirror, remote: Remote, origin: Path
) -> None:
    text = "".join(f"value {n}\n" for n in range(30))
    base = commit(origin, {"old.cfg": text})
    commit(origin, {"old.cfg": None, "new.cfg": text + "more\n"})
    head = mirror.update(remote, "main")
    mirror.fetch_blobs(remote, [(base, head)], is_wanted)
    with GitRepo.open(mirror.path) as read:
        assert [(f.before, f.after) for f in read.change(base, head).files] == [("old.cfg", "new.cfg")]


def test_a_later_update_fetches_new_commits(mirror: Mirror, remote: Remote, origin: Path) -> None:
    mirror.update(remote, "main")
    head = commit(origin, {"app.py": "three = 3\n"})
    assert mirror.update(remote, "main") == head


def test_a_rewritten_branch_is_updated_and_its_old_head_fetched_by_id(
    mirror: Mirror, remote: Remote, origin: Path
) -> None:
    lost = commit(origin, {"app.py": "lost = 1\n"})
    run(origin, "update-ref", "refs/heads/main", "main~2")
    head = mirror.update(remote, "main", [lost])
    assert head == run(origin, "rev-parse", "main")
    assert run(mirror.path, "cat-file", "-t", lost) == "commit"


def test_a_branch_may_replace_a_folder_of_branches(mirror: Mirror, remote: Remote, origin: Path) -> None:
    run(origin, "branch", "release/1", "main")
    mirror.update(remote, "release/1")
    run(origin, "branch", "-D", "release/1")
    run(origin, "branch", "release", "main~1")
    assert mirror.update(remote, "release") == run(origin, "rev-parse", "main~1")


# ------------------------------------------------------------------ crashes and concurrency


def test_a_branch_may_have_a_long_name_in_any_script(mirror: Mirror, remote: Remote, origin: Path) -> None:
    branch = "文档" * 40
    run(origin, "update-ref", f"refs/heads/{branch}", "main")

    assert mirror.update(remote, branch) == run(origin, "rev-parse", "main").strip()


def test_a_mirror_with_stale_lock_files_is_recreated(mirror: Mirror, remote: Remote, origin: Path) -> None:
    mirror.update(remote, "main")
    for reference in (mirror.path / "refs" / "heads").iterdir():
        reference.with_name(f"{reference.name}.lock").touch()
    new = commit(origin, {"app.py": "three = 3\n"}, "third")

    assert mirror.update(remote, "main") == new


def test_an_interrupted_creation_is_repeated(mirror: Mirror, remote: Remote, tmp_path: Path) -> None:
    half = repository(tmp_path / "mirrors" / "1.git.new", bare=True)
    (half / "HEAD").write_text("half")
    assert mirror.update(remote, "main")
    assert not half.exists()


def test_a_creation_that_fails_leaves_no_mirror(mirror: Mirror, origin: Path) -> None:
    with pytest.raises(RemoteError):
        mirror.update(Remote(f"file://{origin}-not"), "main")
    assert not mirror.path.exists()


def test_a_lost_mirror_costs_a_fetch(mirror: Mirror, remote: Remote) -> None:
    head = mirror.update(remote, "main")
    mirror.remove()
    assert list(mirror.path.parent.iterdir()) == []
    assert mirror.update(remote, "main") == head


def _update(path: str, url: str) -> str:
    return Mirror(Path(path), protocols=LOCAL).update(Remote(url), "main")


def test_concurrent_updates_by_several_processes_agree(mirror: Mirror, remote: Remote, origin: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        heads = pool.starmap(_update, [(str(mirror.path), remote.url)] * 6)
    assert set(heads) == {run(origin, "rev-parse", "main")}


# ------------------------------------------------------------------ invalid arguments


@pytest.mark.parametrize("url", ["ssh://host/a", "git@host:a", "ext::sh -c true", "file:///tmp", "--upload-pack=true"])
def test_only_http_and_https_are_spoken(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match="http"):
        Mirror(tmp_path / "mirrors" / "2.git").update(Remote(url), "main")


@pytest.mark.parametrize("branch", ["a:b", "a\nb", "a\0b", "*", "a..b", ""])
def test_an_invalid_branch_name_is_rejected(mirror: Mirror, remote: Remote, branch: str) -> None:
    with pytest.raises(UserError, match="not a valid branch name"):
        mirror.update(remote, branch)


def test_an_invalid_commit_id_is_rejected(mirror: Mirror, remote: Remote) -> None:
    with pytest.raises(UserError, match="not a commit id"):
        mirror.update(remote, "main", ["HEAD"])


def test_a_missing_branch_or_commit_is_a_permanent_error(mirror: Mirror, remote: Remote) -> None:
    with pytest.raises(RemoteError, match="no such branch") as branch:
        mirror.update(remote, "elsewhere")
    with pytest.raises(RemoteError, match="no longer has this commit") as single:
        mirror.update(remote, "main", ["1" * 40])
    assert not branch.value.transient
    assert not single.value.transient


# ------------------------------------------------------------------ over HTTP


class Forge(ThreadingHTTPServer):
    """Serves repositories by `git http-backend` to clients with the token. `fails` is a status for all responses."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Backend)
        self.root = root
        self.fails: int | None = None
        self.stalls = threading.Event()
        self.stalled = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Backend(BaseHTTPRequestHandler):
    server: Forge

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)

    def answer(self, body: bytes) -> None:
        expected = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if self.server.stalled:
            self.server.stalls.wait()
        status = self.server.fails or (200 if self.headers.get("Authorization") == expected else 401)
        path = urlsplit(self.path)
        if status != 200 or not (self.server.root / path.path.split("/")[1]).exists():
            self.send_response(status if status != 200 else 404)
            self.send_header("Content-Length", "0")
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="here"')
            if status == 301:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            return
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path.path,
            "QUERY_STRING": path.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        output = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=True).stdout
        head, _, content = output.partition(b"\r\n\r\n")
        self.send_response(200)
        for line in head.decode().split("\r\n"):
            self.send_header(*line.split(": ", 1))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def forge(origin: Path) -> Iterator[Forge]:
    with Forge(origin.parent) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.stalls.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def over_http(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "http.git")


def test_a_private_repository_is_mirrored_with_the_token_and_keeps_none_of_it(
    forge: Forge, over_http: Mirror, origin: Path
) -> None:
    remote = Remote(f"{forge.url}/origin.git", TOKEN)
    head = over_http.update(remote, "main")
    assert over_http.fetch_blobs(remote, [(run(origin, "rev-parse", "main~1"), head)], is_wanted) == 4
    assert TOKEN not in repr(remote)
    stored = b"".join(content or b"" for _, content in state(over_http.path).values())
    assert TOKEN.encode() not in stored
    assert forge.url.encode() not in stored
    assert base64.b64encode(f"x-access-token:{TOKEN}".encode()) not in stored


@pytest.mark.parametrize(
    ("status", "message", "transient"),
    [
        (401, "rejected the App's credentials", False),
        (403, "rejected the App's credentials", False),
        (404, "no such repository", False),
        (301, "moved the repository", False),
        (429, "429", True),
        (500, "500", True),
        (503, "503", True),
    ],
)
def test_an_error_of_the_remote_is_reported_without_the_token(
    forge: Forge, over_http: Mirror, status: int, message: str, transient: bool
) -> None:
    forge.fails = status
    with pytest.raises(RemoteError, match=message) as raised:
        over_http.update(Remote(f"{forge.url}/origin.git", TOKEN), "main")
    assert raised.value.transient is transient
    assert TOKEN not in str(raised.value)


def test_a_wrong_token_is_rejected(forge: Forge, over_http: Mirror) -> None:
    with pytest.raises(RemoteError, match="rejected the App's credentials"):
        over_http.update(Remote(f"{forge.url}/origin.git", "ghs_wrong"), "main")


def test_a_refused_connection_is_transient(over_http: Mirror) -> None:
    with pytest.raises(RemoteError, match=r"could not fetch from 127\.0\.0\.1") as raised:
        over_http.update(Remote("http://127.0.0.1:9/origin.git", TOKEN), "main")
    assert raised.value.transient


def test_a_remote_that_does_not_answer_times_out(forge: Forge, tmp_path: Path) -> None:
    forge.stalled = True
    hasty = Mirror(tmp_path / "mirrors" / "hasty.git", timeout_seconds=0.5)
    with pytest.raises(RemoteError, match="timed out after") as raised:
        hasty.update(Remote(f"{forge.url}/origin.git", TOKEN), "main")
    assert raised.value.transient


def test_interrupt_stops_a_running_fetch(forge: Forge, tmp_path: Path) -> None:
    forge.stalled = True
    mirror = Mirror(tmp_path / "mirrors" / "left.git")
    threading.Timer(0.2, mirror.interrupt).start()

    with pytest.raises(RemoteError):
        mirror.update(Remote(f"{forge.url}/origin.git", TOKEN), "main")
