"""The Checkov checks that are reported, and the pattern of the dangerous line of each.

A Checkov check fails for a whole resource, and most fail because something is missing: a limit, a probe, a log. On a
pull request those failures would be noise. So only checks whose danger is visible in a line are listed, and a hit is
reported on the lines of the resource that match the pattern. Excluded:

hygiene              limits, probes, image tags and digests, service accounts, default namespaces, descriptions
missing settings     anything that is unsafe by default and not set: no line of the change contains it
operations           logs, backups, versions, customer-managed keys, rotation, deletion protection
often intended       a public address of a machine, port 80, outgoing traffic, resources of `*`
other scanners       secrets (detect-secrets, Betterleaks), USER and ADD in Dockerfiles (hadolint), workflows (zizmor)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain import Level


@dataclass(frozen=True, slots=True)
class CheckovRule:
    """Checkov checks for one danger.

    Args:
        checks: ids of the checks.
        pattern: matches the dangerous lines of a resource.
        cwe: number in https://cwe.mitre.org
        why: why it is dangerous; empty for the text of the CWE.
        advice: how to fix it; empty for the text of the CWE.
    """

    checks: tuple[str, ...]
    pattern: re.Pattern[str]
    cwe: int
    severity: Level = Level.HIGH
    why: str = ""
    advice: str = ""


def _rule(
    checks: str, pattern: str, cwe: int, severity: Level = Level.HIGH, why: str = "", advice: str = ""
) -> CheckovRule:
    return CheckovRule(tuple(checks.split()), re.compile(pattern, re.IGNORECASE), cwe, severity, why, advice)


_ON, _OFF = r"[\"']?\s*[:=,\s]\s*[\"']?true\b", r"[\"']?\s*[:=,\s]\s*[\"']?false\b"
_NODE_REASON = "An attacker in the container can take over the host."
_UNSIGNED_REASON = "The packages are not verified, so an attacker on the network can replace them."
_CAPABILITIES = (
    "SYS_ADMIN|NET_ADMIN|SYS_PTRACE|SYS_MODULE|SYS_RAWIO|SYS_BOOT|SYS_TIME|DAC_READ_SEARCH|DAC_OVERRIDE|MAC_ADMIN"
    "|MAC_OVERRIDE|BPF|PERFMON|SYSLOG"
)
_ANY_ADDRESS = r"0\.0\.0\.0/0|::/0|prefix\w*\W+(?:\*|internet|any)"

_KUBERNETES = (
    _rule("CKV_K8S_2 CKV_K8S_16", rf"\bprivileged{_ON}", 250, why=_NODE_REASON, advice="Remove it."),
    _rule("CKV_K8S_1 CKV_K8S_17", rf"\bhostPID{_ON}", 250, why=_NODE_REASON, advice="Remove it."),
    _rule("CKV_K8S_3 CKV_K8S_18", rf"\bhostIPC{_ON}", 250, why=_NODE_REASON, advice="Remove it."),
    _rule(
        "CKV_K8S_4 CKV_K8S_19",
        rf"\bhostNetwork{_ON}",
        250,
        why="The pod can see and reach everything on the host's network.",
        advice="Remove it, and expose the pod through a service.",
    ),
    _rule(
        "CKV_K8S_5 CKV_K8S_20",
        rf"\ballowPrivilegeEscalation{_ON}",
        250,
        Level.MEDIUM,
        "A process in the container can become root.",
        "Set it to false.",
    ),
    _rule(
        "CKV_K8S_6 CKV_K8S_23",
        rf"\brunAsUser\W+0\b|\brunAsNonRoot{_OFF}",
        250,
        Level.MEDIUM,
        "The container runs as root.",
        "Run it as a dedicated, unprivileged user.",
    ),
    _rule(
        "CKV_K8S_24 CKV_K8S_25 CKV_K8S_39 CKV_K8S_7",
        rf"\b(?:{_CAPABILITIES})\b|\badd\b.*\b(?:ALL|NET_RAW)\b",
        250,
        why=_NODE_REASON,
        advice="Add only the harmless capabilities that it needs.",
    ),
    _rule(
        "CKV_K8S_26",
        r"\bhostPort\W+[1-9]",
        668,
        Level.MEDIUM,
        "The port is open on the host and bypasses all services.",
        "Use a service.",
    ),
    _rule("CKV_K8S_27", r"docker\.sock", 250, why=_NODE_REASON, advice="Do not mount it."),
    _rule("CKV_K8S_31 CKV_K8S_32", r"\bunconfined\b", 693, Level.MEDIUM),
    _rule("CKV_K8S_49", r"[\"']\*[\"']|-\s+\*", 284, Level.MEDIUM),
    _rule("CKV_K8S_157", r"\bbind\b", 269),
    _rule("CKV_K8S_158", r"\bescalate\b", 269),
)
_CONTROL_PLANE = (
    _rule("CKV_K8S_68 CKV_K8S_138", rf"--anonymous-auth{_ON}", 287),
    _rule("CKV_K8S_69", r"--basic-auth-file", 287),
    _rule("CKV_K8S_70", r"--token-auth-file", 287),
    _rule("CKV_K8S_71", rf"--kubelet-https{_OFF}", 319),
    _rule("CKV_K8S_74 CKV_K8S_139", r"\bAlwaysAllow\b", 287),
    _rule("CKV_K8S_79", r"\bAlwaysAdmit\b", 284),
    _rule("CKV_K8S_86", r"--insecure-bind-address", 319),
    _rule("CKV_K8S_88", r"--insecure-port\W+[1-9]", 319),
    _rule("CKV_K8S_89", r"--secure-port\W+0\b", 319),
    _rule("CKV_K8S_96", rf"--service-account-lookup{_OFF}", 287),
    _rule("CKV_K8S_117", rf"--client-cert-auth{_OFF}", 287),
    _rule("CKV_K8S_118", rf"--auto-tls{_ON}", 295),
    _rule("CKV_K8S_121", rf"--peer-client-cert-auth{_OFF}", 287),
    _rule("CKV_K8S_141", r"--read-only-port\W+[1-9]", 287),
    _rule("CKV_K8S_149", rf"--rotate-certificates{_OFF}", 295, Level.MEDIUM),
)
_IMAGES = (
    _rule(
        "CKV_DOCKER_1",
        r"\b22\b",
        668,
        Level.MEDIUM,
        "An SSH server in the container is one more way to attack it.",
        "Remove the port, and open a shell through the orchestrator instead.",
    ),
    _rule("CKV2_DOCKER_1", r"\bsudo\b", 250, Level.MEDIUM),
    _rule("CKV2_DOCKER_2", r"--insecure|\s-\w*k", 295),
    _rule("CKV2_DOCKER_3", r"--no-check-certificate", 295),
    _rule("CKV2_DOCKER_4", r"--trusted-host", 295),
    _rule("CKV2_DOCKER_5", r"\bPYTHONHTTPSVERIFY", 295),
    _rule("CKV2_DOCKER_6", r"\bNODE_TLS_REJECT_UNAUTHORIZED", 295),
    _rule("CKV2_DOCKER_7", r"--allow-untrusted", 347, why=_UNSIGNED_REASON),
    _rule("CKV2_DOCKER_8", r"--allow-unauthenticated", 347, why=_UNSIGNED_REASON),
    _rule("CKV2_DOCKER_9", r"--nogpgcheck", 347, why=_UNSIGNED_REASON),
    _rule("CKV2_DOCKER_10", r"--no(?:file)?(?:digest|signature|verify)", 347, why=_UNSIGNED_REASON),
    _rule("CKV2_DOCKER_11", r"--force-yes", 347, why=_UNSIGNED_REASON),
    _rule("CKV2_DOCKER_12", r"\bNPM_CONFIG_STRICT_SSL", 295),
    _rule("CKV2_DOCKER_13", r"strict-ssl", 295),
    _rule("CKV2_DOCKER_14", r"\bGIT_SSL_NO_VERIFY", 295),
    _rule("CKV2_DOCKER_15", r"sslverify", 295),
    _rule("CKV2_DOCKER_16", r"\bPIP_TRUSTED_HOST", 295),
    _rule(
        "CKV2_DOCKER_17",
        r"\bchpasswd\b",
        798,
        why="Anyone with the image can read or guess the password.",
        advice="Do not set a password in the image.",
    ),
)
_CLOUD = (
    _rule(
        "CKV_AWS_24 CKV_AWS_25 CKV_AWS_277 CKV_AWS_229 CKV_AWS_230 CKV_AWS_231 CKV_AWS_232 CKV_AWS_38 CKV_AWS_100 "
        "CKV_AZURE_9 CKV_AZURE_10 CKV_AZURE_11 CKV_AZURE_77 CKV_GCP_2 CKV_GCP_3 CKV_GCP_75 CKV_GCP_88 CKV_GCP_18 "
        "CKV2_GCP_12 CKV_ALI_2 CKV_ALI_3 CKV_OCI_19 CKV_OCI_20 CKV_OCI_22 CKV_OPENSTACK_2 CKV_OPENSTACK_3",
        _ANY_ADDRESS, 284, why="It is reachable from the whole internet.", advice="List the addresses that need it.",
    ),
    _rule(
        "CKV_AWS_20 CKV_AWS_57", r"public-read|publicread|authenticated-?read", 284, why="Anyone can read it.",
        advice="Make it private, and share single objects by signed URLs.",
    ),
    _rule(
        "CKV_AWS_53 CKV_AWS_54 CKV_AWS_55 CKV_AWS_56", rf"(?:block|ignore|restrict)_?public\w*{_OFF}", 284,
        why="A policy or an ACL can then make it public.", advice="Turn it on.",
    ),
    _rule(
        "CKV_GCP_15 CKV_GCP_28 CKV_GCP_98 CKV_GCP_99 CKV_GCP_100 CKV_GCP_101 CKV_GCP_102 CKV_GCP_107 CKV_GCP_112 "
        "CKV_GCP_113 CKV2_GCP_6 CKV2_GCP_8 CKV2_GCP_9",
        r"\ball(?:Authenticated)?Users\b", 284, why="Anyone can use it.", advice="List the accounts that need access.",
    ),
    _rule(
        "CKV_AZURE_34 CKV_AZURE_59 CKV_AZURE_190 CKV2_AZURE_8 CKV2_AZURE_47",
        rf"container_access_type\W+(?:blob|container)|(?:allow_\w*public\w*|allowBlobPublicAccess){_ON}", 284,
        why="Anyone can read it.", advice="Make it private.",
    ),
    _rule(
        "CKV_AWS_17 CKV_AWS_69 CKV_AWS_87 CKV_AWS_89 CKV_AWS_102", rf"publicly_?accessible{_ON}", 284,
        why="It is reachable from the whole internet.", advice="Make it reachable only from its own network.",
    ),
    _rule(
        "CKV_AWS_32 CKV_AWS_33 CKV_AWS_70 CKV_AWS_167 CKV_AWS_168 CKV_AWS_169 CKV_AWS_283 CKV_AWS_301 CKV_AWS_387",
        r"(?:principals?|identifiers|AWS)\b.*\*", 284, why="Any account can do this.",
        advice="List the accounts that need it.",
    ),
    _rule(
        "CKV_AWS_1 CKV_AWS_49 CKV_AWS_62 CKV_AWS_63 CKV2_AWS_40", r"actions?\b[^\n]*[\"'\s\[]\*[\"'\s\]]?", 250,
        why="Anyone with this role can do everything.", advice="List only the actions that are needed.",
    ),
    _rule("CKV_AWS_274 CKV_AWS_275", r"\bAdministratorAccess\b", 250),
    _rule("CKV_GCP_41 CKV_GCP_42 CKV_GCP_46 CKV_GCP_49 CKV_GCP_117", r"roles/(?:owner|editor)\b", 250),
    _rule("CKV_AWS_210 CKV_AWS_316 CKV_AWS_334", rf"\bprivileged\w*{_ON}", 250, why=_NODE_REASON, advice="Remove it."),
    _rule(
        "CKV_AWS_3 CKV_AWS_8 CKV_AWS_16 CKV_AWS_42 CKV_AWS_44 CKV_AWS_64 CKV_AWS_74 CKV_AWS_96 CKV_AWS_106 CKV_AWS_29 "
        "CKV_AWS_30 CKV_AWS_83 CKV_AWS_5 CKV_AWS_6 CKV_AZURE_2",
        rf"encrypt\w*{_OFF}", 311, Level.MEDIUM,
    ),
    _rule(
        "CKV_AZURE_3 CKV_AZURE_28 CKV_AZURE_29 CKV_AZURE_47 CKV_GCP_6 CKV_AZURE_14 CKV_AZURE_70",
        rf"(?:ssl|https|tls|secure_transfer)\w*{_OFF}", 319,
    ),
    _rule(
        "CKV_AWS_103 CKV_AWS_174 CKV_AWS_218 CKV_AWS_228 CKV_AWS_206 CKV_AZURE_15 CKV_AZURE_44 CKV_AZURE_52 "
        "CKV_AZURE_54 CKV_AZURE_145 CKV_AZURE_147 CKV_AZURE_148 CKV_GCP_4",
        r"SSLv3|TLS[-_v]*1(?:[-_.][01])?(?![-_.\d])|TLS-1-[01]\b|TLS_?1_[01]\b|[\"']1\.[01][\"']", 327, Level.MEDIUM,
        "Attackers can break old versions of TLS.", "Require TLS 1.2 or newer.",
    ),
    _rule(
        "CKV_AWS_79", r"http_?tokens\W+optional", 918, Level.MEDIUM,
        "An attacker who can make the machine send a request can read its credentials.", "Set it to `required`.",
    ),
)  # fmt: skip

RULES: dict[str, CheckovRule] = {
    check: rule for rule in (*_KUBERNETES, *_CONTROL_PLANE, *_IMAGES, *_CLOUD) for check in rule.checks
}

MAX_LINE_CHARS = 500
"""Only the beginning of a line is searched: dangerous settings are near it."""


def matching_lines(rule: CheckovRule, lines: Sequence[str], first: int, last: int) -> Iterator[int]:
    """Yield the numbers, from 1, of the lines of a resource that match a rule; comments are skipped."""
    for number in range(max(1, first), min(last, len(lines)) + 1):
        if _matches(rule.pattern, lines[number - 1]):
            yield number


def _matches(pattern: re.Pattern[str], line: str) -> bool:
    return pattern.search(line[:MAX_LINE_CHARS]) is not None and not line.lstrip().startswith(("#", "//"))


def _any_of(*rules: CheckovRule) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{rule.pattern.pattern})" for rule in rules), re.IGNORECASE)


_IMAGE_PATTERN, _CLOUD_PATTERN = _any_of(*_IMAGES), _any_of(*_CLOUD)
_MANIFEST_PATTERN = _any_of(*_KUBERNETES, *_CONTROL_PLANE, *_CLOUD)


def may_match(path: str, text: str) -> bool:
    """Return whether any line of a file matches a rule, regardless of its resources."""
    is_manifest = path.lower().endswith((".yaml", ".yml", ".json", ".template"))
    pattern = _MANIFEST_PATTERN if is_manifest else _CLOUD_PATTERN if path.lower().endswith(".tf") else _IMAGE_PATTERN
    return any(_matches(pattern, line) for line in text.split("\n"))
