"""Of what scanners hit, a review tells what the change brings, once, on the lines that it touches."""

from __future__ import annotations

from collections.abc import Mapping

from bot.agents.security_review.changed_lines import MAX_FILE_BYTES, MAX_FILES, MAX_LINE_CHARS
from bot.agents.security_review.review import Suppression, Suppressions, collect_changed_files, review
from bot.domain import Fix, Hit, Level, SecurityReview
from tests.core.trees import change

EVIL = "run(command, shell=True)"


def hit(line: int, rule: str = "bandit/B602", **more: object) -> Hit:
    told = {"end_line": line, "severity": Level.HIGH, "confidence": Level.HIGH, "title": "A shell runs it"}
    return Hit(rule, line, **{**told, "why": "Anybody may.", "advice": "Do not.", **more})  # type: ignore[arg-type]


def scanned(files: Mapping[str, str], rule: str = "bandit/B602") -> dict[str, list[Hit]]:
    """A scanner that hits each line in which the evil stands."""
    return {
        path: [hit(n, rule) for n, line in enumerate(text.split("\n"), start=1) if EVIL in line]
        for path, text in files.items()
    }


def reviewed(base: Mapping[str, str], head: Mapping[str, str], quiet: Suppressions | None = None) -> SecurityReview:
    return review(collect_changed_files(change(base, head)), scanned(base), scanned(head), suppressions=quiet)


def places(found: SecurityReview) -> list[tuple[str, int, str]]:
    return [(f.path, f.hit.line, f.cause) for f in found.findings]


class TestOnlyWhatTheChangeBrings:
    def test_a_new_line_is_told(self) -> None:
        found = reviewed({"a.py": "x = 1\n"}, {"a.py": f"x = 1\n{EVIL}\n"})

        assert places(found) == [("a.py", 2, "added")]
        assert found.files == 1

    def test_an_old_line_is_not_though_the_file_changes(self) -> None:
        assert places(reviewed({"a.py": f"{EVIL}\n"}, {"a.py": f"{EVIL}\nx = 1\n"})) == []

    def test_a_file_that_only_moves_brings_nothing(self) -> None:
        assert places(reviewed({"a.py": f"{EVIL}\n"}, {"b.py": f"{EVIL}\n"})) == []

    def test_code_that_moves_into_another_file_is_not_new_however_it_is_indented(self) -> None:
        base = {"a.py": f"def f():\n    {EVIL}\n", "b.py": "y = 1\n"}
        head = {"a.py": "def f():\n    pass\n", "b.py": f"y = 1\nif y:\n        {EVIL}\n"}

        assert places(reviewed(base, head)) == []

    def test_code_that_moves_out_of_a_file_that_goes_is_not_new(self) -> None:
        assert places(reviewed({"a.py": f"# a\n{EVIL}\n"}, {"b.py": f"# of another kind\n\n{EVIL}\n"})) == []

    def test_a_second_copy_of_an_old_line_is_new(self) -> None:
        assert places(reviewed({"a.py": f"{EVIL}\n"}, {"a.py": f"{EVIL}\nx = 1\n{EVIL}\n"})) == [("a.py", 3, "added")]

    def test_what_a_change_makes_worse_is_told_where_it_does(self) -> None:
        base, head = {"a.py": "run(\n  command,\n  x,\n)\n"}, {"a.py": "run(\n  command,\n  shell=True,\n)\n"}
        before, after = hit(1, end_line=4, severity=Level.LOW), hit(1, end_line=4)

        found = review(collect_changed_files(change(base, head)), {"a.py": [before]}, {"a.py": [after]})

        assert places(found) == [("a.py", 3, "worse")]

    def test_a_hit_of_many_lines_stands_on_the_first_that_is_new(self) -> None:
        base, head = {"a.py": "run(\n  command,\n)\n"}, {"a.py": "run(\n  command,\n  shell=True,\n)\n"}

        found = review(collect_changed_files(change(base, head)), {}, {"a.py": [hit(1, end_line=4)]})

        assert places(found) == [("a.py", 3, "added")]

    def test_a_long_range_stands_for_its_first_line(self) -> None:
        base = {"a.py": "class A:\n" + "    x = 1\n" * 40}
        head = {"a.py": base["a.py"] + "    y = 1\n"}

        assert places(review(collect_changed_files(change(base, head)), {}, {"a.py": [hit(1, end_line=42)]})) == []

    def test_a_fix_that_would_alter_old_lines_is_left_out(self) -> None:
        base, head = {"a.py": "one\ntwo\n"}, {"a.py": "one\nTWO\n"}
        whole, part = Fix(1, 2, "x"), Fix(2, 2, "x")

        def fixes(fix: Fix) -> list[Fix | None]:
            told = review(collect_changed_files(change(base, head)), {}, {"a.py": [hit(2, fix=fix)]})
            return [f.hit.fix for f in told.findings]

        assert fixes(whole) == [None]
        assert fixes(part) == [part]


class TestOnceEach:
    def test_two_rules_on_one_danger_of_a_line_are_one_finding(self) -> None:
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

    def test_a_finding_keeps_its_name_when_lines_come_before_it(self) -> None:
        one = reviewed({"a.py": ""}, {"a.py": f"{EVIL}\n"}).findings[0]
        later = reviewed({"a.py": ""}, {"a.py": f"x = 1\n\n  {EVIL}\n"}).findings[0]

        assert one.fingerprint == later.fingerprint
        assert one.id in one.fingerprint

    def test_the_same_code_twice_has_two_names(self) -> None:
        found = reviewed({"a.py": ""}, {"a.py": f"{EVIL}\n{EVIL}\n"}).findings

        assert len({f.fingerprint for f in found}) == 2

    def test_of_a_secret_nothing_is_kept_whoever_found_it(self) -> None:
        text = 'token = "hunter2hunter2"\n'
        hits = [hit(1, "betterleaks/x"), hit(1, "bandit/B105")]

        found = review(collect_changed_files(change({"a.py": ""}, {"a.py": text})), {}, {"a.py": hits})

        assert len(found.findings) == 1
        assert "hunter2" not in repr(found)


class TestQuiet:
    def test_rules_are_off_by_any_of_their_names(self) -> None:
        for name in ("bandit/B602", "b602", "Bandit"):
            assert places(reviewed({}, {"a.py": EVIL}, Suppressions(disabled_rules=frozenset({name})))) == []
        assert places(reviewed({}, {"a.py": EVIL}, Suppressions(disabled_rules=frozenset({"B60"})))) == [
            ("a.py", 1, "added")
        ]

    def test_paths_are_left_out(self) -> None:
        quiet = Suppressions(in_scope=lambda path: not path.startswith("vendor/"))

        assert places(reviewed({}, {"a.py": EVIL, "vendor/b.py": EVIL}, quiet)) == [("a.py", 1, "added")]

    def test_what_somebody_said_to_ignore_is_named_with_who_and_why(self) -> None:
        (finding,) = reviewed({}, {"a.py": EVIL}).findings
        quiet = Suppressions(
            by_fingerprint={finding.fingerprint: Suppression("maria", "A sandbox.")}, today="2026-11-24"
        )

        found = reviewed({}, {"a.py": EVIL}, quiet)

        assert found.findings == ()
        assert [(i.finding.path, i.by, i.why, i.until) for i in found.ignored] == [
            ("a.py", "maria", "A sandbox.", None)
        ]

    def test_until_its_day_is_past(self) -> None:
        (finding,) = reviewed({}, {"a.py": EVIL}).findings
        word = {finding.fingerprint: Suppression("maria", "For now.", "2026-11-24")}

        assert places(reviewed({}, {"a.py": EVIL}, Suppressions(by_fingerprint=word, today="2026-11-24"))) == []
        assert places(reviewed({}, {"a.py": EVIL}, Suppressions(by_fingerprint=word, today="2026-11-25"))) == [
            ("a.py", 1, "added")
        ]

    def test_a_word_beside_the_code_needs_a_reason_and_the_rule(self) -> None:
        def told(line: str, above: str = "x") -> bool:
            return bool(reviewed({}, {"a.py": f"{above}\n{line}\n"}, Suppressions(today="2026-11-24")).findings)

        assert not told(f"{EVIL}  # mas: ignore[B602] the command is a constant")
        assert not told(EVIL, "# mas: ignore[bandit/B602, B101] the command is a constant")
        assert not told(f"{EVIL} /* mas: ignore[B602] it is */")
        assert not told(f"{EVIL}  # mas: ignore[B602] until 2026-12-01: rewritten then")
        assert told(f"{EVIL}  # mas: ignore[B602]")
        assert told(f"{EVIL}  # mas: ignore[B101] the command is a constant")
        assert told(f"{EVIL}  # mas: ignore[B602] until 2026-11-01 rewritten then")
        assert told(EVIL, "y = 1  # mas: ignore[B602] of another line")

    def test_the_word_is_told(self) -> None:
        (said,) = reviewed({}, {"a.py": f"{EVIL}  # mas: ignore[B602] a constant, until 2099-01-01"}).ignored

        assert (said.by, said.why, said.until) == ("the code", "a constant", "2099-01-01")


class TestGuards:
    def test_a_guard_that_is_taken_away_is_told_beside_the_deletion(self) -> None:
        altered = collect_changed_files(change({"a.py": "check(x)\ngo(x)\n"}, {"a.py": "go(x)\n"}))

        found = review(altered, {}, {}, [("a.py", hit(1, "guards/check")), ("gone.py", hit(1, "guards/check"))])

        assert places(found) == [("a.py", 1, "removed")]


class TestBounds:
    def test_what_is_not_looked_at_is_said(self) -> None:
        head = {
            "big.py": "x = 1\n" * (MAX_FILE_BYTES // 6 + 1),
            "long.js": f"{EVIL}" + " " * MAX_LINE_CHARS,
            "fine.py": EVIL,
        }

        altered = collect_changed_files(change({}, head))

        assert [file.path for file in altered.files] == ["fine.py"]
        assert altered.notes == (
            "`big.py` more than 1 MB long: not looked at.",
            "`long.js` with a line of more than 20,000 characters: not looked at.",
        )

    def test_a_file_that_is_no_text_is_none_of_its_business(self) -> None:
        altered = collect_changed_files(change({}, {"a.png": b"\x89PNG\0\0"}))

        assert (altered.files, altered.notes) == ((), ())

    def test_of_very_many_files_the_first_are_looked_at(self) -> None:
        altered = collect_changed_files(change({}, {f"{n:05}.py": f"x = {n}\n" for n in range(MAX_FILES + 3)}))

        assert len(altered.files) == MAX_FILES
        assert altered.notes == ("3 more files: not looked at; of one change the first 2,000 are.",)
