"""The repository's configuration for GitHub and git: rulesets, owners, pinned actions, commits, licences, secrets."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import yaml

from bot.repoconfig.codeowners import CodeOwners
from scripts import check_commits, check_licences
from tests.github_schemas import body_errors

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
RULESETS = sorted((GITHUB / "rulesets").glob("*.json"))
NEW_RULESET = "POST /repos/{owner}/{repo}/rulesets"


class TestRulesets:
    @pytest.mark.parametrize("file", RULESETS, ids=lambda file: file.stem)
    def test_is_valid_for_github(self, file: Path) -> None:
        assert body_errors(NEW_RULESET, file.read_bytes()) == []

    def test_reports_an_invalid_ruleset(self) -> None:
        ruleset = json.loads(RULESETS[0].read_text())
        ruleset["rules"].append({"type": "pull_request", "parameters": {"required_approving_review_count": "two"}})

        assert body_errors(NEW_RULESET, json.dumps(ruleset).encode()) != []

    def test_the_required_checks_are_jobs_of_ci(self) -> None:
        jobs = {job.get("name") for job in yaml.safe_load((GITHUB / "workflows/ci.yml").read_text())["jobs"].values()}
        asked = {
            check["context"]
            for file in RULESETS
            for rule in json.loads(file.read_text())["rules"]
            for check in rule.get("parameters", {}).get("required_status_checks", [])
        }

        assert asked == {"all green", "further tests"}
        assert asked <= jobs


class TestOwners:
    @pytest.mark.parametrize(
        "path",
        [
            ".github/workflows/deploy.yml",
            "Dockerfile",
            "bot/github/client.py",
            "bot/agents/security_review/scanners/bandit.py",
            "bot/settings/model.py",
            "bot/server/web/webhook.py",
            "delivery/steps.py",
            "k8s/base/network.yaml",
            "requirements/run.lock",
        ],
    )
    def test_security_owners_review_security_relevant_files(self, path: str) -> None:
        assert (ROOT / path).exists()
        assert "mas-docs/security" in CodeOwners.parse((GITHUB / "CODEOWNERS").read_bytes()).owners_of([path])

    def test_maintainers_review_other_files(self) -> None:
        owners = CodeOwners.parse((GITHUB / "CODEOWNERS").read_bytes())

        assert owners.owners_of(["docs/setup.md"]) == ("mas-docs/maintainers",)


def test_every_third_party_action_is_pinned_by_commit_and_names_its_version() -> None:
    used = [
        line.split("uses:")[1].strip()
        for file in GITHUB.glob("**/*.yml")
        for line in file.read_text().splitlines()
        if re.match(r"\s*(- )?uses:", line)
    ]

    assert len(used) > 20
    for use in used:
        assert use.startswith("./") or re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


class TestCommits:
    @pytest.mark.parametrize(
        "subject",
        [
            "feat(agent): add vector embedding optimization",
            "fix!: a late worker changes nothing",
            "Merge branch 'develop'",
            'Revert "feat: too much"',
        ],
    )
    def test_accepts(self, subject: str) -> None:
        assert check_commits.fault(subject) is None

    @pytest.mark.parametrize(
        ("subject", "why"),
        [
            ("Add things", "is not `type(scope): description`"),
            ("feature: things", "is not `type(scope): description`"),
            ("feat:things", "is not `type(scope): description`"),
            ("fix: things.", "full stop"),
            ("fix: " + "x" * 120, "125 characters"),
            ("", "is not `type(scope): description`"),
        ],
    )
    def test_rejects(self, subject: str, why: str) -> None:
        assert why in (check_commits.fault(subject) or "")

    def test_ignores_comments_in_a_message(self, tmp_path: Path) -> None:
        (tmp_path / "message").write_text("# what you commit\n\nfeat: right\n\nAnd a body.\n")

        assert check_commits.main(["--message", str(tmp_path / "message")]) == 0

    def test_checks_every_commit_of_a_range(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def git(*arguments: str) -> None:
            identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
            subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

        git("init")
        for subject in ("feat: first", "second", "fix: third"):
            git("commit", "--allow-empty", "--message", subject)
        monkeypatch.chdir(tmp_path)

        assert check_commits.main(["HEAD~1..HEAD"]) == 0
        assert check_commits.main(["HEAD~2..HEAD"]) == 1


class TestLicences:
    @pytest.mark.parametrize(
        ("expression", "is_allowed"),
        [
            ("MIT", True),
            ("MIT OR GPL-3.0", True),
            ("MIT AND GPL-3.0", False),
            ("MIT AND Apache-2.0 OR GPL-3.0", True),
            ("(MIT OR GPL-3.0) AND GPL-3.0", False),
            ("", False),
        ],
    )
    def test_an_expression_needs_all_of_an_and_and_one_of_an_or(self, expression: str, is_allowed: bool) -> None:
        assert check_licences.is_allowed(expression, {"MIT", "Apache-2.0"}) is is_allowed

    def test_reports_licences_that_are_not_allowed_or_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        licences = {"fine": "MIT License", "strict": "AGPL-3.0", "silent": "", "known": "LGPL", "changed": "GPL-3.0"}

        def licence_of(package: str) -> str:
            if package not in licences:
                raise PackageNotFoundError(package)
            return licences[package]

        monkeypatch.setattr(check_licences, "licence_of", licence_of)
        rules = {
            "allowed": ["MIT"],
            "spelt": {"MIT License": "MIT"},
            "exceptions": {"known": ["LGPL", "why"], "changed": ["LGPL", "why"]},
        }

        found = list(check_licences.faults(iter([*licences, "absent"]), rules))

        assert [line.split(":")[0] for line in found] == ["strict", "silent", "changed", "absent"]

    def test_the_licences_of_all_dependencies_are_allowed(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert check_licences.main() == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    "secret",
    [
        "sk-" + "Zb7Qm2Xw9Lr4Tn6Vk1Hs" + "T3BlbkFJ" + "p8Dc3Gf5Jy0Uq7Ae2Wzo",
        "sk-ant-" + "api03-" + "aB3_-" * 18 + "xyz" + "AA",
        "mongodb+srv" + "://mas:" + "c0rrect-h0rse@cluster0.ab1cd.mongodb.net/mas",
    ],
    ids=["openai", "anthropic", "mongodb"],
)
def test_a_reverted_secret_is_found_in_the_history(tmp_path: Path, secret: str) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    (tmp_path / "settings.py").write_text(f'API_KEY = "{secret}"\n')
    git("add", ".")
    git("commit", "--message", "feat: settings")
    (tmp_path / "settings.py").write_text("API_KEY = None\n")
    git("commit", "--all", "--message", "fix: no key")
    wanted = re.search(r"^SECRETS = (.+?)\n\n", (ROOT / "Makefile").read_text(), re.S | re.M)
    assert wanted
    command = wanted[1].replace("\\\n", "").replace("$(BIN)", str(Path(sys.executable).parent))
    command = command.replace(".github/known-values", str(GITHUB / "known-values"))

    found = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert found.returncode == 1
    assert secret not in found.stdout + found.stderr
