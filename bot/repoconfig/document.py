"""Parse a YAML file into plain values with their places, within limits and without YAML's implicit types.

A scalar keeps its text, so that a branch `1.0` is not a number. The model converts it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

MAX_CONFIG_BYTES = 64 * 1024
"""The slowest file of this size takes about a second to parse."""

MAX_DEPTH = 16
"""The settings need four levels of nesting."""

Value = str | list["Value"] | dict[str, "Value"] | None
KeyPath = tuple[str | int, ...]
"""The path to a value: keys, and indexes of lists from 0."""

_NULL_VALUES = ("", "~", "null", "Null", "NULL")
_MAX_QUOTE_CHARACTERS = 60
_NO_ALIASES = "Put quotes around a value that begins with '*'. Aliases are not supported."


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """The content of a settings file. `file` is its path for messages."""

    file: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a settings file.

    Args:
        line, column, end_line: count from 1; `end_line` is inclusive.
        message: one or more sentences.
        nearest: the valid key that a misspelled one probably means.
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
        return f"{self.message} Did you mean '{self.nearest}'?" if self.nearest else self.message

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.sentence}"


def quote_text(text: str) -> str:
    """Return the user's text in quotes, on one line and shortened."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:_MAX_QUOTE_CHARACTERS])
    return f"'{shown}…'" if len(text) > _MAX_QUOTE_CHARACTERS else f"'{shown}'"


@dataclass(slots=True)
class YamlDocument:
    """A parsed file: its value, and the spans of keys and values by path, in characters.

    Anything unreadable becomes a problem and is left out of `value`. An empty value counts as absent.
    """

    file: str
    text: str = ""
    value: dict[str, Value] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    key_spans: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    value_spans: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def parse(cls, source: ConfigFile) -> YamlDocument:
        """Parse any bytes."""
        document = cls(source.file)
        if len(source.data) > MAX_CONFIG_BYTES:
            document._add_problem(0, f"The file is larger than {MAX_CONFIG_BYTES // 1024} KiB.")
            return document
        try:
            document.text = source.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            document.text = source.data.decode("utf-8-sig", errors="replace")
            document._add_problem(len(error.object[: error.start].decode()), "The file is not UTF-8 from here on.")
            return document
        document._compose()
        return document

    def _compose(self) -> None:
        loader: _Loader | None = None
        try:
            loader = _Loader(self.text)
            root = loader.get_single_node()
        except _InvalidYaml as refused:
            self._add_problem(refused.offset, refused.message)
        except yaml.reader.ReaderError as error:
            self._add_problem(error.position, "YAML does not allow this character.")
        except yaml.MarkedYAMLError as error:
            self._add_problem(*_explain(error))
        except (ValueError, OverflowError):  # from a number in an escape or a directive that is too large for Python
            self._add_problem(loader.index if loader else 0, "Invalid YAML: a number is too large.")
        else:
            if isinstance(root, yaml.MappingNode):
                self.value = self._mapping(root, ())
            elif root is not None and self._plain(root, ()) is not None:
                self._add_problem(root.start_mark.index, "The file must contain settings, each as 'name: value'.")

    def _plain(self, node: yaml.Node, path: KeyPath) -> Value:
        self.value_spans[path] = (node.start_mark.index, node.end_mark.index)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, number)) for number, item in enumerate(node.value)]
        plain = isinstance(node, yaml.ScalarNode) and not node.style
        return None if plain and node.value in _NULL_VALUES else str(node.value)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Value]:
        mapping: dict[str, Value] = {}
        for key, value in node.value:
            span = (key.start_mark.index, key.end_mark.index)
            if not isinstance(key, yaml.ScalarNode):
                self._add_problem(span[0], "Expected the name of a setting.")
            elif (where := (*path, key.value)) in self.key_spans:
                first = self.line_at(self.key_spans[where][0])
                self.problems.append(self.problem_at(span, f"{quote_text(key.value)} is already set on line {first}."))
            else:
                self.key_spans[where] = span
                plain = self._plain(value, where)
                if plain is not None:
                    mapping[key.value] = plain
        return mapping

    def _add_problem(self, at: int, message: str) -> None:
        self.problems.append(self.problem_at((at, at), message))

    def line_at(self, offset: int) -> int:
        """Return the line of a character, from 1. Like GitHub, and unlike YAML, it counts only line feeds."""
        return self.text.count("\n", 0, offset) + 1

    def problem_at(self, span: tuple[int, int], message: str, nearest: str | None = None) -> Problem:
        """Return a problem with a span of the text. A span past the end is moved to the last character."""
        last = max(len(self.text.rstrip()) - 1, 0)
        start = min(span[0], last)
        end = max(start, min(span[1] - 1, last))
        end = max(start, len(self.text[: end + 1].rstrip()) - 1)
        column = start - self.text.rfind("\n", 0, start)
        return Problem(self.file, self.line_at(start), column, self.line_at(end), message, nearest)


def _explain(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """Return the offset of a YAML error, and its message."""
    text, mark = error.problem or "", error.problem_mark or error.context_mark
    if error.context == "while scanning an alias" and error.context_mark:
        return error.context_mark.index, _NO_ALIASES
    if text.startswith("but "):
        text = f"{error.context}, {text}"
    return mark.index if mark else 0, f"Invalid YAML: {text[:200]}."


class _InvalidYaml(Exception):
    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message, self.offset = message, at


class _Loader(yaml.BaseLoader):
    """Composes nodes with each scalar as text. Refuses aliases, because a few can expand to millions of values."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        alias = self.check_event(yaml.AliasEvent)
        at: int = self.current_event.start_mark.index
        if alias:
            raise _InvalidYaml(_NO_ALIASES, at)
        if self._depth == MAX_DEPTH:
            raise _InvalidYaml("Nested too deeply.", at)
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1
