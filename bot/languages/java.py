"""Java: https://docs.oracle.com/javase/specs/"""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_clause

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_java", "language"),),
    query="""
[(class_declaration (modifiers)? @modifiers name: (_) @name)
 (enum_declaration (modifiers)? @modifiers name: (_) @name)
 (record_declaration (modifiers)? @modifiers name: (_) @name parameters: (_) @parameters)] @class
[(interface_declaration (modifiers)? @modifiers name: (_) @name)
 (annotation_type_declaration (modifiers)? @modifiers name: (_) @name)] @interface
(method_declaration (modifiers)? @modifiers type: (_) @returns name: (_) @name parameters: (_) @parameters) @function
(constructor_declaration (modifiers)? @modifiers name: (_) @name parameters: (_) @parameters) @function
(annotation_type_element_declaration name: (_) @name value: (_)? @value) @attribute
(field_declaration (modifiers)? @modifiers
  declarator: (variable_declarator name: (_) @name value: (_)? @value)) @attribute
(constant_declaration declarator: (variable_declarator name: (_) @name value: (_)? @value)) @attribute
(enum_constant name: (_) @name) @attribute @public
(superclass (_) @base)
(type_list (_) @base)
[(lambda_expression) (static_initializer)] @hidden

(formal_parameters (formal_parameter type: (_) @parameter.type name: (_) @parameter.name) @parameter)
(formal_parameters (spread_parameter (variable_declarator name: (_) @parameter.name)) @parameter @parameter.rest)

(import_declaration (scoped_identifier scope: (_) @source name: (_) @name) .)
(import_declaration (_) @source (asterisk) @star)
[(line_comment) (block_comment)] @comment
[(string_literal) (character_literal)] @string
(local_variable_declaration type: [(type_identifier) (generic_type . (type_identifier))] @variable.class
  declarator: (variable_declarator name: (_) @variable))
""",
    public_pattern=r"\b(public|protected)\b",
    is_positional=True,
)

JAVA = language_from_grammar(
    "Java",
    _GRAMMAR,
    module_from_clause(r"^\s*package\s+([\w.]+)\s*;"),
    suffixes=(".java",),
    comments=CommentSyntax((b"/**",), ("javadoc",)),
    fences=("java",),
    examples=(
        LanguageExample(
            """\
package org.example;

public class Client extends Base {
  public static final int LIMIT = 3;
  private int inner = 1;
  public Client(String url) {}
  public int send(String body, int depth) { return 1; }
  void near() {}
  public enum Level { LOW, HIGH }
}

class Hidden { public void run() {} }
""",
            ("Client", "Client.LIMIT", "Client.send", "Client.Level", "Client.Level.LOW", "Client.Level.HIGH"),
        ),
        LanguageExample(
            """\
public interface Runner {
  int TIMES = 2;
  int run(int times);
}
""",
            ("Runner", "Runner.TIMES", "Runner.run"),
        ),
    ),
)
