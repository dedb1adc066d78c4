"""What a check keeps out, by the words that it is written with; and what it is to refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.findings import Level


@dataclass(frozen=True, slots=True)
class Threat:
    """What comes in where a check is gone.

    Args:
        words: how code speaks of it; looked for in conditions, messages and names of errors.
        why: one sentence.
        advice: one sentence.
    """

    pattern: re.Pattern[str]
    cwe: int
    owasp: str
    severity: Level
    why: str
    advice: str


ACCESS = "A01:2021 Broken Access Control"
CRYPTO = "A02:2021 Cryptographic Failures"
INJECTION = "A03:2021 Injection"
DESIGN = "A04:2021 Insecure Design"
MISCONFIGURATION = "A05:2021 Security Misconfiguration"
AUTHENTICATION = "A07:2021 Identification and Authentication Failures"
INTEGRITY = "A08:2021 Software and Data Integrity Failures"
LOGGING = "A09:2021 Security Logging and Monitoring Failures"


def _threat(words: str, cwe: int, owasp: str, severity: Level, why: str, advice: str) -> Threat:
    return Threat(re.compile(words, re.I), cwe, owasp, severity, why, advice)


THREATS = (
    _threat(
        r"__proto__|prototype[ _-]?pollution|isPrototypePolluted",
        1321,
        INJECTION,
        Level.HIGH,
        "A key from outside can reach the prototype that all objects share.",
        "Refuse `__proto__`, `constructor` and `prototype` as keys.",
    ),
    _threat(
        r"csrf|xsrf|verify_authenticity|same_?origin|cross[-_ ]?origin|cross[-_ ]?site|isURLSameOrigin",
        352,
        ACCESS,
        Level.HIGH,
        "A foreign page can act, or be given what is meant for this origin alone.",
        "Keep the check of where a request comes from or goes to.",
    ),
    _threat(
        r"unauthori[sz]ed|permission_?denied|forbidden|access_?denied|not[ _]authori[sz]ed|is_?admin|is_?staff"
        r"|is_?super_?user"
        r"|has_?perm|is_?authenticated|is_?authori[sz]ed|not[ _](?:allowed|permitted) to|check_?perm|\b40[13]\b"
        r"|is_safe_attribute",
        862,
        ACCESS,
        Level.HIGH,
        "What was refused to those who may not have it is refused no longer.",
        "Check who asks before anything is done.",
    ),
    _threat(
        r"['\"]\.\.[/\\]?['\"]|traversal|is_?abs(?:olute)?\(|isabs\b|commonpath|commonprefix|is_relative_to"
        r"|path_?escapes"
        r"|outside (?:of )?the|\\0|\\x00|null byte|realpath|\.\.[/\\]",
        22,
        ACCESS,
        Level.HIGH,
        "A path from outside can lead out of its folder.",
        "Keep the path inside its folder before it is used.",
    ),
    _threat(
        r"signature|hmac|digest_?mismatch|bad_?token|invalid_?token|token_?invalid|token_?expired"
        r"|wrong password|invalid password"
        r"|bad_?password|invalid_?credentials|nonce\b|compare_digest|hash_?mismatch|checksum_?mismatch|verify_?token",
        345,
        AUTHENTICATION,
        Level.HIGH,
        "What is forged or expired is no longer refused.",
        "Verify it before it is trusted.",
    ),
    _threat(
        r"trusted_?hosts?|allowed_?hosts?|untrusted|disallowed_?host|allowed_?origins?|invalid_?host"
        r"|open[ _]redirect|unsafe_?redirect"
        r"|is_safe_url|allowed_?hosts_and_schemes|hostname mismatch|private_?(?:ip|address)|loopback"
        r"|protocol[- ]relative",
        346,
        ACCESS,
        Level.HIGH,
        "Hosts that are not trusted are no longer refused.",
        "Compare the host with those that are trusted.",
    ),
    _threat(
        r"\bst_uid\b|\bst_mode\b|S_IRWX|S_ISDIR|S_ISLNK|islink\(|is_symlink|world[- ]writable|O_NOFOLLOW|lstat\(",
        732,
        ACCESS,
        Level.MEDIUM,
        "A file or folder that somebody else prepared is no longer refused.",
        "Check its owner, mode and type before it is used.",
    ),
    _threat(
        r"too[ _]?large|too[ _]?long|too[ _]?many|\b413\b|entity_?too_?large|max_?(?:size|length|len|depth"
        r"|parts|fields|files|memory"
        r"|content|headers?|body|bytes|line|redirects|items|nesting|recursion|frame|message|payload|form"
        r"|decompress\w*)|exceeds?\b"
        r"|exceeded|size_?limit|limit_?(?:request|size|exceeded)|depth_?limit|nesting|bomb\b|overflow",
        770,
        DESIGN,
        Level.MEDIUM,
        "Input from outside can take as much memory or time as it likes.",
        "Keep a bound on what is read.",
    ),
    _threat(
        r"(?:\\r|\\n).{0,40}header|header.{0,80}(?:\\r|\\n)|header[ _]?injection|crlf|response[ _]splitting"
        r"|invalid header"
        r"|(?:illegal|invalid|forbidden|disallowed) (?:header|char)|control char|newlines?\b.{0,30}(?:not|header)",
        113,
        INJECTION,
        Level.HIGH,
        "Line ends and control characters from outside reach a header or a protocol.",
        "Refuse them before they are written.",
    ),
    _threat(
        r"smuggl|content-?length.{0,60}transfer-?encoding|transfer-?encoding.{0,60}content-?length"
        r"|duplicate content-length"
        r"|unsupported transfer|invalid chunk|bad chunk|chunk.?size.{0,40}(?:invalid|bad|hex)",
        444,
        INJECTION,
        Level.HIGH,
        "Two servers can read one request differently.",
        "Refuse a request whose length is ambiguous.",
    ),
    _threat(
        r"(?:are|is) not allowed in|unsafe|insecure|dangerous|malicious|suspicious|security_?error"
        r"|Security(?:Error|Exception)"
        r"|blacklist|denylist|blocklist|block_?list|deny_?list|invalid character|illegal character|forbidden character"
        r"|(?:are|is) not allowed['\"]|disallowed|injection|\bxss\b",
        20,
        INJECTION,
        Level.MEDIUM,
        "Input that was held to be dangerous is no longer refused.",
        "Keep the check, or put one as strict in its place.",
    ),
    _threat(
        r"verify_?(?:mode|peer|host|hostname|ssl|tls|cert\w*)|cert(?:ificate)?_?verif|CERT_REQUIRED"
        r"|check_?hostname|match_?hostname",
        295,
        CRYPTO,
        Level.HIGH,
        "The other side of a connection is no longer asked who it is.",
        "Verify its certificate and its name.",
    ),
)


def find_threat(text: str) -> Threat | None:
    """The first danger that a text speaks of."""
    return next((d for d in THREATS if d.pattern.search(text)), None)


REJECTION = re.compile(
    r"\b(?:raise|throw|throws|abort|panic|die|exit|reject|deny|halt|forbid)\b|\breturn\s+(?:None|nil|null|false"
    r"|False|err\w*|\w*Err\w*"
    r"|errors?\.|fmt\.Errorf|nil\s*,|head\b|res\.|http\.|new \w*(?:Error|Exception|Response)|\w*(?:Error"
    r"|Forbidden|Unauthorized"
    r"|BadRequest|NotFound|Denied|redirect|Redirect|abort)\w*|4\d\d\b)|status\(\s*4\d\d|\b(?:40[0-9]|41[0-9]"
    r"|42[29]|431)\b|http\.Error\("
    r"|sendError|\bcontinue\b|return\s*;?\s*$|return true\b|\.destroy\(|fail\("
)
"""What a check does with what it does not let through."""
