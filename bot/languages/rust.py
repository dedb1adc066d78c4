"""Rust: https://doc.rust-lang.org/reference/"""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import PackageManifest

_CARGO = PackageManifest("Cargo.toml", name=r'^name\s*=\s*"([^"]+)"', entries=("lib", "main", "mod"), dash="_")

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_rust", "language"),),
    query="""
(function_item (visibility_modifier)? @modifiers name: (_) @name parameters: (_) @parameters
  return_type: (_)? @returns) @function
(function_signature_item name: (_) @name parameters: (_) @parameters return_type: (_)? @returns) @function
[(struct_item (visibility_modifier)? @modifiers name: (_) @name)
 (union_item (visibility_modifier)? @modifiers name: (_) @name)
 (type_item (visibility_modifier)? @modifiers name: (_) @name)] @class
[(trait_item (visibility_modifier)? @modifiers name: (_) @name)
 (enum_item (visibility_modifier)? @modifiers name: (_) @name)] @interface
(enum_variant name: (_) @name value: (_)? @value) @attribute
(field_declaration (visibility_modifier)? @modifiers name: (_) @name) @attribute
(const_item (visibility_modifier)? @modifiers name: (_) @name value: (_)? @value) @constant
(static_item (visibility_modifier)? @modifiers name: (_) @name value: (_)? @value) @constant
(impl_item !trait type: [(type_identifier) @owner (generic_type type: (type_identifier) @owner)]) @scope
(impl_item trait: (_)) @hidden
((mod_item name: (_) @_tests) @hidden (#match? @_tests "^tests?$"))
(trait_bounds (type_identifier) @base)

(parameters (parameter pattern: (_) @parameter.name type: (_) @parameter.type) @parameter)

(use_declaration (visibility_modifier)? @reexport argument: [(scoped_identifier path: (_) @source name: (_) @name)
  (use_as_clause path: (scoped_identifier path: (_) @source name: (_) @name) alias: (_) @local)
  (use_as_clause path: [(identifier) (crate)] @source alias: (_) @module)
  (use_wildcard (_) @source) @star
  (scoped_use_list path: (_) @source list: (use_list (identifier) @name))
  (scoped_use_list path: (_) @source list: (use_list (use_as_clause path: (_) @name alias: (_) @local)))])
[(line_comment) (block_comment)] @comment
[(string_literal) (raw_string_literal) (char_literal)] @string
(let_declaration pattern: (identifier) @variable value: (struct_expression name: (type_identifier) @variable.class))
((let_declaration pattern: (identifier) @variable value: (call_expression
  function: (scoped_identifier path: (identifier) @variable.class name: (_) @_new)))
  (#match? @_new "^(new|default|from|builder)"))
(let_declaration pattern: (identifier) @variable type: (type_identifier) @variable.class)
(let_declaration pattern: (identifier) @variable !type value: [(call_expression) (try_expression) (macro_invocation)])
""",
    public_pattern=r"^pub [^(]",
    separators=r"\.|::",
    keyword_suffix=r":(?!:)",
    is_positional=True,
)


RUST = language_from_grammar(
    "Rust",
    _GRAMMAR,
    _CARGO.module,
    suffixes=(".rs",),
    comments=CommentSyntax((b"///", b"/**"), ("list",)),
    fences=("rust", "rs", "rust,no_run", "rust,ignore"),
    is_package=_CARGO.is_entry,
    examples=(
        LanguageExample(
            """\
pub const LIMIT: usize = 3;

pub struct Walk<T> { pub depth: usize, inner: T }

impl<T> Walk<T> {
    pub fn new(path: &str, depth: usize) -> Self { todo() }
    fn hidden(&self) {}
}

pub fn run() {}

pub(crate) fn near() {}
""",
            ("LIMIT", "Walk", "Walk.depth", "Walk.new", "run"),
        ),
        LanguageExample(
            """\
pub enum Level { Low = 1, High(u8) }

pub trait Run { fn run(&self, times: u8) -> u8; }

impl Run for Level { fn run(&self, times: u8) -> u8 { 1 } }

#[cfg(test)]
mod tests { pub fn t() {} }
""",
            ("Level", "Level.Low", "Level.High", "Run", "Run.run"),
        ),
    ),
)
