"""Which files of a tree are documents that a change of code can make stale, and which tell the program."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping, Sequence
from functools import lru_cache, partial

from bot.agents.impact.documents import DocumentWords, count_words
from bot.domain import Blob, Tree
from bot.formats.format import Format

MAX_DOCUMENT_BYTES = 1_000_000
"""Bytes; a longer document is not read."""

_ELSEWHERE = (
    "test tests testing testdata fixtures fixture node_modules vendor vendored _vendor third_party thirdparty "
    "site-packages examples example .github .claude .agents agents .venv venv _build generated locale locales i18n "
    "l10n translation translations blog blogs news archive archives versioned_docs changelog.d changes newsfragments "
    "releases whatsnew history"
)
_FOLDERS = frozenset(_ELSEWHERE.split())
_HISTORY = re.compile(
    r"^(change[-_ ]?logs?|changes|history|news|release([-_ ]?notes?|s|rs)?|releasing|what'?s?[-_]?new|licen[sc]es?|"
    r"copying|notice|authors|contributors|thanks|sponsors?|backers|maintainers|governance|code[-_]of[-_]conduct|"
    r"codeowners|adopters|ecosystem|llms|requirements|pull_request_template|issue_template)([-_. ].*)?$",
    re.I,
)
_TONGUE = r"(zh|cn|ja|jp|ko|kr|fr|es|pt|ru|de|it|tr|uk|pl|vi|fa|hi|ar|nl|cs)([-_](cn|tw|br|hans|hant|es|mx|pt))?"
_TRANSLATED = re.compile(rf"[._-]{_TONGUE}\.\w+$|(^|/)docs?/{_TONGUE}/", re.I)
_DOCS = re.compile(r"^([^/]+/){0,2}(docs?|documentation|guide|manual|book|content|website|site)/", re.I)


def form_of(path: str, formats: Sequence[Format]) -> Format | None:
    """The format of a document; None for other files, and for change logs, translations and what others wrote."""
    lower = path.lower()
    form = next((f for f in formats if lower.endswith(f.suffixes)), None)
    return form if form is not None and _is_maintained(path) else None


@lru_cache(1 << 16)
def _is_maintained(path: str) -> bool:
    """Whether the maintainers keep a document true: no change log, no translation, nothing that others wrote."""
    *folders, name = path.split("/")
    if _FOLDERS & {f.lower() for f in folders} or _HISTORY.match(name) or _TRANSLATED.search(path):
        return False
    if not folders:
        return not name.lower().startswith("security.")
    return _DOCS.match(path) is not None or name.lower().startswith("readme")


def load_documents(
    tree: Tree, formats: Sequence[Format], cache: MutableMapping[str, DocumentWords]
) -> dict[str, DocumentWords]:
    """The documents of a tree, by path; `known` remembers them by blob."""
    found: dict[str, DocumentWords] = {}
    for path in sorted(tree):
        form, blob = form_of(path, formats), tree[path]
        if form is not None and blob.size <= MAX_DOCUMENT_BYTES:
            found[path] = _get_or_create(cache, cache_key(form, blob), partial(_load_document, blob, form))
    return found


def cache_key(form: Format, blob: Blob) -> str:
    """Under which a document is remembered."""
    return f"{form.name}:{blob.oid}"


def _load_document(blob: Blob, form: Format) -> DocumentWords:
    return count_words(blob.data, form)


def _get_or_create(
    cache: MutableMapping[str, DocumentWords], key: str, make: Callable[[], DocumentWords]
) -> DocumentWords:
    value = cache.get(key)
    if value is None:
        cache[key] = value = make()
    return value
