"""Ruby: https://docs.ruby-lang.org/"""

from __future__ import annotations

from bot.domain import Tree
from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import module_from_path

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_ruby", "language"),),
    query="""
[(class name: [(constant) @name (scope_resolution name: (_) @name)])
 (module name: [(constant) @name (scope_resolution name: (_) @name)])] @class
(superclass (_) @base)
(method name: (_) @name parameters: (_)? @parameters) @function
(singleton_method object: (self) name: (_) @name parameters: (_)? @parameters) @function @public
((call method: (_) @modifiers arguments: (argument_list
  (method name: (_) @name parameters: (_)? @parameters) @function)) (#any-of? @modifiers "private" "protected"))
(body_statement ((identifier) @access (#any-of? @access "private" "protected" "public")))
(singleton_class) @scope
(assignment left: (constant) @name right: (_) @value) @constant
((call !receiver method: (_) @_attr arguments: (argument_list (simple_symbol) @name @attribute))
  (#any-of? @_attr "attr_accessor" "attr_reader" "attr_writer"))

(method_parameters (identifier) @parameter)
(method_parameters (optional_parameter name: (_) @parameter.name value: (_) @parameter.default) @parameter)
(method_parameters (keyword_parameter name: (_) @parameter.name value: (_)? @parameter.default)
  @parameter @parameter.keyword)
(method_parameters [(splat_parameter) (hash_splat_parameter) (block_parameter)] @parameter @parameter.rest)

(comment) @comment
[(string) (regex) (heredoc_body)] @string
((assignment left: (identifier) @variable right: (call receiver: (constant) @variable.class method: (_) @_new))
  (#eq? @_new "new"))
""",
    public_pattern=r"^(?!private|protected)",
    constructor="initialize",
    separators=r"&?\.|::|#",
    keyword_suffix=r":(?!:)",
)


def _gem(path: str, tree: Tree) -> str | None:
    """Return the top-level folder of the library: Ruby modules are open, so files share them."""
    name = module_from_path(path, tree)
    return name.partition(".")[0] if name else None


RUBY = language_from_grammar(
    "Ruby",
    _GRAMMAR,
    _gem,
    suffixes=(".rb",),
    comments=CommentSyntax((b"#",), ("yard",)),
    fences=("ruby", "rb"),
    examples=(
        LanguageExample(
            """\
module Net
  LIMIT = 3
  class Client < Base
    attr_reader :name
    def initialize(size = 4); end
    def send_body(body, depth: 1); inner = 1; end
    def self.open(url); end
    private
    def hidden; end
  end
end
""",
            ("Net", "Net.LIMIT", "Net.Client", "Net.Client.name", "Net.Client.send_body", "Net.Client.open"),
        ),
    ),
)
