"""Registry of third-party scanners: one record each.

scanner        the record type
reports        parse scanner reports
weaknesses     explanation and advice by CWE number
lookalikes     values that only look like secrets
secret_hits    hits for secrets
policies       files whose hits are not reported
"""

from __future__ import annotations

from bot.agents.security_review.scanners.bandit import BANDIT
from bot.agents.security_review.scanners.betterleaks import BETTERLEAKS
from bot.agents.security_review.scanners.checkov import CHECKOV
from bot.agents.security_review.scanners.detect_secrets import DETECT_SECRETS
from bot.agents.security_review.scanners.hadolint import HADOLINT
from bot.agents.security_review.scanners.osv import OSV
from bot.agents.security_review.scanners.scanner import Scanner, ScannerExample
from bot.agents.security_review.scanners.semgrep import SEMGREP
from bot.agents.security_review.scanners.shellcheck import SHELLCHECK
from bot.agents.security_review.scanners.zizmor import ZIZMOR

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
