"""C#: https://learn.microsoft.com/dotnet/csharp/language-reference/"""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_clause

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_c_sharp", "language"),),
    query="""
[(class_declaration (modifier)* @modifiers name: (_) @name)
 (struct_declaration (modifier)* @modifiers name: (_) @name)
 (record_declaration (modifier)* @modifiers name: (_) @name (parameter_list)? @parameters)] @class
[(interface_declaration (modifier)* @modifiers name: (_) @name)
 (enum_declaration (modifier)* @modifiers name: (_) @name)] @interface
(delegate_declaration (modifier)* @modifiers name: (_) @name parameters: (_) @parameters) @function
(method_declaration (modifier)* @modifiers returns: (_) @returns name: (_) @name parameters: (_) @parameters) @function
(constructor_declaration (modifier)* @modifiers name: (_) @name parameters: (_) @parameters) @function
(property_declaration (modifier)* @modifiers name: (_) @name value: (_)? @value) @attribute
(field_declaration (modifier)* @modifiers
  (variable_declaration (variable_declarator name: (_) @name . (_)? @value))) @attribute
(event_field_declaration (modifier)* @modifiers (variable_declaration (variable_declarator name: (_) @name))) @attribute
(enum_member_declaration name: (_) @name value: (_)? @value) @attribute
(base_list (_) @base)

(parameter_list (parameter type: (_)? @parameter.type name: (_) @parameter.name . (_)? @parameter.default) @parameter)

(using_directive !name (_) @source) @star
(comment) @comment
[(string_literal) (verbatim_string_literal) (raw_string_literal) (character_literal)
 (interpolated_string_expression)] @string
(variable_declaration (variable_declarator name: (_) @variable (object_creation_expression type: (_) @variable.class)))
(variable_declaration type: (identifier) @variable.class (variable_declarator name: (_) @variable))
""",
    public_pattern=r"\b(public|protected)\b",
    separators=r"[?!]?\.",
    keyword_suffix=r":(?!:)",
)

CSHARP = language_from_grammar(
    "C#",
    _GRAMMAR,
    module_from_clause(r"^\s*namespace\s+([\w.]+)"),
    suffixes=(".cs",),
    comments=CommentSyntax((b"///", b"/**"), ("xml",)),
    fences=("csharp", "cs", "c#"),
    examples=(
        LanguageExample(
            """\
namespace Net;

public class Client : Base {
  public const int Limit = 3;
  private int inner;
  public string Name { get; set; }
  public Client(int size) {}
  public int Send(string body, int depth = 1) { var x = 1; return x; }
  internal void Near() {}
}

public enum Level { Low = 1, High }
""",
            ("Client", "Client.Limit", "Client.Name", "Client.Send", "Level", "Level.Low", "Level.High"),
        ),
        LanguageExample(
            """\
public interface IRunner { int Run(int times); }
""",
            ("IRunner", "IRunner.Run"),
        ),
    ),
)
