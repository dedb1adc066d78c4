"""PHP: https://www.php.net/manual/en/langref.php"""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_clause

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_php", "language_php"),),
    query="""
[(class_declaration name: (_) @name) (trait_declaration name: (_) @name) (enum_declaration name: (_) @name)] @class
(interface_declaration name: (_) @name) @interface
(function_definition name: (_) @name parameters: (_) @parameters return_type: (_)? @returns) @function
(method_declaration (visibility_modifier)? @modifiers name: (_) @name parameters: (_) @parameters
  return_type: (_)? @returns) @function
(const_declaration (visibility_modifier)? @modifiers (const_element . (name) @name (_) @value)) @constant
(property_declaration (visibility_modifier)? @modifiers
  (property_element name: (variable_name (name) @name) default_value: (_)? @value)) @attribute
(enum_case name: (_) @name value: (_)? @value) @attribute
(base_clause (_) @base)
(class_interface_clause (_) @base)
[(anonymous_function) (arrow_function)] @hidden

(formal_parameters (simple_parameter type: (_)? @parameter.type name: (_) @parameter.name
  default_value: (_)? @parameter.default) @parameter)
(formal_parameters (property_promotion_parameter type: (_)? @parameter.type name: (_) @parameter.name
  default_value: (_)? @parameter.default) @parameter)
(formal_parameters (variadic_parameter name: (_) @parameter.name) @parameter @parameter.rest)

(namespace_use_clause (qualified_name prefix: (_) @source (name) @name) alias: (_)? @local)
(comment) @comment
[(string) (encapsed_string) (heredoc) (nowdoc)] @string
(assignment_expression left: (variable_name (name) @variable)
  right: (object_creation_expression (name) @variable.class))
""",
    public_pattern=r"^(?!private|protected)",
    constructor="__construct",
    separators=r"\??->|::|\\",
    keyword_suffix=r":(?!:)",
)

PHP = language_from_grammar(
    "PHP",
    _GRAMMAR,
    module_from_clause(r"^\s*namespace\s+([\w\\]+)\s*[;{]"),
    suffixes=(".php",),
    comments=CommentSyntax((b"/**",), ("phpdoc",)),
    fences=("php",),
    examples=(
        LanguageExample(
            """\
<?php
namespace Net;

class Client extends Base {
    const LIMIT = 3;
    public $name = 'x';
    private $inner;
    public function __construct(private int $size = 4) {}
    public function send(string $body, $depth = 1): int { return 1; }
    protected function near() {}
}

function run($times) {}
enum Level: int { case Low = 1; case High = 2; }
""",
            ("Client", "Client.LIMIT", "Client.name", "Client.send", "run", "Level", "Level.Low", "Level.High"),
        ),
    ),
)
