"""Go: https://go.dev/ref/spec"""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_clause

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_go", "language"),),
    query="""
(function_declaration name: (_) @name parameters: (_) @parameters result: (_)? @returns) @function
(method_declaration receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @owner (generic_type type: (_) @owner)
    (pointer_type [(type_identifier) @owner (generic_type type: (_) @owner)])]))
  name: (_) @name parameters: (_) @parameters result: (_)? @returns) @function
(method_elem name: (_) @name parameters: (_) @parameters result: (_)? @returns) @function
[(type_spec name: (_) @name) (type_alias name: (_) @name)] @class
(field_declaration name: (_) @name) @attribute
(field_declaration !name type: [(type_identifier) (qualified_type) (pointer_type (_))] @base)
(const_spec . name: (_) @name value: (expression_list . (_) @value)?) @constant
(var_spec . name: (_) @name value: (expression_list . (_) @value)?) @constant
(func_literal) @hidden

(parameter_list (parameter_declaration name: (_) @parameter.name type: (_) @parameter.type) @parameter)
(parameter_list (variadic_parameter_declaration name: (_) @parameter.name) @parameter @parameter.rest)

(import_spec name: (package_identifier)? @module path: (_) @source)
(comment) @comment
[(interpreted_string_literal) (raw_string_literal) (rune_literal)] @string
(short_var_declaration left: (expression_list . (identifier) @variable) right: (expression_list . [
  (composite_literal type: (_) @variable.class)
  (unary_expression operand: (composite_literal type: (_) @variable.class))]))
(short_var_declaration left: (expression_list (identifier) @variable) right: (expression_list (call_expression)))
""",
    public_pattern=r"(^|\.)[A-Z]\w*$",
    has_flat_packages=True,
    keyword_suffix=r":(?!=)",
    is_positional=True,
)

GO = language_from_grammar(
    "Go",
    _GRAMMAR,
    module_from_clause(r"^package\s+(\w+)"),
    suffixes=(".go",),
    comments=CommentSyntax((b"//",)),
    fences=("go", "golang"),
    is_private=lambda path: "internal" in path.split("/")[:-1],
    examples=(
        LanguageExample(
            """\
package cli

const Limit = 3

type Command struct {
	Use, Short string
	inner int
}

func (c *Command) Execute(args ...string) error { return nil }

func New(name string, size int) *Command { Local := 1; return nil }

func hidden() {}
""",
            ("Limit", "Command", "Command.Use", "Command.Short", "Command.Execute", "New"),
        ),
        LanguageExample(
            """\
package cli

const (
	Low Level = iota
	High
)

type Runner interface {
	Base
	Run(a, b int) (int, error)
}
""",
            ("Low", "High", "Runner", "Runner.Run"),
        ),
    ),
)
