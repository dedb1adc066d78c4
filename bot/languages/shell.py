"""Shell: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html, and bash."""

from __future__ import annotations

from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_path

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_bash", "language"),),
    query="""
(function_definition name: (_) @name) @function
((declaration_command . _ @_word (variable_assignment name: (variable_name) @name value: (_) @value)) @constant
  (#any-of? @_word "export" "readonly"))
(variable_assignment name: (variable_name) @_name
  value: [(expansion (variable_name) @name . (_) @value)
    (string (expansion (variable_name) @name . (_) @value))]) @constant
(command name: (command_name) @_colon argument: [(expansion (variable_name) @name . (_) @value)
  (string (expansion (variable_name) @name . (_) @value))] @constant (#eq? @_colon ":"))
(comment) @comment
[(raw_string) (heredoc_body)] @string
""",
)

SHELL = language_from_grammar(
    "Shell",
    _GRAMMAR,
    module_from_path,
    suffixes=(".sh", ".bash"),
    fences=("sh", "bash", "shell", "zsh", "console"),
    examples=(
        LanguageExample(
            """\
export LIMIT=3
SIZE=${SIZE:-4}
: "${ROOT:=/tmp}"
inner=1
run() { local x=1; }
_hidden() { :; }
""",
            ("LIMIT", "SIZE", "ROOT", "run", "_hidden"),
        ),
    ),
)
