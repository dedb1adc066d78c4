"""TypeScript: https://www.typescriptlang.org/docs/handbook/, with JSX."""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.javascript import NPM, QUERY
from bot.languages.language import LanguageExample

_ONLY_HERE = """
[(class_declaration name: (_) @name) (abstract_class_declaration name: (_) @name)] @class
(interface_declaration name: (_) @name) @interface
(extends_clause value: (_) @base)
(extends_type_clause type: [(type_identifier) @base (generic_type name: (_) @base)])
(type_alias_declaration value: [(type_identifier) @base (generic_type name: (_) @base)
  (generic_type type_arguments: (_ (type_identifier) @base))
  (intersection_type [(type_identifier) @base (generic_type type_arguments: (_ (type_identifier) @base))])])
(type_alias_declaration name: (_) @name) @interface
(enum_declaration name: (_) @name) @interface
(enum_body name: (property_identifier) @name @attribute)
(enum_body (enum_assignment name: (_) @name value: (_) @value) @attribute)
(public_field_definition (accessibility_modifier)? @modifiers name: (property_identifier) @name value: (_)? @value)
  @attribute
(property_signature name: (property_identifier) @name) @attribute
(method_definition (accessibility_modifier)? @modifiers name: (_) @name parameters: (_) @parameters) @function
(method_signature name: (_) @name parameters: (_) @parameters return_type: (_)? @returns) @function
(abstract_method_signature (accessibility_modifier)? @modifiers name: (_) @name parameters: (_) @parameters) @function
(function_signature name: (_) @name parameters: (_) @parameters return_type: (_)? @returns) @function
(ambient_declaration (_ name: (_) @export))
(ambient_declaration (_ (variable_declarator name: (_) @export)))
(internal_module name: (identifier) @export)
(internal_module body: (statement_block [(_ name: (_) @export) (export_statement (_ name: (_) @export))]))
(formal_parameters (required_parameter pattern: (identifier) @parameter.name type: (_)? @parameter.type
  value: (_)? @parameter.default) @parameter)
(formal_parameters (optional_parameter pattern: (identifier) @parameter.name type: (_)? @parameter.type) @parameter)
(formal_parameters (required_parameter pattern: [(rest_pattern) (object_pattern) (array_pattern)])
  @parameter @parameter.rest)
(formal_parameters (required_parameter pattern: (this)) @parameter @parameter.rest)
"""

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_typescript", "language_typescript"), ("tree_sitter_typescript", "language_tsx")),
    query=QUERY.replace("[(comment) (jsx_text)]", "[(comment)]") + _ONLY_HERE,
    public_pattern=r"^(?!private|protected)",
    has_exports=True,
    constructor="constructor",
    separators=r"[?!]?\.",
    keyword_suffix=r"\s*\??:(?!:)",
)

TYPESCRIPT = language_from_grammar(
    "TypeScript",
    _GRAMMAR,
    NPM.module,
    suffixes=(".ts", ".tsx", ".mts", ".cts"),
    comments=CommentSyntax((b"/**",), ("jsdoc",)),
    fences=("ts", "typescript", "tsx", "mts", "js", "javascript", "jsx"),
    is_package=NPM.is_entry,
    stub_suffixes=(".mts", ".cts"),
    examples=(
        LanguageExample(
            """\
export interface Options { timeout?: number; retry(times: number): void }
export enum Level { Low = 1, High }
export const LIMIT: number = 3
export class Client<T> extends Base<T> {
  private secret = 1
  limit = 3
  constructor(public url: string, size = 4) { super() }
  send(body: T, depth?: number): void {}
}
""",
            (
                "Options",
                "Options.timeout",
                "Options.retry",
                "Level",
                "Level.Low",
                "Level.High",
                "LIMIT",
                "Client",
                "Client.limit",
                "Client.send",
            ),
        ),
        LanguageExample(
            """\
export const View = (a: number) => <div>{a}</div>
""",
            ("View",),
        ),
    ),
)
