"""Classify the threat that a check handles, and recognise rejections, by their wording."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.findings import Level


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat that a check handles.

    Args:
        pattern: how code mentions it in conditions, messages and names of errors.
        why: why removing the check is dangerous, in one sentence.
        advice: how to fix it, in one sentence.
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


def _threat(pattern: str, cwe: int, owasp: str, severity: Level, why: str, advice: str) -> Threat:
    return Threat(re.compile(pattern, re.I), cwe, owasp, severity, why, advice)


THREATS = (
    _threat(
        r"__proto__|prototype[ _-]?pollution|isPrototypePolluted",
        1321,
        INJECTION,
        Level.HIGH,
        "A key from user input can modify the prototype that all objects share.",
        "Reject `__proto__`, `constructor` and `prototype` as keys.",
    ),
    _threat(
        r"csrf|xsrf|verify_authenticity|same_?origin|cross[-_ ]?origin|cross[-_ ]?site|isURLSameOrigin",
        352,
        ACCESS,
        Level.HIGH,
        "Another site can send requests in a user's name or receive data meant for this origin only.",
        "Restore the check of where a request comes from or goes to.",
    ),
    _threat(
        r"unauthori[sz]ed|permission_?denied|forbidden|access_?denied|not[ _]authori[sz]ed|is_?admin|is_?staff"
        r"|is_?super_?user"
        r"|has_?perm|is_?authenticated|is_?authori[sz]ed|not[ _](?:allowed|permitted) to|check_?perm|\b40[13]\b"
        r"|is_safe_attribute",
        862,
        ACCESS,
        Level.HIGH,
        "Users without permission are no longer rejected.",
        "Check permissions before any action.",
    ),
    _threat(
        r"['\"]\.\.[/\\]?['\"]|traversal|is_?abs(?:olute)?\(|isabs\b|commonpath|commonprefix|is_relative_to"
        r"|path_?escapes"
        r"|outside (?:of )?the|\\0|\\x00|null byte|realpath|\.\.[/\\]",
        22,
        ACCESS,
        Level.HIGH,
        "A path from user input can point outside its folder.",
        "Check that the path is inside its folder before using it.",
    ),
    _threat(
        r"signature|hmac|digest_?mismatch|bad_?token|invalid_?token|token_?invalid|token_?expired"
        r"|wrong password|invalid password"
        r"|bad_?password|invalid_?credentials|nonce\b|compare_digest|hash_?mismatch|checksum_?mismatch|verify_?token",
        345,
        AUTHENTICATION,
        Level.HIGH,
        "Forged or expired data is no longer rejected.",
        "Verify the data before trusting it.",
    ),
    _threat(
        r"trusted_?hosts?|allowed_?hosts?|untrusted|disallowed_?host|allowed_?origins?|invalid_?host"
        r"|open[ _]redirect|unsafe_?redirect"
        r"|is_safe_url|allowed_?hosts_and_schemes|hostname mismatch|private_?(?:ip|address)|loopback"
        r"|protocol[- ]relative",
        346,
        ACCESS,
        Level.HIGH,
        "Untrusted hosts are no longer rejected.",
        "Compare the host with a list of trusted hosts.",
    ),
    _threat(
        r"\bst_uid\b|\bst_mode\b|S_IRWX|S_ISDIR|S_ISLNK|islink\(|is_symlink|world[- ]writable|O_NOFOLLOW|lstat\(",
        732,
        ACCESS,
        Level.MEDIUM,
        "A file or folder that another user prepared is no longer rejected.",
        "Check its owner, mode and type before using it.",
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
        "Untrusted input can use up memory or time.",
        "Limit the size of the input.",
    ),
    _threat(
        r"(?:\\r|\\n).{0,40}header|header.{0,80}(?:\\r|\\n)|header[ _]?injection|crlf|response[ _]splitting"
        r"|invalid header"
        r"|(?:illegal|invalid|forbidden|disallowed) (?:header|char)|control char|newlines?\b.{0,30}(?:not|header)",
        113,
        INJECTION,
        Level.HIGH,
        "Line breaks and control characters from user input can get into a header or protocol message.",
        "Reject them before writing.",
    ),
    _threat(
        r"smuggl|content-?length.{0,60}transfer-?encoding|transfer-?encoding.{0,60}content-?length"
        r"|duplicate content-length"
        r"|unsupported transfer|invalid chunk|bad chunk|chunk.?size.{0,40}(?:invalid|bad|hex)",
        444,
        INJECTION,
        Level.HIGH,
        "Two servers can interpret one request differently.",
        "Reject requests with an ambiguous length.",
    ),
    _threat(
        r"(?:are|is) not allowed in|unsafe|insecure|dangerous|malicious|suspicious|security_?error"
        r"|Security(?:Error|Exception)"
        r"|blacklist|denylist|blocklist|block_?list|deny_?list|invalid character|illegal character|forbidden character"
        r"|(?:are|is) not allowed['\"]|disallowed|injection|\bxss\b",
        20,
        INJECTION,
        Level.MEDIUM,
        "Input that was considered dangerous is no longer rejected.",
        "Restore the check, or replace it with one that is as strict.",
    ),
    _threat(
        r"verify_?(?:mode|peer|host|hostname|ssl|tls|cert\w*)|cert(?:ificate)?_?verif|CERT_REQUIRED"
        r"|check_?hostname|match_?hostname",
        295,
        CRYPTO,
        Level.HIGH,
        "The other side's identity is no longer verified, so an attacker on the network can impersonate it.",
        "Verify the certificate and the host name.",
    ),
)


def find_threat(text: str) -> Threat | None:
    """Return the first threat that a text mentions."""
    return next((threat for threat in THREATS if threat.pattern.search(text)), None)


REJECTION = re.compile(
    r"\b(?:raise|throw|throws|abort|panic|die|exit|reject|deny|halt|forbid)\b|\breturn\s+(?:None|nil|null|false"
    r"|False|err\w*|\w*Err\w*"
    r"|errors?\.|fmt\.Errorf|nil\s*,|head\b|res\.|http\.|new \w*(?:Error|Exception|Response)|\w*(?:Error"
    r"|Forbidden|Unauthorized"
    r"|BadRequest|NotFound|Denied|redirect|Redirect|abort)\w*|4\d\d\b)|status\(\s*4\d\d|\b(?:40[0-9]|41[0-9]"
    r"|42[29]|431)\b|http\.Error\("
    r"|sendError|\bcontinue\b|return\s*;?\s*$|return true\b|\.destroy\(|fail\("
)
"""Ways in which checks reject input: raise, return an error, abort."""
