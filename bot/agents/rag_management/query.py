"""What a query asks for, read from its shape: a name, a question, what some code does, what a change did."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

from bot.agents.rag_management.terms import terms
from bot.agents.rag_management.vocabulary import ADDRESS_WORDS, COMMIT_VERBS, FUNCTION_VERBS, QUESTION_WORDS

_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)*")
_NAMES_ONLY = re.compile(rf"\s*{_NAME.pattern}(?:\(\))?\s*")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*")
_CODE_ADJECTIVES = re.compile(
    r"(base|abstract|simple|internal|helper|custom|generic|given|like|similar|whether|called|used)\b"
)
_CODE_NOUNS = re.compile(
    r"\b(class|function|method|callback|decorator|helper|wrapper|handler|object|instance|iterator|generator|subclass|mixin|"
    r"exception|factory|argument|parameter|tuple|dict|list|string|boolean|value|returned|returns|raised|called|caller)s?\b"
)
_ADVICE_WORDS = re.compile(
    r"\b(can|may|should|must|will|want|need|often|usually|however|sometimes|useful|following|section|example|default|"
    r"feature|provides|supports|allows|using)\b"
)

# Fitted to first sentences of docstrings and of sections, and to questions, of eleven repositories: of two that were
# put before it, one of code and one of prose, it told five in six apart in repositories that it was not fitted to.
_BASE, _FUNCTION_VERB, _QUESTION, _ARTICLE, _FORM, _TEN_WORDS, _PART, _ADVICE, _SENTENCE = (
    -0.5, 2.7, -1.2, 2.0, 2.0, -1.1, 1.2, -0.65, 0.8,
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A query and what its shape says of it."""

    text: str

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Its terms, each once."""
        return tuple(dict.fromkeys(terms(self.text)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The words that could be names of symbols, as written."""
        return tuple(dict.fromkeys(re.sub(r"::|#", ".", name) for name in _NAME.findall(self.text)))

    @cached_property
    def is_name(self) -> bool:
        """Whether it is one name and nothing else."""
        return _NAMES_ONLY.fullmatch(self.text) is not None

    @cached_property
    def _words(self) -> list[str]:
        return [word.lower() for word in _WORD.findall(self.text)]

    @property
    def is_commit_subject(self) -> bool:
        """Whether it reads as the subject of a commit: what was done, in the imperative, without a full stop."""
        return bool(self._words) and self._words[0] in COMMIT_VERBS and not self.text.rstrip().endswith((".", "?", "!"))

    @property
    def code_affinity(self) -> float:
        """Whether it describes a piece of code (1) or what documents tell of (-1); 0 where its shape does not say."""
        if self.is_name or self.is_commit_subject or not self._words:
            return 0.0
        first, lower = self._words[0], self.text.lower()
        said = (
            _BASE
            + _FUNCTION_VERB * (_infinitive(first) in FUNCTION_VERBS)
            + _QUESTION * self._is_question
            + _ARTICLE * (first in ("a", "an"))
            + _FORM * bool(_CODE_ADJECTIVES.match(lower))
            + _TEN_WORDS * min(len(self._words), 30) / 10
            + _PART * bool(_CODE_NOUNS.search(lower))
            + _ADVICE * min(len(_ADVICE_WORDS.findall(lower)), 3)
            + _SENTENCE * self.text.rstrip().endswith(".")
        )
        leaning = math.tanh(said / 2)
        return leaning if self.text.rstrip().endswith((".", "?", "!")) else leaning / 2  # it may be a commit's subject

    @property
    def _is_question(self) -> bool:
        """Whether it asks, or speaks to somebody."""
        asks = self._words[0] in QUESTION_WORDS or self.text.rstrip().endswith("?")
        return asks or bool(ADDRESS_WORDS & set(self._words))


def _infinitive(verb: str) -> str:
    """A verb without the ending of its third person: `parses`, `tries`, `makes`."""
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    bare = verb[:-1] if verb.endswith("s") else verb
    return bare[:-1] if verb.endswith(("shes", "ches", "sses", "xes")) else bare
