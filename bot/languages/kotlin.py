"""Kotlin: https://kotlinlang.org/spec/"""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_clause

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_kotlin", "language"),),
    query="""
(class_declaration (modifiers)? @modifiers name: (_) @name (primary_constructor (class_parameters) @parameters)?) @class
(object_declaration (modifiers)? @modifiers name: (_) @name) @class
(type_alias (modifiers)? @modifiers type: (_) @name) @class
(companion_object) @scope
(function_declaration (modifiers)? @modifiers name: (_) @name (function_value_parameters) @parameters) @function
(property_declaration (modifiers)? @modifiers (variable_declaration (identifier) @name) . (_)? @value) @constant
(class_parameter (modifiers)? @modifiers ["val" "var"] (identifier) @name) @attribute
(enum_entry (identifier) @name) @attribute
(delegation_specifier [(user_type (identifier) @base) (constructor_invocation (user_type (identifier) @base))])
[(anonymous_initializer) (lambda_literal)] @hidden

(class_parameters (class_parameter (identifier) @parameter.name . (_) @parameter.type . (_)? @parameter.default)
  @parameter)
(function_value_parameters (parameter (identifier) @parameter.name . (_) @parameter.type) @parameter)
(function_value_parameters (parameter (identifier) @parameter.name . (_) @parameter.type) @parameter
  . "=" . (_) @parameter.default)

(import (qualified_identifier) @source .)
[(line_comment) (block_comment)] @comment
[(string_literal) (multiline_string_literal) (character_literal)] @string
(property_declaration (variable_declaration (identifier) @variable) (call_expression . (identifier) @variable.class))
""",
    public_pattern=r"^(?!.*\b(private|internal)\b)",
    separators=r"(?:[?]|!!)?\.",
    keyword_suffix=r"\s*=(?!=)",
)

KOTLIN = language_from_grammar(
    "Kotlin",
    _GRAMMAR,
    module_from_clause(r"^\s*package\s+([\w.]+)"),
    suffixes=(".kt", ".kts"),
    comments=CommentSyntax((b"/**",), ("javadoc",)),
    fences=("kotlin", "kt", "kts"),
    examples=(
        LanguageExample(
            """\
package net

const val LIMIT = 3

class Client(val size: Int = 4, private val inner: String) : Base() {
    val name = "x"
    fun send(body: String, depth: Int = 1): Int {
        val near = 1
        return near
    }
    private fun hidden() {}
    companion object {
        fun open(url: String) = 1
    }
}

internal fun near() {}

enum class Level { LOW, HIGH }
""",
            (
                "LIMIT",
                "Client",
                "Client.size",
                "Client.name",
                "Client.send",
                "Client.open",
                "Level",
                "Level.LOW",
                "Level.HIGH",
            ),
        ),
    ),
)
