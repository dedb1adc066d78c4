"""GitRepo: any layout, any content, and nothing that a hostile repository configures is run."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain import FileChange
from bot.errors import Bug, UserError
from bot.git import GitRepo
from tests.repositories import blob, commit, commit_entries, repository, run, state


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A work tree with two commits."""
    path = repository(tmp_path / "project")
    commit(path, {"src/app.py": "one = 1\n", "docs/guide.md": "# Guide\n"}, "first")
    commit(path, {"src/app.py": "two = 2\n"}, "second")
    return path


@pytest.fixture
def opened(project: Path) -> Iterator[GitRepo]:
    with GitRepo.open(project) as found:
        yield found


# ------------------------------------------------------------------ layouts


def layouts(project: Path) -> dict[str, Path]:
    beside = project.parent
    run(beside, "clone", "--quiet", "--bare", "project", "bare.git")
    run(beside, "clone", "--quiet", "--bare", "--shared", "project", "alternates.git")
    run(project, "worktree", "add", "--quiet", "--detach", str(beside / "linked"))
    return {
        "work tree": project,
        "git folder": project / ".git",
        "folder in a work tree": project / "docs",
        "bare": beside / "bare.git",
        "bare with alternates": beside / "alternates.git",
        "linked work tree": beside / "linked",
    }


def test_all_layouts_of_a_repository_give_the_same_tree_and_content(project: Path) -> None:
    for name, path in layouts(project).items():
        with GitRepo.open(path) as found:
            tree = found.tree(found.resolve("HEAD"))
            assert {p: b.data for p, b in tree.items()} == {
                "docs/guide.md": b"# Guide\n",
                "src/app.py": b"two = 2\n",
            }, name


def test_reading_does_not_change_the_repository(project: Path) -> None:
    before = state(project)
    with GitRepo.open(project) as found:
        change = found.change(found.resolve("HEAD~1"), found.resolve("HEAD"))
        assert [b.data for b in change.head.values()]
        found.default_branch()
        found.merge_base(found.resolve("HEAD~1"), found.resolve("HEAD"))
    assert state(project) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the owner of a folder")
def test_a_repository_of_another_user_can_be_opened(project: Path) -> None:
    for path in (project, *project.rglob("*")):
        os.chown(path, 12345, 12345)
    with GitRepo.open(project / "docs") as found:
        assert found.resolve("HEAD")


def _sizes(path: str) -> dict[str, int]:
    with GitRepo.open(path) as found:
        return {p: len(b.data) for p, b in found.tree(found.resolve("HEAD")).items()}


def test_a_repository_is_read_in_a_spawned_process(project: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_sizes, (str(project),)) == {"docs/guide.md": 8, "src/app.py": 8}


# ------------------------------------------------------------------ errors on opening


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        GitRepo.open(tmp_path / "nowhere")


def test_a_file_is_reported_as_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file, not a folder"):
        GitRepo.open(tmp_path / "file")


def test_a_folder_outside_a_repository_is_reported(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not in a git repository") as raised:
        GitRepo.open(tmp_path)
    assert "git init" in raised.value.hint


def test_an_empty_repository_is_reported(tmp_path: Path) -> None:
    for bare in (False, True):
        with pytest.raises(UserError, match="no commits yet") as raised:
            GitRepo.open(repository(tmp_path / f"empty-{bare}", bare=bare))
        assert "git commit" in raised.value.hint


def test_missing_git_is_reported(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UserError, match="git is not installed"):
        GitRepo.open(project)


def test_an_unsupported_repository_format_is_reported_with_gits_message(project: Path) -> None:
    run(project, "config", "core.repositoryFormatVersion", "99")
    with pytest.raises(UserError, match="version"):
        GitRepo.open(project)


# ------------------------------------------------------------------ revisions


def test_branches_tags_and_abbreviated_ids_resolve_to_commits(project: Path, opened: GitRepo) -> None:
    head = run(project, "rev-parse", "HEAD")
    run(project, "tag", "-a", "v1", "-m", "v1")
    assert {opened.resolve(rev) for rev in ("HEAD", "main", "v1", head, head[:8])} == {head}


def test_an_unknown_revision_suggests_the_closest_name(opened: GitRepo) -> None:
    with pytest.raises(UserError, match="no commit maim") as raised:
        opened.resolve("maim")
    assert raised.value.hint == "Did you mean main?"


def test_an_unknown_revision_without_a_close_name_suggests_a_fetch(opened: GitRepo) -> None:
    with pytest.raises(UserError) as raised:
        opened.resolve("0123456789abcdef")
    assert "git fetch" in raised.value.hint


@pytest.mark.parametrize("revision", ["", "--help", "-1", "a\0b", "a\nb", "main:docs"])
def test_invalid_revisions_are_rejected(opened: GitRepo, revision: str) -> None:
    with pytest.raises(UserError):
        opened.resolve(revision)


def test_the_default_branch_is_the_remotes(project: Path) -> None:
    run(project, "branch", "-m", "main", "trunk")
    run(project.parent, "clone", "--quiet", "project", "clone")
    run(project.parent / "clone", "switch", "--quiet", "-c", "topic")
    with GitRepo.open(project.parent / "clone") as clone, GitRepo.open(project) as origin:
        assert clone.default_branch() == "origin/HEAD"
        assert origin.default_branch() == "trunk"


def test_the_default_branch_of_a_bare_repository_is_its_head(project: Path) -> None:
    with GitRepo.open(layouts(project)["bare"]) as bare:
        assert bare.default_branch() == "HEAD"


def test_the_merge_base_is_the_common_ancestor(project: Path, opened: GitRepo) -> None:
    base = run(project, "rev-parse", "HEAD")
    run(project, "switch", "--quiet", "-c", "topic")
    topic = commit(project, {"a": "a"})
    run(project, "switch", "--quiet", "main")
    main = commit(project, {"b": "b"})
    assert opened.merge_base(topic, main) == base


def test_unrelated_branches_have_no_merge_base(project: Path, opened: GitRepo) -> None:
    other = run(project, "commit-tree", "HEAD^{tree}", "-m", "other")
    with pytest.raises(UserError, match="no common history") as raised:
        opened.merge_base(run(project, "rev-parse", "HEAD"), other)
    assert "--base" in raised.value.hint


def test_a_shallow_clone_suggests_unshallow(project: Path) -> None:
    run(project, "switch", "--quiet", "-c", "topic", "HEAD~1")
    commit(project, {"c": "c"})
    url = f"file://{project}"
    run(project.parent, "clone", "--quiet", "--depth=1", "--no-single-branch", url, "shallow")
    with GitRepo.open(project.parent / "shallow") as shallow:
        one, other = shallow.resolve("origin/main"), shallow.resolve("origin/topic")
        for action in (
            lambda: shallow.merge_base(one, other),
            lambda: shallow.parent(one),
            lambda: shallow.resolve("HEAD~1"),
        ):
            with pytest.raises(UserError) as raised:
                action()
            assert "git fetch --unshallow" in raised.value.hint


def test_the_first_commit_has_no_parent(opened: GitRepo) -> None:
    with pytest.raises(UserError, match="is the first commit"):
        opened.parent(opened.resolve("HEAD~1"))


# ------------------------------------------------------------------ changes


def test_a_change_has_added_deleted_renamed_and_edited_files(project: Path, opened: GitRepo) -> None:
    long = "".join(f"line {n}\n" for n in range(40))
    base = commit(project, {"old.py": long, "gone.py": "gone = True\n", "same.md": "same"})
    head = commit(
        project, {"old.py": None, "new.py": long + "more\n", "gone.py": None, "src/app.py": "x", "came.bin": b"\0\1"}
    )
    change = opened.change(base, head)
    assert set(change.files) == {
        FileChange("old.py", "new.py"),
        FileChange("gone.py", None),
        FileChange("src/app.py", "src/app.py"),
        FileChange(None, "came.bin"),
    }
    assert change.base["old.py"].data == long.encode()
    assert change.head["came.bin"].data == b"\0\1"


def test_links_and_submodules_are_skipped_and_counted(project: Path, opened: GitRepo) -> None:
    target = blob(project, "/etc/passwd")
    commit_entries(
        project,
        [
            f"120000 {target}\tdocs/secret.md".encode(),
            f"120000 {target}\tdocs/other.md".encode(),
            b"160000 " + b"1" * 40 + b"\tvendored",
        ],
    )
    head = opened.resolve("HEAD")
    assert set(opened.tree(head)) == {"docs/guide.md", "src/app.py"}
    assert opened.skip_notes(head) == ("1 submodule was skipped.", "2 symbolic links were skipped.")
    assert opened.change(opened.resolve("HEAD~1"), head).files == ()


def test_a_file_that_became_a_link_counts_as_deleted(project: Path, opened: GitRepo) -> None:
    commit_entries(project, [f"120000 {blob(project, '/etc/passwd')}\tdocs/guide.md".encode()])
    change = opened.change(opened.resolve("HEAD~1"), opened.resolve("HEAD"))
    assert change.files == (FileChange("docs/guide.md", None),)


def test_utf8_names_are_listed_and_others_are_counted(project: Path, opened: GitRepo) -> None:
    names = ["docs/größe.md", "docs/a b.md", "docs/new\nline.md", "docs/\x1b[31mred.md", 'docs/"quoted".md']
    oid = blob(project, "text")
    bare = repository(project.parent / "names.git", bare=True)
    oid = blob(bare, "text")
    commit_entries(
        bare, [f"100644 {oid}\t{name}".encode() for name in names] + [f"100644 {oid}\tcaf\xe9".encode("latin-1")]
    )
    with GitRepo.open(bare) as found:
        head = found.resolve("HEAD")
        assert set(found.tree(head)) == set(names)
        assert found.skip_notes(head) == ("1 file whose name is not UTF-8 skipped.",)


def test_contents_are_read_byte_for_byte(project: Path, opened: GitRepo) -> None:
    contents = {"latin.md": "café\n".encode("latin-1"), "crlf.md": b"a\r\nb", "binary": bytes(range(256)), "empty": b""}
    commit(project, contents)
    tree = opened.tree(opened.resolve("HEAD"))
    assert {path: tree[path].data for path in contents} == contents


def test_a_huge_file_has_its_size_and_is_not_read(project: Path, opened: GitRepo) -> None:
    commit(project, {"huge.md": b"x" * (1 << 20) + b"y"})
    tree = opened.tree(opened.resolve("HEAD"))
    assert tree["huge.md"].size == (1 << 20) + 1
    with pytest.raises(Bug):
        _ = tree["huge.md"].data
    assert tree["docs/guide.md"].data == b"# Guide\n"


def test_prefetch_reads_many_blobs_unchanged(project: Path, opened: GitRepo) -> None:
    many = {f"docs/{number}.md": f"{number}\n" * number for number in range(1_200)}
    commit(project, {**many, "huge.md": b"x" * (1 << 20) + b"y"})
    tree = opened.tree(opened.resolve("HEAD"))
    opened.prefetch(tree.values())
    assert {path: tree[path].data.decode() for path in many} == many
    assert tree["src/app.py"].data == run(project, "show", "HEAD:src/app.py").encode() + b"\n"


def test_trees_share_the_blobs_of_unchanged_files(project: Path, opened: GitRepo) -> None:
    commit(project, {"docs/other.md": "other\n"})
    base, head = opened.tree(opened.resolve("HEAD~1")), opened.tree(opened.resolve("HEAD"))
    assert head["docs/guide.md"] is base["docs/guide.md"]


def test_a_missing_blob_of_a_partial_clone_is_reported_and_not_fetched(project: Path) -> None:
    run(project, "config", "uploadpack.allowFilter", "true")
    run(project.parent, "clone", "--quiet", "--bare", "--filter=blob:none", f"file://{project}", "partial.git")
    before = state(project.parent / "partial.git")
    with GitRepo.open(project.parent / "partial.git") as partial, pytest.raises(UserError, match="partial clone"):
        tree = partial.tree(partial.resolve("HEAD"))
        partial.prefetch(tree.values())
        _ = tree["src/app.py"].data
    assert state(project.parent / "partial.git") == before


def test_a_damaged_object_is_reported_with_a_hint(project: Path) -> None:
    tree = run(project, "rev-parse", "HEAD^{tree}")
    (project / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with GitRepo.open(project) as found, pytest.raises(UserError) as raised:
        found.tree(found.resolve("HEAD"))
    assert "git fsck" in raised.value.hint


# ------------------------------------------------------------------ hostile repositories


def test_nothing_that_a_repository_configures_is_run(project: Path, tmp_path: Path) -> None:
    commit(project, {".gitattributes": "* diff=evil filter=evil\n", "docs/guide.md": "# Changed\n"})
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    hooks = project / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (hooks / hook).symlink_to(trap)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.askPass",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.smudge",
        "filter.evil.clean",
        "alias.diff-tree",
        "credential.helper",
    ):
        run(project, "config", key, f"!{trap}" if key.startswith("alias") else str(trap))
    assert not (tmp_path / "sprung").exists()
    with GitRepo.open(project) as found:
        change = found.change(found.resolve("HEAD~1"), found.resolve("HEAD"))
        assert change.head["docs/guide.md"].data == b"# Changed\n"
        found.merge_base(found.resolve("HEAD~1"), found.resolve("HEAD"))
    assert not (tmp_path / "sprung").exists()


def test_the_callers_git_variables_are_ignored(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repository(tmp_path / "other")
    commit(other, {"other.py": "other = 1\n"})
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, str(other / ".git"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "nonsense")
    with GitRepo.open(project) as found:
        assert set(found.tree(found.resolve("HEAD"))) == {"docs/guide.md", "src/app.py"}


def test_replaced_objects_are_ignored(project: Path, opened: GitRepo) -> None:
    run(project, "replace", run(project, "rev-parse", "HEAD:src/app.py"), blob(project, "evil = 1\n"))
    assert opened.tree(opened.resolve("HEAD"))["src/app.py"].data == b"two = 2\n"
