"""What kinds of weakness mean, by their number in https://cwe.mitre.org, and the way out of each."""

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
        owasp: the category of https://owasp.org/Top10 that it belongs to.
        why: what can happen, in one sentence.
        advice: the way out, in one sentence.
    """

    owasp: str
    why: str
    advice: str


def weakness(cwe: int | None) -> Weakness:
    """What is known of a kind of weakness; in general words where nothing is."""
    return _WEAKNESSES.get(cwe or 0, _UNKNOWN_WEAKNESS)


_UNKNOWN_WEAKNESS = Weakness(
    _DESIGN, "Somebody may misuse this.", "Read the rule's page, and choose the safe form it names."
)
_WEAKNESSES = {
    20: Weakness(
        _INJECTION,
        "What comes from outside decides what this does.",
        "Check the value against what is allowed, or use the safe variant of the call.",
    ),
    22: Weakness(
        _ACCESS,
        "A path from outside can lead out of the folder that is meant.",
        "Resolve the path and check that it lies below that folder, or take the name from a list of your own.",
    ),
    78: Weakness(
        _INJECTION,
        "Whoever controls a part of the command runs commands of their own.",
        "Pass the arguments as a list without a shell, and take the program from a constant.",
    ),
    79: Weakness(
        _INJECTION,
        "Text from outside reaches a page as markup and runs in the reader's browser.",
        "Let the template escape it, or escape it where it is put in.",
    ),
    80: Weakness(
        _INJECTION,
        "Text from outside reaches a page as markup and runs in the reader's browser.",
        "Let the template escape it, or escape it where it is put in.",
    ),
    89: Weakness(
        _INJECTION,
        "Whoever controls a part of the query reads or changes what they should not.",
        "Pass the values as parameters of the query.",
    ),
    94: Weakness(
        _INJECTION,
        "Text becomes a program here: whoever controls it runs code of their own.",
        "Parse the text as data, or choose from a list of known actions.",
    ),
    95: Weakness(
        _INJECTION,
        "Text becomes a program here: whoever controls it runs code of their own.",
        "Parse the text as data, or choose from a list of known actions.",
    ),
    116: Weakness(
        _INJECTION, "Text from outside is put out as it came.", "Escape it for the place that it is put into."
    ),
    250: Weakness(
        _CONFIGURATION,
        "It runs with more rights than it needs, so that a mistake elsewhere does more harm.",
        "Name a user of its own, without rights that it does not need.",
    ),
    259: Weakness(
        _IDENTITY,
        "Whoever reads this file, or the history that keeps it, can use the secret.",
        "Revoke it first, then read it from the environment or a secret store.",
    ),
    284: Weakness(_ACCESS, "More is allowed here than is needed.", "Allow only what is needed."),
    269: Weakness(_ACCESS, "Who has this can give themselves more.", "Allow only what is needed."),
    276: Weakness(
        _ACCESS,
        "Others on the machine can change or read this.",
        "Give the narrowest permissions that do: 0o600 or 0o700.",
    ),
    287: Weakness(
        _IDENTITY, "It lets in people of whom nobody knows who they are.", "Ask for certificates or tokens that expire."
    ),
    295: Weakness(
        _CRYPTO,
        "The other side's certificate is not checked: anybody in between can read and change what is sent.",
        "Leave the check on; for a private authority name its certificate.",
    ),
    311: Weakness(_CRYPTO, "Whoever gets at the disk or a copy of it can read what is there.", "Leave encryption on."),
    319: Weakness(
        _CRYPTO, "What is sent can be read and changed on the way.", "Use the encrypted form of the protocol."
    ),
    326: Weakness(_CRYPTO, "The key is too short for today.", "Use 2048 bits or more for RSA and DSA, 224 for curves."),
    327: Weakness(
        _CRYPTO,
        "The algorithm is broken for this purpose.",
        "Use SHA-256 or AES-GCM, and for passwords scrypt or argon2; where nothing is secured, say so in the call.",
    ),
    330: Weakness(
        _CRYPTO, "Such numbers can be guessed.", "For what must not be guessed take the system's generator (`secrets`)."
    ),
    377: Weakness(
        _ACCESS, "Others on the machine can put their own file there first.", "Make it with `tempfile` or `mktemp`."
    ),
    400: Weakness(_DESIGN, "It can wait, or work, without end.", "Set a time-out or a limit."),
    347: Weakness(_INTEGRITY, "Nobody checks who made this.", "Leave the check of signatures on."),
    353: Weakness(
        _INTEGRITY,
        "What runs here is fetched from elsewhere, and can be another thing tomorrow.",
        "Pin it by its digest.",
    ),
    502: Weakness(
        _INTEGRITY,
        "Whoever makes the bytes decides what runs when they are loaded.",
        "Use a format of plain data, such as JSON, or sign the bytes and check that first.",
    ),
    506: Weakness(
        _COMPONENTS,
        "It was made to do harm where it is installed.",
        "Take it out, and change the secrets of every machine that installed it.",
    ),
    601: Weakness(_ACCESS, "A link of yours can lead readers anywhere.", "Redirect only to addresses of your own."),
    605: Weakness(
        _CONFIGURATION,
        "It listens on every network of the machine.",
        "Bind to 127.0.0.1, or read the address from settings.",
    ),
    611: Weakness(
        _CONFIGURATION,
        "A document can make the parser read files and addresses, or grow without end.",
        "Parse with `defusedxml`, or switch entities off.",
    ),
    668: Weakness(_CONFIGURATION, "More can reach it than is needed.", "Let only those reach it who need it."),
    693: Weakness(_CONFIGURATION, "A protection is switched off.", "Leave it on."),
    703: Weakness(_DESIGN, "A failure passes without a word.", "Handle it, or say why it does not matter."),
    732: Weakness(
        _ACCESS,
        "Others on the machine can change or read this.",
        "Give the narrowest permissions that do: 0o600 or 0o700.",
    ),
    798: Weakness(
        _IDENTITY,
        "Whoever reads this file, or the history that keeps it, can use the secret.",
        "Revoke it first, then read it from the environment or a secret store.",
    ),
    829: Weakness(
        _INTEGRITY,
        "What runs here is fetched from elsewhere, and can be another thing tomorrow.",
        "Pin it to a version or a digest that you looked at.",
    ),
    918: Weakness(
        _SSRF,
        "An address from outside lets somebody reach what only this server can reach.",
        "Allow only hosts from a list of your own.",
    ),
    937: Weakness(
        _COMPONENTS, "This version has a vulnerability that is publicly known.", "Go to the version that mends it."
    ),
    942: Weakness(_CONFIGURATION, "Any other site may use this one in a reader's name.", "Name the origins that may."),
    943: Weakness(
        _INJECTION,
        "Whoever controls a part of the query reads or changes what they should not.",
        "Pass the values as parameters, and check their type.",
    ),
    1004: Weakness(
        _CONFIGURATION, "A script in the page can read this cookie.", "Set `HttpOnly`, `Secure` and `SameSite`."
    ),
    1333: Weakness(
        _DESIGN,
        "A long text makes this expression work without end.",
        "Write it without nested repetition, or limit the text.",
    ),
}
