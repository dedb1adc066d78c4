"""Update the default of an option or environment variable where its own entry states it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.document_update.rules.fact_context import FactContext
from bot.agents.document_update.rules.occurrences import Occurrence, OccurrenceFinder
from bot.agents.document_update.rules.page import Page
from bot.agents.document_update.rules.rule import Hint, Proposal, Rule, RuleExample
from bot.domain import Fact, FactKind
from bot.formats.format import Span

_CONFIDENCE = 0.88
_PLAIN = re.compile(r"[^\s`|\"'<>]{1,60}")
_OPTIONS = rb"(?:-{1,2}[\w-]+[ \t]*(?:<[^>]*>|\[?=?[A-Z_]{2,}\]?)?[,/|]?[ \t]*)*"
_HEADER = re.compile(r"[`*\s]*defaults?(?:\s+values?)?[`*\s]*", re.I)
_DIRECTIVE = re.compile(rb"[ \t]*\.\. (?:(?:py:)?envvar|(?:std:)?(?:cmd)?option)::[ \t]*" + _OPTIONS)
_NAMES = re.compile(rb"(?<![\w-])--?[A-Za-z][\w-]+|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
_STOP = re.compile(rb"\n[ \t\r]*\n|[.;!?](?=\s)|\n[ \t]*(?:[-*+|#]|\d+\.)[ \t]")
_MAX_DISTANCE_BYTES = 200


def apply(fact: Fact, context: FactContext, page: Page) -> Iterator[Proposal | Hint]:
    """Replace "default: 10", "defaults to 10", or the cell under Default, where it is unambiguous."""
    del context
    old, new = fact.old or "", fact.new or ""
    if not _PLAIN.fullmatch(old) or not _PLAIN.fullmatch(new):
        return
    reason = f"The default of `{fact.symbol}` is now `{new}`."
    stated = default_pattern(old)
    seen: set[int] = set()
    for occurrence in OccurrenceFinder(page).find(fact.symbol):
        cell = _cell(page, occurrence, old)
        entry = _entry_span(page, occurrence)
        places = [cell] if cell else [m.span("value") for m in stated.finditer(page.data, *entry)]
        if len(places) == 1 and places[0][0] not in seen and not page.is_historical(*places[0]):
            seen.add(places[0][0])
            yield Proposal(*places[0], new, _CONFIDENCE, reason)


def default_pattern(value: str) -> re.Pattern[bytes]:
    """Return a pattern for a stated default, as in "default: 10" or "defaults to `10`"; its group is `value`."""
    return re.compile(
        rb"\bdefault(?:s|ed|ing)?(?:\s+value)?[*_]{0,2}\s*(?:(?:is|to|of|being)\s+|[:=]\s*)?[*_]{0,2}\s*"
        rb"(?P<tick>`{0,2})(?P<quote>[\"']?)(?P<value>%b)(?P=quote)(?P=tick)(?![\w-]|[.:/]\w)"
        % re.escape(value.encode()),
        re.I,
    )


# ------------------------------------------------------------------ the text about a name


def _entry_span(page: Page, occurrence: Occurrence) -> Span:
    """Return the span about the name alone: its help, row, section or directive, else the rest of its sentence."""
    row = _row(page, occurrence)
    if row is not None:
        return row
    if occurrence.where == "block":
        return _help_span(page, occurrence)
    start, end = page.line_span(occurrence.start)
    if any(h.span[0] <= occurrence.start < h.span[1] for h in page.layout.headings):
        return _section(page, occurrence)
    if _DIRECTIVE.fullmatch(page.data, start, occurrence.start):
        return occurrence.end, _block_end(page.data, start, end)
    return occurrence.end, _sentence_end(page.data, occurrence)


def _begins_entry(page: Page, start: int, occurrence: Occurrence) -> bool:
    """Return whether only other spellings of the same option are between `start` and the name."""
    return (
        re.fullmatch(rb"[\s`|*>+-]*?(?:\d+\.\s)?[\s`*]*" + _OPTIONS + rb"[`\s,/]*", page.data[start : occurrence.start])
        is not None
    )


def _row(page: Page, occurrence: Occurrence) -> Span | None:
    """Return the rest of the list item or table row that starts with the name, up to a nested item."""
    rows = [r for r in page.layout.rows if r.span[0] <= occurrence.start < r.span[1]]
    row = max(rows, key=lambda r: r.span[0], default=None)
    if row is None or not _begins_entry(page, row.span[0], occurrence):
        return None
    inner = (r.span[0] for r in page.layout.rows if r.kind == row.kind and row.span[0] < r.span[0] < row.span[1])
    return occurrence.end, min(inner, default=row.span[1])


def _cell(page: Page, occurrence: Occurrence, old: str) -> Span | None:
    """Return the value in the table's column of defaults, in the row that starts with the name."""
    for table in page.layout.tables:
        row = next((r for r in table.rows[1:] if r and r[0][0] <= occurrence.start < r[0][1]), None)
        if row is None or not _begins_entry(page, row[0][0], occurrence):
            continue
        columns = [n for n, header in enumerate(table.rows[0]) if _HEADER.fullmatch(page.text(header))]
        if len(columns) == 1 and columns[0] < len(row):
            start, end = row[columns[0]]
            match = re.fullmatch(rb"[\s`\"']*(?P<value>%b)[\s`\"']*" % re.escape(old.encode()), page.data[start:end])
            return (start + match.start("value"), start + match.end("value")) if match else None
    return None


def _help_span(page: Page, occurrence: Occurrence) -> Span:
    """Return the option's entry in a printed help text, up to the next option."""
    block = next(b for b in page.layout.blocks if any(a <= occurrence.start < z for a, z in b.lines))
    number = next(n for n, (a, z) in enumerate(block.lines) if a <= occurrence.start < z)
    start = block.lines[number][0]
    if not re.fullmatch(rb"[ \t]*" + _OPTIONS, page.data[start : occurrence.start]):
        return occurrence.end, occurrence.end
    indent = _indent(page.data[slice(*block.lines[number])])
    end = block.lines[number][1]
    for a, z in block.lines[number + 1 :]:
        line = page.data[a:z]
        if line.strip() and (_indent(line) <= indent or line.lstrip().startswith(b"-")):
            break
        end = z
    return occurrence.end, end


def _section(page: Page, occurrence: Occurrence) -> Span:
    """Return the text under a heading that contains only the option's spellings."""
    heading = next(h for h in page.layout.headings if h.span[0] <= occurrence.start < h.span[1])
    following = (h.span[0] for h in page.layout.headings if h.span[0] > heading.span[1])
    title = re.fullmatch(rb"[`*\s]*" + _OPTIONS + rb"[`\s,/]*", page.data[heading.span[0] : occurrence.start])
    return (heading.span[1], min(following, default=len(page.data))) if title else (occurrence.end, occurrence.end)


def _block_end(data: bytes, start: int, end: int) -> int:
    """Return where the indented text below a line ends."""
    indent = _indent(data[start:end])
    for line in re.finditer(rb"[^\n]*\n?", data[end:]):
        if line[0].strip() and _indent(line[0]) <= indent:
            return end + line.start()
    return len(data)


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip())


def _sentence_end(data: bytes, occurrence: Occurrence) -> int:
    """Return where the sentence ends or mentions another name; at once if it already did before."""
    before = data[max(0, occurrence.start - _MAX_DISTANCE_BYTES) : occurrence.start]
    sentence_start = max((m.end() for m in _STOP.finditer(before)), default=0)
    if _NAMES.search(before, sentence_start):
        return occurrence.end
    stops = (p.search(data, occurrence.end, occurrence.end + _MAX_DISTANCE_BYTES) for p in (_STOP, _NAMES))
    return min((m.start() for m in stops if m), default=occurrence.end + _MAX_DISTANCE_BYTES)


_CLICK = 'import click\n\n\n@click.option("-m", "--max-size", default={})\ndef main(): ...\n'
_CLAP = 'struct A {{\n    #[arg(long, env = "APP_LEVEL", default_value = "{}")]\n    level: clap::Level,\n}}\n'
_ENTRIES = """\
| option | default |
|---|---|
| `-m`, `--max-size` | `{0}` |
| `--min-size` | `10` |

- `--max-size <n>`: largest size (default: {0})
- `--other`: default: 10

```
  -m, --max-size INT  Largest size
                      [default: {0}]
  --other             [default: 10]
```

Give `--max-size`, which defaults to `{0}`. The default of ten is 10: default 10.
"""
_HEADED = """\
- `APP_LEVEL`: how much to log. Default: `{0}`
- `info`: default info

## `--level`

Talk.

**Default:** {0}
"""

STATED_DEFAULT = Rule(
    name="stated-default",
    fact_kinds=frozenset({FactKind.INTERFACE_DEFAULT_CHANGED}),
    apply=apply,
    examples=(
        RuleExample(
            "in its row, item, help text and sentence, and nowhere else",
            base={"app/cli.py": _CLICK.format(10)},
            head={"app/cli.py": _CLICK.format(20)},
            doc=_ENTRIES.format(10),
            becomes=_ENTRIES.format(20),
        ),
        RuleExample(
            "in a variable's item, and in the section of an option",
            base={"src/args.rs": _CLAP.format("info")},
            head={"src/args.rs": _CLAP.format("warn")},
            doc=_HEADED.format("info"),
            becomes=_HEADED.format("warn"),
        ),
    ),
)
