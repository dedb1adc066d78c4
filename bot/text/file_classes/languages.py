"""Codes and names of natural languages in the names of folders and files.

Many two-letter codes are words or abbreviations, too (`is`, `no`, `id`, `ml`). Only codes that rarely mean anything
else prove a translation. Any other code needs a sibling that it translates.
"""

from __future__ import annotations

import re
from functools import lru_cache

SOURCE = re.compile(r"en(?:glish|[-_](?:us|gb))?", re.IGNORECASE)
"""English, the source language of most documentation. Such a name is not a translation."""

_CLEAR = "cn cz de es fa fr he hi hu ja jp ko kr nl pl pt ru tw uk vi zh"
_UNCLEAR = (
    "af am ar az be bg bn bs ca cs cy da el eo et eu fi ga gl gu hr hy id is it ka kk km kn ku ky lo lt lv mk ml mn "
    "mr ms my nb ne nn no pa ps ro si sk sl sq sr sv sw ta te tg th tk tr tt ur uz yo zu"
)
_REGIONS = (
    r"cn|tw|hk|sg|mo|hans|hant|br|pt|mx|ar|cl|co|419|la|latam|ca|ch|be|at|de|es|fr|it|jp|kr|ru|ua|pl|nl|se|no|dk|fi|cz|"
    r"in|ir|id|il|tr|vn|th|rs|latn|cyrl|sa|eg|ro|hu|gr|bg|bd|lk|my|ph"
)
_NAMES = (
    "arabic bengali bulgarian catalan chinese croatian czech danish deutsch dutch espanol español farsi finnish "
    "francais français french german greek hebrew hindi hungarian indonesian italian italiano japanese korean malay "
    "nihongo norwegian persian polish portugues português portuguese romanian russian serbian slovak spanish "
    "swedish thai turkish ukrainian urdu vietnamese chinese-simplified chinese-traditional simplified-chinese "
    "traditional-chinese chs cht 中文 简体中文 繁體中文 繁体中文 日本語 한국어 русский"
)
_ANY = "|".join((*_CLEAR.split(), *_UNCLEAR.split()))

CLEAR = re.compile(
    rf"(?:{'|'.join(_CLEAR.split())})"
    rf"|(?:{_ANY})[-_](?:{_REGIONS})(?:[-_](?:{_REGIONS}))?"
    rf"|(?:{'|'.join(re.escape(name) for name in _NAMES.split())})",
    re.IGNORECASE,
)
"""Words that prove a translation, as the name of a folder or between two dots."""

CODE = re.compile(rf"(?:{_ANY})(?:[-_](?:{_REGIONS}))?|{CLEAR.pattern}", re.IGNORECASE)
"""Words that may be a language; a sibling has to confirm it."""

TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,2}", re.IGNORECASE)
"""The form of a language tag: https://www.rfc-editor.org/rfc/rfc5646"""


@lru_cache(1 << 12)
def is_clear(name: str) -> bool:
    """Return whether a name means a language and rarely anything else."""
    return CLEAR.fullmatch(name) is not None


@lru_cache(1 << 12)
def is_code(name: str) -> bool:
    """Return whether a name may mean a language other than English."""
    return CODE.fullmatch(name) is not None


@lru_cache(1 << 12)
def is_source(name: str) -> bool:
    """Return whether a name means the source language of documentation."""
    return SOURCE.fullmatch(name) is not None


@lru_cache(1 << 12)
def is_tag(name: str) -> bool:
    """Return whether a name has the form of a language tag."""
    return TAG.fullmatch(name) is not None
