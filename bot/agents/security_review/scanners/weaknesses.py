"""Explanation and advice for kinds of weakness, by their number in https://cwe.mitre.org."""

from __future__ import annotations

from dataclasses import dataclass

_ACCESS = "A01:2021 Broken Access Control"
_CRYPTO = "A02:2021 Cryptographic Failures"
_INJECTION = "A03:2021 Injection"
_DESIGN = "A04:2021 Insecure Design"
_CONFIGURATION = "A05:2021 Security Misconfiguration"
_COMPONENTS = "A06:2021 Vulnerable and Outdated Components"
_IDENTITY = "A07:2021 Identification and Authentication Failures"
_INTEGRITY = "A08:2021 Software and Data Integrity Failures"
_SSRF = "A10:2021 Server-Side Request Forgery"


@dataclass(frozen=True, slots=True)
class Weakness:
    """A kind of weakness.

    Args:
        owasp: its category in https://owasp.org/Top10
        why: why it is dangerous, in one sentence.
        advice: how to fix it, in one sentence.
    """

    owasp: str
    why: str
    advice: str


def weakness(cwe: int | None) -> Weakness:
    """Return the texts for a CWE number, or general ones if it is unknown."""
    return _WEAKNESSES.get(cwe or 0, _UNKNOWN_WEAKNESS)


_UNKNOWN_WEAKNESS = Weakness(
    _DESIGN, "An attacker may be able to misuse this.", "Read the rule's page, and use the safe form that it names."
)
_WEAKNESSES = {
    20: Weakness(
        _INJECTION,
        "Untrusted input controls what this does.",
        "Check the value against an allow-list, or use the safe variant of the call.",
    ),
    22: Weakness(
        _ACCESS,
        "If the path comes from user input, it can point outside the intended folder.",
        "Resolve the path and check that it is inside that folder, or choose the name from a fixed list.",
    ),
    78: Weakness(
        _INJECTION,
        "If any part of this command comes from user input, an attacker can run arbitrary commands.",
        "Pass the arguments as a list, without a shell, and use a constant for the program.",
    ),
    79: Weakness(
        _INJECTION,
        "Untrusted text becomes markup of the page, so an attacker can run scripts in a reader's browser.",
        "Let the template escape it, or escape it where it is inserted.",
    ),
    80: Weakness(
        _INJECTION,
        "Untrusted text becomes markup of the page, so an attacker can run scripts in a reader's browser.",
        "Let the template escape it, or escape it where it is inserted.",
    ),
    89: Weakness(
        _INJECTION,
        "If any part of this query comes from user input, an attacker can read or change other data.",
        "Pass the values as query parameters.",
    ),
    94: Weakness(
        _INJECTION,
        "This runs text as code, so anyone who controls the text can run arbitrary code.",
        "Parse the text as data, or choose from a fixed list of actions.",
    ),
    95: Weakness(
        _INJECTION,
        "This runs text as code, so anyone who controls the text can run arbitrary code.",
        "Parse the text as data, or choose from a fixed list of actions.",
    ),
    116: Weakness(
        _INJECTION, "Untrusted text is written without escaping.", "Escape it for the context that it is written to."
    ),
    250: Weakness(
        _CONFIGURATION,
        "It has more privileges than it needs, so any other flaw does more damage.",
        "Run it as a dedicated user with only the privileges that it needs.",
    ),
    259: Weakness(
        _IDENTITY,
        "Anyone who can read this file or its history can use the secret.",
        "Revoke the secret, then read the new one from the environment or a secret store.",
    ),
    284: Weakness(_ACCESS, "This grants more access than needed.", "Allow only what is needed."),
    269: Weakness(_ACCESS, "Anyone with this permission can grant themselves more.", "Allow only what is needed."),
    276: Weakness(
        _ACCESS,
        "Other users of the machine can read or change it.",
        "Set the narrowest permissions that work, such as 0o600 or 0o700.",
    ),
    287: Weakness(_IDENTITY, "Clients are not properly authenticated.", "Require certificates or tokens that expire."),
    295: Weakness(
        _CRYPTO,
        "The other side's certificate is not verified, so an attacker on the network can read and change the traffic.",
        "Turn verification on; for a private authority, configure its certificate.",
    ),
    311: Weakness(_CRYPTO, "Anyone who gets the disk or a copy of it can read the data.", "Turn encryption on."),
    319: Weakness(
        _CRYPTO, "The traffic can be read and changed in transit.", "Use the encrypted version of the protocol."
    ),
    326: Weakness(
        _CRYPTO, "The key is short enough to be broken.", "Use at least 2048 bits for RSA and DSA, or 224 for curves."
    ),
    327: Weakness(
        _CRYPTO,
        "This algorithm is no longer secure.",
        "Use SHA-256 or AES-GCM, or scrypt or argon2 for passwords; if it is not for security, mark the call as such.",
    ),
    330: Weakness(
        _CRYPTO,
        "These random numbers are predictable.",
        "Use a secure generator, such as `secrets`, for values that must be unguessable.",
    ),
    377: Weakness(
        _ACCESS, "Another user of the machine can create this file first.", "Create it with `tempfile` or `mktemp`."
    ),
    400: Weakness(_DESIGN, "It can block or run forever.", "Set a timeout or a limit."),
    347: Weakness(
        _INTEGRITY, "The signature is not verified, so the content can be forged.", "Turn signature verification on."
    ),
    353: Weakness(
        _INTEGRITY,
        "This runs code from elsewhere that can change at any time.",
        "Pin it to a digest.",
    ),
    502: Weakness(
        _INTEGRITY,
        "Loading this data can run code, so anyone who controls the data can run arbitrary code.",
        "Use a plain data format, such as JSON, or verify a signature before loading.",
    ),
    506: Weakness(
        _COMPONENTS,
        "It harms the machines that install it.",
        "Remove it, and change the secrets of every machine that installed it.",
    ),
    601: Weakness(
        _ACCESS,
        "An attacker can make a link to this site that redirects readers anywhere.",
        "Redirect only to your own URLs.",
    ),
    605: Weakness(
        _CONFIGURATION,
        "It listens on all network interfaces.",
        "Bind to 127.0.0.1, or read the address from the settings.",
    ),
    611: Weakness(
        _CONFIGURATION,
        "An XML document can make the parser read files and URLs, or use up the memory.",
        "Parse with `defusedxml`, or disable entities.",
    ),
    668: Weakness(
        _CONFIGURATION, "It is reachable by more clients than needed.", "Restrict access to the clients that need it."
    ),
    693: Weakness(_CONFIGURATION, "This switches off a protection.", "Turn it on."),
    703: Weakness(_DESIGN, "An error is silently ignored.", "Handle the error, or explain why it does not matter."),
    732: Weakness(
        _ACCESS,
        "Other users of the machine can read or change it.",
        "Set the narrowest permissions that work, such as 0o600 or 0o700.",
    ),
    798: Weakness(
        _IDENTITY,
        "Anyone who can read this file or its history can use the secret.",
        "Revoke the secret, then read the new one from the environment or a secret store.",
    ),
    829: Weakness(
        _INTEGRITY,
        "This runs code from elsewhere that can change at any time.",
        "Pin it to a version or digest that you reviewed.",
    ),
    918: Weakness(
        _SSRF,
        "If the URL comes from user input, an attacker can reach services that only this server can reach.",
        "Allow only hosts from a fixed list.",
    ),
    937: Weakness(_COMPONENTS, "This version has a publicly known vulnerability.", "Upgrade to the fixed version."),
    942: Weakness(
        _CONFIGURATION, "Any website can send requests here in the name of a user.", "List the allowed origins."
    ),
    943: Weakness(
        _INJECTION,
        "If any part of this query comes from user input, an attacker can read or change other data.",
        "Pass the values as parameters, and check their types.",
    ),
    1004: Weakness(
        _CONFIGURATION, "Scripts on the page can read this cookie.", "Set `HttpOnly`, `Secure` and `SameSite`."
    ),
    1333: Weakness(
        _DESIGN,
        "A long input can make this regular expression run almost forever.",
        "Avoid nested repetition, or limit the length of the input.",
    ),
}
