"""Words of code and prose, the same for every language."""

from __future__ import annotations

import re
from functools import lru_cache

WORD = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*|[A-Za-z_$][\w$]*|\d+(?:\.\d+)+")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_STOP_WORD_LIST = (
    "a about above across after again all allow allowed allows also always an and any api are arg args argument "
    "arguments array as async at await back base be because been before being below between bool boolean both break "
    "build but by bytes call callback called calls can cannot case catch change changed changes char check class code "
    "command common config const contains content context copy could create created current data def default defaults "
    "delete dict different do docs documentation does doing done each either elif else empty end ensure enum error "
    "errors etc even every example examples except exception exist existing exists expect expected export extra fail "
    "failed false field fields file files find first float fn following for format found from full func function "
    "functions get gets give given go good handle has have here how however http https id if ignore impl "
    "implementation import in include included info init input inside instance instead int integer internal into is "
    "issue it item items iter its itself just keep key keys kwargs last later least length less let like line lines "
    "list local long main make makes many map match may mean means message method methods might mode module modules "
    "more most much must mut name named names need needed needs never new next nil no none not note nothing now null "
    "number object objects of off often old on once one only open option optional options or order other otherwise "
    "our out output over own package param parameter parameters params parse pass passed path paths per please "
    "possible prefix previous print private process program project property provide provided pub public raise raised "
    "raises range rather raw read real reason ref remove removed request require required requires response result "
    "results return returned returns run running same see self send set sets setting settings several should show "
    "since single size so some something source specific specified start state static still stop str string strings "
    "struct such support supported sure system take takes test tests text than that the their them then there these "
    "they this those three through time to together too true try tuple two type types under until up update updated "
    "upon url use used user users uses using val value values var variable variables version very via void want was "
    "way we well were what when where whether which while who whole why will with within without work works would "
    "write yes yet yield you your"
)
_STOP_WORDS = frozenset(_STOP_WORD_LIST.split())


def words(text: str) -> list[str]:
    """Names, options and dotted numbers, in order, as written."""
    return WORD.findall(text)


def is_significant(word: str) -> bool:
    """Whether a word says something by standing in code and in docs."""
    bare = word.strip("-_$").lower()
    return len(bare) > 2 and bare not in _STOP_WORDS and not bare[0].isdigit()


def is_identifier(word: str) -> bool:
    """Whether a word can only be a name: snake_case, camelCase, an option, CAPITALS."""
    bare = word.lstrip("-$")
    return (
        word.startswith("--")
        or "_" in bare.strip("_")
        or bool(re.search(r"[a-z][A-Z]|[A-Za-z]\d|\d[A-Za-z]", bare))
        or (len(bare) > 3 and bare.isupper())
    )


def terms(text: str) -> list[str]:
    """What a text is about: lower-case words and their parts, without endings and common words."""
    return [term for word in WORD.findall(text) for term in word_terms(word)]


@lru_cache(1 << 15)
def word_terms(word: str) -> tuple[str, ...]:
    """What a single word is about."""
    parts = _PARTS.findall(word)
    found = [word.lower(), *(p.lower() for p in parts)] if len(parts) > 1 else [word.lower().strip("-_$")]
    return tuple(_stem(w) for w in found if len(w) > 2 and w not in _STOP_WORDS and not w[0].isdigit())


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3 and word.isalpha():
            return word[: -len(ending)]
    return word
