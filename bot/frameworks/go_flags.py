"""Go's flag package, and pflag, which cobra uses: https://pkg.go.dev/github.com/spf13/pflag"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.frameworks.calls import GO, calls, help_words, literal, option_default
from bot.frameworks.framework import Declaration, Framework, FrameworkExample

_TYPED = re.compile(
    r"(?:String|Bool|U?[Ii]nt(?:8|16|32|64)?|Float(?:32|64)|Duration|Count|IP|(?:String|Int|Bool)(?:Slice|Array))"
    r"(?P<var>Var)?(?P<short>P)?"
)
_PFLAG = re.compile(r"(?i:flags?(?:et)?)(?:\(\))?$|^f(?:s|lagset)?$")


def declarations(data: bytes) -> Iterator[Declaration]:
    """Parse `cmd.Flags().IntVarP(&size, "max-size", "m", 10, "Size")`; options of the flag package have one dash."""
    is_standard = b'"flag"' in data and b"pflag" not in data and b"cobra" not in data
    for call in calls(GO, data):
        typed = _TYPED.fullmatch(call.name)
        if typed is None or not _PFLAG.search(call.owner):
            continue
        arguments = call.positional[1 if typed["var"] else 0 :]
        name = literal(arguments[0]) if arguments else None
        rest = arguments[2 if typed["short"] else 1 :]
        if name and re.fullmatch(r"[\w.-]+", name) and len(rest) == 2:
            default = option_default(rest[0], data)
            yield Declaration(
                "option", f"{'-' if is_standard else '--'}{name}", call.line, default, help_words(rest[1])
            )


GO_FLAGS = Framework(
    name="Go flags",
    suffixes=(".go",),
    markers=(b"flag", b"Flags()"),
    declarations=declarations,
    examples=(
        FrameworkExample(
            'package a\n\nfunc init() {\n\tc.Flags().IntVarP(&n, "max-size", "m", 10, "Size")\n'
            '\tc.PersistentFlags().Bool("quiet", false, "No talk")\n}\n',
            (("--max-size", "10"), ("--quiet", None)),
        ),
        FrameworkExample(
            'package a\n\nimport "flag"\n\nvar addr = flag.String("addr", ":80", "Address")\n', (("-addr", ":80"),)
        ),
    ),
)
