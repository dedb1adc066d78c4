"""A YAML file as plain values, with the place of each: bounded, and without YAML's own ideas of types.

A scalar stays the text that was written, so that a branch `1.0` is no number; what it means is the model's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

MAX_CONFIG_BYTES = 64 * 1024
"""Bytes of a file; the slowest such file takes about a second."""

MAX_DEPTH = 16
"""Levels of nesting; the settings need four."""

Value = str | list["Value"] | dict[str, "Value"] | None
KeyPath = tuple[str | int, ...]
"""The way to a value: keys, and places in lists from 0."""

_NULL_VALUES = ("", "~", "null", "Null", "NULL")
_MAX_QUOTE_CHARACTERS = 60
_NO_ALIASES = "What begins with `*` needs quotes here; aliases are not read."


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file as it was found; `file` is what people call it."""

    file: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, and where: lines and columns count from 1, `end_line` is the last one.

    `message` is a sentence in the user's words, `nearest` the valid key that a misspelt one may stand for.
    """

    file: str
    line: int
    column: int
    end_line: int
    message: str
    nearest: str | None = None

    @property
    def sentence(self) -> str:
        """The message, with the nearest valid key."""
        return f"{self.message} Did you mean `{self.nearest}`?" if self.nearest else self.message

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


def quote_text(text: str) -> str:
    """Text of the user's in a sentence: on one line, and not too long."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_MAX_QUOTE_CHARACTERS])
    return f"`{shown}…`" if len(text) > _MAX_QUOTE_CHARACTERS else f"`{shown}`"


@dataclass(slots=True)
class YamlDocument:
    """What a file says: `value`, and of it by path the spans of keys and of values, in characters.

    What cannot be read is a problem, and is left out of `value`; a value that is empty counts as not written.
    """

    file: str
    text: str = ""
    value: dict[str, Value] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    key_spans: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    value_spans: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def parse(cls, source: ConfigFile) -> YamlDocument:
        """Read a file, whatever is in it."""
        made = cls(source.file)
        if len(source.data) > MAX_CONFIG_BYTES:
            made._add_problem(0, f"The file is larger than {MAX_CONFIG_BYTES // 1024} KiB.")
            return made
        try:
            made.text = source.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            made.text = source.data.decode("utf-8-sig", errors="replace")
            made._add_problem(len(error.object[: error.start].decode()), "The file is not UTF-8 from here on.")
            return made
        made._compose()
        return made

    def _compose(self) -> None:
        loader: _Loader | None = None
        try:
            loader = _Loader(self.text)
            root = loader.get_single_node()
        except _InvalidYaml as refused:
            self._add_problem(refused.offset, refused.message)
        except yaml.reader.ReaderError as error:
            self._add_problem(error.position, "There is a character here that YAML does not allow.")
        except yaml.MarkedYAMLError as error:
            self._add_problem(*_explain(error))
        except (ValueError, OverflowError):  # of a number in an escape or a directive that Python cannot hold
            self._add_problem(loader.index if loader else 0, "This is not YAML: a number is too large.")
        else:
            if isinstance(root, yaml.MappingNode):
                self.value = self._mapping(root, ())
            elif root is not None and self._plain(root, ()) is not None:
                self._add_problem(
                    root.start_mark.index, "The file is not right: it holds settings, each as `name: value`."
                )

    def _plain(self, node: yaml.Node, path: KeyPath) -> Value:
        self.value_spans[path] = (node.start_mark.index, node.end_mark.index)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, number)) for number, item in enumerate(node.value)]
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        return None if plain and node.value in _NULL_VALUES else str(node.value)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Value]:
        made: dict[str, Value] = {}
        for key, value in node.value:
            span = (key.start_mark.index, key.end_mark.index)
            if not isinstance(key, yaml.ScalarNode):
                self._add_problem(span[0], "A name of a setting stands here, and nothing else.")
            elif (where := (*path, key.value)) in self.key_spans:
                first = self.line_at(self.key_spans[where][0])
                self.problems.append(self.problem_at(span, f"{quote_text(key.value)} stands in line {first} already."))
            else:
                self.key_spans[where] = span
                plain = self._plain(value, where)
                if plain is not None:
                    made[key.value] = plain
        return made

    def _add_problem(self, at: int, message: str) -> None:
        self.problems.append(self.problem_at((at, at), message))

    def line_at(self, offset: int) -> int:
        """The line of a character, from 1. GitHub counts line feeds; YAML knows other ends of lines too."""
        return self.text.count("\n", 0, offset) + 1

    def problem_at(self, span: tuple[int, int], message: str, nearest: str | None = None) -> Problem:
        """A problem of a part of the text; where the text has ended, its last character is shown."""
        last = max(len(self.text.rstrip()) - 1, 0)
        start = min(span[0], last)
        end = max(start, min(span[1] - 1, last))
        end = max(start, len(self.text[: end + 1].rstrip()) - 1)
        column = start - self.text.rfind("\n", 0, start)
        return Problem(self.file, self.line_at(start), column, self.line_at(end), message, nearest)


def _explain(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Where an error of YAML is, and what it is."""
    said, mark = error.problem or "", error.problem_mark or error.context_mark
    if error.context == "while scanning an alias" and error.context_mark:
        return error.context_mark.index, _NO_ALIASES
    if said.startswith("but "):
        said = f"{error.context}, {said}"
    return mark.index if mark else 0, f"This is not YAML: {said[:200]}."


class _InvalidYaml(Exception):
    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message, self.offset = message, at


class _Loader(yaml.BaseLoader):
    """Makes nodes of text, each scalar as it is written; no aliases, since a few can stand for millions of values."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        alias = self.check_event(yaml.AliasEvent)
        at: int = self.current_event.start_mark.index
        if alias:
            raise _InvalidYaml(_NO_ALIASES, at)
        if self._depth == MAX_DEPTH:
            raise _InvalidYaml("This is nested too deeply.", at)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1
