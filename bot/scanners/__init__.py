"""The field's scanners: one record each, one line each.

scanner        what a scanner is
reports        their reports as plain values
weaknesses     what kinds of weakness mean
lookalikes     values that only look like secrets
secret_hits    what is said of a secret
policies       where a hit counts for nothing
"""

from __future__ import annotations

from bot.scanners.bandit import BANDIT
from bot.scanners.betterleaks import BETTERLEAKS
from bot.scanners.checkov import CHECKOV
from bot.scanners.detect_secrets import DETECT_SECRETS
from bot.scanners.hadolint import HADOLINT
from bot.scanners.osv import OSV
from bot.scanners.scanner import Scanner, ScannerExample
from bot.scanners.semgrep import SEMGREP
from bot.scanners.shellcheck import SHELLCHECK
from bot.scanners.zizmor import ZIZMOR

SCANNERS: tuple[Scanner, ...] = (
    BANDIT,
    DETECT_SECRETS,
    BETTERLEAKS,
    ZIZMOR,
    HADOLINT,
    SHELLCHECK,
    CHECKOV,
    SEMGREP,
    OSV,
)

__all__ = ["SCANNERS", "Scanner", "ScannerExample"]
