"""C and C++: https://en.cppreference.com/. Only headers define public symbols."""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_clause, module_from_path

_DECLARED = """[
  (function_declarator declarator: [(identifier) (field_identifier)] @name parameters: (_) @parameters)
  (pointer_declarator declarator: (function_declarator
    declarator: [(identifier) (field_identifier)] @name parameters: (_) @parameters))]"""

_C = f"""
(function_definition declarator: {_DECLARED}) @function
(declaration declarator: {_DECLARED}) @function
[(struct_specifier name: (_) @name body: (_)) (union_specifier name: (_) @name body: (_))
 (enum_specifier name: (_) @name body: (_))] @class
(type_definition type: [(struct_specifier !name) (union_specifier !name) (enum_specifier !name) (primitive_type)
  (type_identifier) (sized_type_specifier)] declarator: (type_identifier) @name) @class
(type_definition type: [(struct_specifier name: (_)) (enum_specifier name: (_))]
  declarator: (type_identifier) @name @class)
(field_declaration declarator: [(field_identifier) @name (pointer_declarator declarator: (field_identifier) @name)
  (array_declarator declarator: (field_identifier) @name)]) @attribute
(enumerator name: (_) @name value: (_)? @value) @attribute @public
(preproc_def name: (_) @name value: (_) @value) @constant
(preproc_function_def name: (_) @name parameters: (_) @parameters) @function
(declaration (type_qualifier) declarator: (init_declarator declarator: (identifier) @name value: (_) @value)) @constant
(compound_statement) @hidden

(preproc_params (identifier) @parameter)
(parameter_list (parameter_declaration type: (_) @parameter.type declarator: [(identifier) @parameter.name
  (pointer_declarator declarator: (identifier) @parameter.name)
  (array_declarator declarator: (identifier) @parameter.name)]) @parameter)

(comment) @comment
[(string_literal) (char_literal) (system_lib_string)] @string
(declaration type: (type_identifier) @variable.class declarator: [(identifier) @variable
  (init_declarator declarator: (identifier) @variable) (pointer_declarator declarator: (identifier) @variable)])
"""

_CPP = f"""
(class_specifier "class" @access name: [(type_identifier) @name (template_type name: (_) @name)] body: (_)) @class
(field_declaration_list (access_specifier) @access)
(field_declaration declarator: {_DECLARED}) @function
(base_class_clause [(type_identifier) (qualified_identifier) (template_type name: (_))] @base)
(alias_declaration name: (_) @name) @class
((namespace_definition name: (_) @_private) @hidden (#match? @_private "^(detail|details|internal|impl)$"))
(lambda_expression) @hidden
(parameter_list (parameter_declaration type: (_) @parameter.type
  declarator: (reference_declarator (identifier) @parameter.name)) @parameter)
(parameter_list (optional_parameter_declaration type: (_) @parameter.type declarator: [(identifier) @parameter.name
  (pointer_declarator declarator: (identifier) @parameter.name)
  (reference_declarator (identifier) @parameter.name)] default_value: (_) @parameter.default) @parameter)
(raw_string_literal) @string
"""

_ONLY_C = "(parameter_list (variadic_parameter) @parameter @parameter.rest)"

_GRAMMAR_C = Grammar(
    dialects=(("tree_sitter_c", "language"),), query=_C + _ONLY_C, separators=r"\.|->", is_positional=True
)
_GRAMMAR = Grammar(
    dialects=(("tree_sitter_cpp", "language"),),
    query=_C + _CPP,
    public_pattern=r"^(?!class|private|protected)",
    separators=r"\.|->|::",
    is_positional=True,
)

_DOXYGEN = CommentSyntax((b"///", b"//!", b"/**", b"/*!"), ("doxygen",))

CPP = language_from_grammar(
    "C++",
    _GRAMMAR,
    module_from_clause(r"^\s*namespace\s+(?!detail|internal|impl|std\b)(\w+(?:::\w+)*)\s*\{"),
    comments=_DOXYGEN,
    suffixes=(".h", ".hpp", ".hh", ".hxx", ".cpp", ".cc", ".cxx", ".ipp"),
    fences=("cpp", "c++", "cc", "cxx", "hpp", "h", "c"),
    is_private=lambda path: path.endswith((".cpp", ".cc", ".cxx")),
    examples=(
        LanguageExample(
            """\
#define LIMIT 3
namespace net {
class Client : public Base {
  int inner;
 public:
  Client(int size = 4);
  void send(const char *body, int depth = 1);
  int state;
 private:
  void hidden();
};
enum class Level { Low = 1, High };
int run(const Client &c);
namespace detail { int near(); }
}
""",
            ("LIMIT", "Client", "Client.send", "Client.state", "Level", "Level.Low", "Level.High", "run"),
        ),
        LanguageExample(
            """\
#ifndef A_H
#define A_H
typedef struct { int size; } walk_t;
walk_t *walk_new(int size, ...);
#endif
""",
            ("walk_t", "walk_t.size", "walk_new"),
        ),
    ),
)

C = language_from_grammar(
    "C",
    _GRAMMAR_C,
    module_from_path,
    comments=_DOXYGEN,
    suffixes=(".c",),
    fences=("c",),
    is_private=lambda path: True,
    examples=(
        LanguageExample(
            """\
#define LIMIT 3
struct walk { int size; };
int run(struct walk *w, int depth) { int inner = 1; return 1; }
""",
            ("LIMIT", "walk", "walk.size", "run"),
        ),
    ),
)
