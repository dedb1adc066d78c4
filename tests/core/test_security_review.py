"""A review reports what the change introduces, once, on the lines that it touches."""

from __future__ import annotations

from collections.abc import Mapping

from bot.agents.security_review.changed_lines import MAX_FILE_BYTES, MAX_FILES, MAX_LINE_CHARS
from bot.agents.security_review.review import Suppression, Suppressions, collect_changed_files, review
from bot.domain import Fix, Hit, Level, SecurityReview
from tests.core.trees import change

EVIL = "run(command, shell=True)"


def hit(line: int, rule: str = "bandit/B602", **more: object) -> Hit:
    fields = {"end_line": line, "severity": Level.HIGH, "confidence": Level.HIGH, "title": "A shell runs it"}
    return Hit(rule, line, **{**fields, "why": "Anybody may.", "advice": "Do not.", **more})  # type: ignore[arg-type]


def scan_files(files: Mapping[str, str], rule: str = "bandit/B602") -> dict[str, list[Hit]]:
    """Hits of a scanner that reports every line with the dangerous call."""
    return {
        path: [hit(n, rule) for n, line in enumerate(text.split("\n"), start=1) if EVIL in line]
        for path, text in files.items()
    }


def review_change(
    base: Mapping[str, str], head: Mapping[str, str], suppressions: Suppressions | None = None
) -> SecurityReview:
    return review(
        collect_changed_files(change(base, head)), scan_files(base), scan_files(head), suppressions=suppressions
    )


def places(found: SecurityReview) -> list[tuple[str, int, str]]:
    return [(f.path, f.hit.line, f.cause) for f in found.findings]


class TestOnlyNewFindings:
    def test_a_new_line_is_reported(self) -> None:
        found = review_change({"a.py": "x = 1\n"}, {"a.py": f"x = 1\n{EVIL}\n"})

        assert places(found) == [("a.py", 2, "added")]
        assert found.files == 1

    def test_an_old_line_in_a_changed_file_is_not_reported(self) -> None:
        assert places(review_change({"a.py": f"{EVIL}\n"}, {"a.py": f"{EVIL}\nx = 1\n"})) == []

    def test_a_moved_file_introduces_nothing(self) -> None:
        assert places(review_change({"a.py": f"{EVIL}\n"}, {"b.py": f"{EVIL}\n"})) == []

    def test_code_that_moves_to_another_file_and_indentation_is_not_new(self) -> None:
        base = {"a.py": f"def f():\n    {EVIL}\n", "b.py": "y = 1\n"}
        head = {"a.py": "def f():\n    pass\n", "b.py": f"y = 1\nif y:\n        {EVIL}\n"}

        assert places(review_change(base, head)) == []

    def test_code_that_moves_out_of_a_deleted_file_is_not_new(self) -> None:
        assert places(review_change({"a.py": f"# a\n{EVIL}\n"}, {"b.py": f"# of another kind\n\n{EVIL}\n"})) == []

    def test_a_second_copy_of_an_old_line_is_new(self) -> None:
        assert places(review_change({"a.py": f"{EVIL}\n"}, {"a.py": f"{EVIL}\nx = 1\n{EVIL}\n"})) == [
            ("a.py", 3, "added")
        ]

    def test_a_hit_that_gets_worse_is_reported_on_the_changed_line(self) -> None:
        base, head = {"a.py": "run(\n  command,\n  x,\n)\n"}, {"a.py": "run(\n  command,\n  shell=True,\n)\n"}
        before, after = hit(1, end_line=4, severity=Level.LOW), hit(1, end_line=4)

        found = review(collect_changed_files(change(base, head)), {"a.py": [before]}, {"a.py": [after]})

        assert places(found) == [("a.py", 3, "worse")]

    def test_a_hit_of_several_lines_is_reported_on_the_first_new_one(self) -> None:
        base, head = {"a.py": "run(\n  command,\n)\n"}, {"a.py": "run(\n  command,\n  shell=True,\n)\n"}

        found = review(collect_changed_files(change(base, head)), {}, {"a.py": [hit(1, end_line=4)]})

        assert places(found) == [("a.py", 3, "added")]

    def test_a_long_range_counts_as_its_first_line(self) -> None:
        base = {"a.py": "class A:\n" + "    x = 1\n" * 40}
        head = {"a.py": base["a.py"] + "    y = 1\n"}

        assert places(review(collect_changed_files(change(base, head)), {}, {"a.py": [hit(1, end_line=42)]})) == []

    def test_a_fix_that_edits_untouched_lines_is_dropped(self) -> None:
        base, head = {"a.py": "one\ntwo\n"}, {"a.py": "one\nTWO\n"}
        whole, part = Fix(1, 2, "x"), Fix(2, 2, "x")

        def fixes(fix: Fix) -> list[Fix | None]:
            result = review(collect_changed_files(change(base, head)), {}, {"a.py": [hit(2, fix=fix)]})
            return [f.hit.fix for f in result.findings]

        assert fixes(whole) == [None]
        assert fixes(part) == [part]


class TestDuplicates:
    def test_two_rules_for_one_weakness_of_a_line_are_one_finding(self) -> None:
        base, head = {"a.py": ""}, {"a.py": f"{EVIL}\n"}
        hits = [
            hit(1, "ruff/S602", cwe=78, severity=Level.MEDIUM),
            hit(1, "bandit/B602", cwe=78),
            hit(1, "x/1", cwe=22),
        ]

        found = review(collect_changed_files(change(base, head)), {}, {"a.py": hits})

        assert sorted(f.hit.rule for f in found.findings) == ["bandit/B602", "x/1"]

    def test_the_worst_comes_first(self) -> None:
        base, head = {"a.py": ""}, {"a.py": "one\ntwo\n"}
        hits = [hit(1, severity=Level.LOW), hit(2, severity=Level.CRITICAL)]

        assert [f.hit.line for f in review(collect_changed_files(change(base, head)), {}, {"a.py": hits}).findings] == [
            2,
            1,
        ]

    def test_a_finding_keeps_its_fingerprint_when_lines_are_added_above(self) -> None:
        one = review_change({"a.py": ""}, {"a.py": f"{EVIL}\n"}).findings[0]
        later = review_change({"a.py": ""}, {"a.py": f"x = 1\n\n  {EVIL}\n"}).findings[0]

        assert one.fingerprint == later.fingerprint
        assert one.id in one.fingerprint

    def test_the_same_code_twice_has_two_fingerprints(self) -> None:
        found = review_change({"a.py": ""}, {"a.py": f"{EVIL}\n{EVIL}\n"}).findings

        assert len({f.fingerprint for f in found}) == 2

    def test_findings_contain_no_secret_whatever_scanner_found_it(self) -> None:
        text = 'token = "hunter2hunter2"\n'
        hits = [hit(1, "betterleaks/x"), hit(1, "bandit/B105")]

        found = review(collect_changed_files(change({"a.py": ""}, {"a.py": text})), {}, {"a.py": hits})

        assert len(found.findings) == 1
        assert "hunter2" not in repr(found)


class TestSuppressions:
    def test_rules_are_disabled_by_any_of_their_names(self) -> None:
        for name in ("bandit/B602", "b602", "Bandit"):
            assert places(review_change({}, {"a.py": EVIL}, Suppressions(disabled_rules=frozenset({name})))) == []
        assert places(review_change({}, {"a.py": EVIL}, Suppressions(disabled_rules=frozenset({"B60"})))) == [
            ("a.py", 1, "added")
        ]

    def test_paths_out_of_scope_are_skipped(self) -> None:
        suppressions = Suppressions(in_scope=lambda path: not path.startswith("vendor/"))

        assert places(review_change({}, {"a.py": EVIL, "vendor/b.py": EVIL}, suppressions)) == [("a.py", 1, "added")]

    def test_an_ignored_finding_has_an_author_and_a_reason(self) -> None:
        (finding,) = review_change({}, {"a.py": EVIL}).findings
        suppressions = Suppressions(
            by_fingerprint={finding.fingerprint: Suppression("maria", "A sandbox.")}, today="2026-11-24"
        )

        found = review_change({}, {"a.py": EVIL}, suppressions)

        assert found.findings == ()
        assert [(i.finding.path, i.by, i.why, i.until) for i in found.ignored] == [
            ("a.py", "maria", "A sandbox.", None)
        ]

    def test_a_suppression_expires_after_its_date(self) -> None:
        (finding,) = review_change({}, {"a.py": EVIL}).findings
        by_fingerprint = {finding.fingerprint: Suppression("maria", "For now.", "2026-11-24")}

        assert (
            places(review_change({}, {"a.py": EVIL}, Suppressions(by_fingerprint=by_fingerprint, today="2026-11-24")))
            == []
        )
        assert places(
            review_change({}, {"a.py": EVIL}, Suppressions(by_fingerprint=by_fingerprint, today="2026-11-25"))
        ) == [("a.py", 1, "added")]

    def test_a_comment_in_the_code_needs_a_reason_and_the_rule(self) -> None:
        def is_reported(line: str, above: str = "x") -> bool:
            return bool(review_change({}, {"a.py": f"{above}\n{line}\n"}, Suppressions(today="2026-11-24")).findings)

        assert not is_reported(f"{EVIL}  # mas: ignore[B602] the command is a constant")
        assert not is_reported(EVIL, "# mas: ignore[bandit/B602, B101] the command is a constant")
        assert not is_reported(f"{EVIL} /* mas: ignore[B602] it is */")
        assert not is_reported(f"{EVIL}  # mas: ignore[B602] until 2026-12-01: rewritten then")
        assert is_reported(f"{EVIL}  # mas: ignore[B602]")
        assert is_reported(f"{EVIL}  # mas: ignore[B101] the command is a constant")
        assert is_reported(f"{EVIL}  # mas: ignore[B602] until 2026-11-01 rewritten then")
        assert is_reported(EVIL, "y = 1  # mas: ignore[B602] of another line")

    def test_the_reason_of_a_comment_is_kept(self) -> None:
        (ignored,) = review_change({}, {"a.py": f"{EVIL}  # mas: ignore[B602] a constant, until 2099-01-01"}).ignored

        assert (ignored.by, ignored.why, ignored.until) == ("the code", "a constant", "2099-01-01")


class TestGuards:
    def test_a_removed_guard_is_reported_next_to_the_deletion(self) -> None:
        changes = collect_changed_files(change({"a.py": "check(x)\ngo(x)\n"}, {"a.py": "go(x)\n"}))

        found = review(changes, {}, {}, [("a.py", hit(1, "guards/check")), ("gone.py", hit(1, "guards/check"))])

        assert places(found) == [("a.py", 1, "removed")]


class TestLimits:
    def test_skipped_files_are_noted(self) -> None:
        head = {
            "big.py": "x = 1\n" * (MAX_FILE_BYTES // 6 + 1),
            "long.js": f"{EVIL}" + " " * MAX_LINE_CHARS,
            "fine.py": EVIL,
        }

        changes = collect_changed_files(change({}, head))

        assert [file.path for file in changes.files] == ["fine.py"]
        assert changes.notes == (
            "Skipped `big.py`: larger than 1 MB.",
            "Skipped `long.js`: line longer than 20,000 characters.",
        )

    def test_binary_files_are_ignored(self) -> None:
        changes = collect_changed_files(change({}, {"a.png": b"\x89PNG\0\0"}))

        assert (changes.files, changes.notes) == ((), ())

    def test_files_above_the_limit_are_skipped(self) -> None:
        changes = collect_changed_files(change({}, {f"{n:05}.py": f"x = {n}\n" for n in range(MAX_FILES + 3)}))

        assert len(changes.files) == MAX_FILES
        assert changes.notes == ("Skipped 3 more files: only the first 2,000 files are reviewed.",)
