"""The mirror of a remote repository: what is fetched, what is not, and where the token goes."""

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


def wanted(path: str) -> bool:
    return path.endswith((".py", ".md"))


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository as a forge serves it, with two commits on `main`."""
    made = repository(tmp_path / "origin.git", bare=True)
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        run(made, "config", key, "true")
    commit(made, {"app.py": "one = 1\n", "guide.md": "# One\n", "logo.png": b"\x89PNG one"}, "first")
    commit(made, {"app.py": "two = 2\n", "guide.md": "# Two\n", "logo.png": b"\x89PNG two"}, "second")
    return made


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
    """The kinds and contents of all objects that lie in a repository."""
    listed = run(path, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").splitlines()
    return {run(path, "cat-file", "blob", line.split()[1]) for line in listed if line.startswith("blob")}


# ------------------------------------------------------------------ what is fetched


def test_the_first_update_brings_the_history_without_contents(mirror: Mirror, remote: Remote, origin: Path) -> None:
    head = mirror.update(remote, "main")
    assert head == run(origin, "rev-parse", "main")
    assert run(mirror.path, "rev-list", "--count", head) == "2"
    assert present(mirror.path) == set()


def test_bring_fetches_the_wanted_contents_of_both_commits_in_one_batch(
    mirror: Mirror, remote: Remote, origin: Path
) -> None:
    head = mirror.update(remote, "main")
    base = run(origin, "rev-parse", "main~1")
    packs = len(list(mirror.path.glob("objects/pack/*.pack")))
    assert mirror.fetch_blobs(remote, [(base, head)], wanted) == 4
    assert present(mirror.path) == {"one = 1", "two = 2", "# One", "# Two"}
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) == packs + 1
    assert mirror.fetch_blobs(remote, [(base, head)], wanted) == 0


def test_a_change_is_read_from_the_mirror_alone(mirror: Mirror, remote: Remote, origin: Path) -> None:
    base, head = run(origin, "rev-parse", "main~1"), mirror.update(remote, "main")
    mirror.fetch_blobs(remote, [(base, head)], wanted)
    origin.rename(origin.with_name("gone.git"))
    with GitRepo.open(mirror.path) as read:
        change = read.change(base, head)
        assert (change.base["app.py"].data, change.head["guide.md"].data) == (b"one = 1\n", b"# Two\n")
        assert "logo.png" in change.head
        with pytest.raises(UserError, match=r"logo\.png is not in this copy"):
            _ = change.head["logo.png"].data


def test_a_file_that_moved_and_changed_is_found_though_nobody_wants_its_content(
    mirror: Mirror, remote: Remote, origin: Path
) -> None:
    text = "".join(f"value {n}\n" for n in range(30))
    base = commit(origin, {"old.cfg": text})
    commit(origin, {"old.cfg": None, "new.cfg": text + "more\n"})
    head = mirror.update(remote, "main")
    mirror.fetch_blobs(remote, [(base, head)], wanted)
    with GitRepo.open(mirror.path) as read:
        assert [(f.before, f.after) for f in read.change(base, head).files] == [("old.cfg", "new.cfg")]


def test_a_later_update_brings_what_is_new(mirror: Mirror, remote: Remote, origin: Path) -> None:
    mirror.update(remote, "main")
    head = commit(origin, {"app.py": "three = 3\n"})
    assert mirror.update(remote, "main") == head


def test_a_rewritten_branch_is_followed_and_its_old_head_fetched_by_id(
    mirror: Mirror, remote: Remote, origin: Path
) -> None:
    lost = commit(origin, {"app.py": "lost = 1\n"})
    run(origin, "update-ref", "refs/heads/main", "main~2")
    head = mirror.update(remote, "main", [lost])
    assert head == run(origin, "rev-parse", "main")
    assert run(mirror.path, "cat-file", "-t", lost) == "commit"


def test_a_branch_may_take_the_place_of_a_folder_of_branches(mirror: Mirror, remote: Remote, origin: Path) -> None:
    run(origin, "branch", "release/1", "main")
    mirror.update(remote, "release/1")
    run(origin, "branch", "-D", "release/1")
    run(origin, "branch", "release", "main~1")
    assert mirror.update(remote, "release") == run(origin, "rev-parse", "main~1")


# ------------------------------------------------------------------ crashes and rivals


def test_a_branch_may_have_a_long_name_in_any_script(mirror: Mirror, remote: Remote, origin: Path) -> None:
    branch = "文档" * 40
    run(origin, "update-ref", f"refs/heads/{branch}", "main")

    assert mirror.update(remote, branch) == run(origin, "rev-parse", "main").strip()


def test_what_a_killed_git_left_in_the_mirror_is_thrown_away_with_it(
    mirror: Mirror, remote: Remote, origin: Path
) -> None:
    mirror.update(remote, "main")
    for reference in (mirror.path / "refs" / "heads").iterdir():
        reference.with_name(f"{reference.name}.lock").touch()
    new = commit(origin, {"app.py": "three = 3\n"}, "third")

    assert mirror.update(remote, "main") == new


def test_a_creation_that_was_cut_off_is_begun_anew(mirror: Mirror, remote: Remote, tmp_path: Path) -> None:
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


def test_processes_that_update_one_mirror_at_once_agree(mirror: Mirror, remote: Remote, origin: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        heads = pool.starmap(_update, [(str(mirror.path), remote.url)] * 6)
    assert set(heads) == {run(origin, "rev-parse", "main")}


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("url", ["ssh://host/a", "git@host:a", "ext::sh -c true", "file:///tmp", "--upload-pack=true"])
def test_only_http_and_https_are_spoken(tmp_path: Path, url: str) -> None:
    with pytest.raises(UserError, match="http"):
        Mirror(tmp_path / "mirrors" / "2.git").update(Remote(url), "main")


@pytest.mark.parametrize("branch", ["a:b", "a\nb", "a\0b", "*", "a..b", ""])
def test_what_is_no_branch_name_is_refused(mirror: Mirror, remote: Remote, branch: str) -> None:
    with pytest.raises(UserError, match="not the name of a branch"):
        mirror.update(remote, branch)


def test_what_is_no_commit_id_is_refused(mirror: Mirror, remote: Remote) -> None:
    with pytest.raises(UserError, match="not a commit's id"):
        mirror.update(remote, "main", ["HEAD"])


def test_a_branch_or_commit_that_is_gone_is_a_lasting_failure(mirror: Mirror, remote: Remote) -> None:
    with pytest.raises(RemoteError, match="no such branch") as branch:
        mirror.update(remote, "elsewhere")
    with pytest.raises(RemoteError, match="no such commit") as single:
        mirror.update(remote, "main", ["1" * 40])
    assert not branch.value.transient
    assert not single.value.transient


# ------------------------------------------------------------------ over HTTP


class Forge(ThreadingHTTPServer):
    """Serves repositories with `git http-backend` to whoever has the token; `fails` answers all with a status."""

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
        made = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=True).stdout
        head, _, content = made.partition(b"\r\n\r\n")
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
    assert over_http.fetch_blobs(remote, [(run(origin, "rev-parse", "main~1"), head)], wanted) == 4
    assert TOKEN not in repr(remote)
    kept = b"".join(content or b"" for _, content in state(over_http.path).values())
    assert TOKEN.encode() not in kept
    assert forge.url.encode() not in kept
    assert base64.b64encode(f"x-access-token:{TOKEN}".encode()) not in kept


@pytest.mark.parametrize(
    ("status", "words", "transient"),
    [
        (401, "refused our credentials", False),
        (403, "refused our credentials", False),
        (404, "no such repository", False),
        (301, "moved the repository", False),
        (429, "429", True),
        (500, "500", True),
        (503, "503", True),
    ],
)
def test_what_a_forge_answers_is_told_without_the_token(
    forge: Forge, over_http: Mirror, status: int, words: str, transient: bool
) -> None:
    forge.fails = status
    with pytest.raises(RemoteError, match=words) as raised:
        over_http.update(Remote(f"{forge.url}/origin.git", TOKEN), "main")
    assert raised.value.transient is transient
    assert TOKEN not in str(raised.value)


def test_a_wrong_token_is_refused_credentials(forge: Forge, over_http: Mirror) -> None:
    with pytest.raises(RemoteError, match="refused our credentials"):
        over_http.update(Remote(f"{forge.url}/origin.git", "ghs_wrong"), "main")


def test_a_forge_that_is_down_may_come_back(over_http: Mirror) -> None:
    with pytest.raises(RemoteError, match=r"could not fetch from 127\.0\.0\.1") as raised:
        over_http.update(Remote("http://127.0.0.1:9/origin.git", TOKEN), "main")
    assert raised.value.transient


def test_a_forge_that_does_not_answer_is_given_up(forge: Forge, tmp_path: Path) -> None:
    forge.stalled = True
    hasty = Mirror(tmp_path / "mirrors" / "hasty.git", timeout_seconds=0.5)
    with pytest.raises(RemoteError, match="took longer") as raised:
        hasty.update(Remote(f"{forge.url}/origin.git", TOKEN), "main")
    assert raised.value.transient


def test_a_fetch_that_nobody_waits_for_any_more_is_ended(forge: Forge, tmp_path: Path) -> None:
    forge.stalled = True
    mirror = Mirror(tmp_path / "mirrors" / "left.git")
    threading.Timer(0.2, mirror.interrupt).start()

    with pytest.raises(RemoteError):
        mirror.update(Remote(f"{forge.url}/origin.git", TOKEN), "main")
