"""JavaScript: https://tc39.es/ecma262/, with JSX and Node's modules: https://nodejs.org/api/modules.html"""

from __future__ import annotations

from bot.languages.comments import CommentSyntax
from bot.languages.from_grammar import language_from_grammar
from bot.languages.grammar import Grammar
from bot.languages.language import LanguageExample
from bot.languages.modules import PackageManifest

NPM = PackageManifest(
    "package.json",
    name=r'^(?:\{\s*|\t|\s{1,4})"name"\s*:\s*"([^"]+)"',
    main=r'^(?:\{\s*|\t|\s{1,4})"main"\s*:\s*"([^"]+)"',
)

QUERY = r"""
(function_declaration name: (_) @name parameters: (_) @parameters) @function
(generator_function_declaration name: (_) @name parameters: (_) @parameters) @function
(variable_declarator name: (identifier) @name value: [
  (arrow_function parameters: (_) @parameters) (function_expression parameters: (_) @parameters)]) @function
(variable_declarator name: (identifier) @name value: (class)) @class
(variable_declarator name: (identifier) @name value: [(number) (string) (template_string) (true) (false) (null) (array)
  (object) (unary_expression) (binary_expression) (new_expression) (identifier)] @value) @constant
(variable_declarator name: (identifier) @owner
  value: (object (pair key: (property_identifier) @name value: (_) @value) @attribute))
[(arrow_function) (function_expression) (for_statement) (for_in_statement) (while_statement)] @hidden

; X.prototype.send = function () {}; X.create = () => {}
((assignment_expression left: (member_expression object: (member_expression object: (identifier) @owner
    property: (_) @_p) property: (property_identifier) @name) right: [
  (function_expression parameters: (_) @parameters) (arrow_function parameters: (_) @parameters)]) @function
  (#eq? @_p "prototype"))
((assignment_expression left: (member_expression object: (identifier) @owner property: (property_identifier) @name)
  right: [(function_expression parameters: (_) @parameters) (arrow_function parameters: (_) @parameters)]) @function
  (#not-any-of? @owner "module" "exports"))

; exports.send = function () {}; module.exports.LIMIT = 3; module.exports = { LIMIT: 3, send }
((assignment_expression left: (member_expression object: (_) @_e property: (property_identifier) @name @export) right: [
  (function_expression parameters: (_) @parameters) (arrow_function parameters: (_) @parameters)]) @function
  (#any-of? @_e "exports" "module.exports"))
((assignment_expression left: (member_expression object: (_) @_e property: (property_identifier) @name @export) right: [
  (number) (string) (true) (false) (null) (array) (object)] @value) @constant
  (#any-of? @_e "exports" "module.exports"))
((assignment_expression left: (_) @_e right: (function_expression name: (_) @name @export parameters: (_) @parameters))
  @function (#eq? @_e "module.exports"))
((assignment_expression left: (_) @_e right: (object
  (pair key: (property_identifier) @name @export value: [(number) (string) (true) (false) (null)] @value) @constant))
  (#eq? @_e "module.exports"))
((assignment_expression left: (member_expression) @_e right: [(identifier) @export (object [
  (shorthand_property_identifier) @export (pair value: (identifier) @export)])])
  (#match? @_e "^(module\\.)?exports(\\.|$)"))

(export_statement !source declaration: (_ name: (_) @export))
(export_statement !source declaration: (_ (variable_declarator name: (identifier) @export)))
(export_statement !source (export_clause (export_specifier name: (_) @export !alias)))
(export_statement !source [value: (identifier) (identifier)] @export)
(export_statement (export_clause (export_specifier name: (_) @name alias: (_)? @local)) source: (_) @source) @reexport
(export_statement "*" @star source: (_) @source) @reexport
(import_statement (import_clause (identifier) @module) source: (_) @source)
(import_statement (import_clause (namespace_import (identifier) @module)) source: (_) @source)
(import_statement (import_clause (named_imports (import_specifier name: (_) @name alias: (_)? @local)))
  source: (_) @source)
((variable_declarator name: (identifier) @module
  value: (call_expression function: (_) @_r arguments: (arguments . (string) @source))) (#eq? @_r "require"))
((variable_declarator name: (object_pattern [(shorthand_property_identifier_pattern) @name
    (pair_pattern key: (_) @name value: (identifier) @local)])
  value: (call_expression function: (_) @_r arguments: (arguments . (string) @source))) (#eq? @_r "require"))

[(comment) (jsx_text)] @comment
[(string) (template_string) (regex)] @string
(variable_declarator name: (identifier) @variable value: [(new_expression constructor: (identifier) @variable.class)
  (await_expression (new_expression constructor: (identifier) @variable.class))])
((variable_declarator name: (identifier) @variable value: (call_expression function: (_) @_f)) (#not-eq? @_f "require"))
"""

_ONLY_HERE = """
(class_declaration name: (_) @name) @class
(class_heritage (_) @base)
(method_definition name: [(property_identifier) (string)] @name parameters: (_) @parameters) @function
(field_definition property: (property_identifier) @name value: (_)? @value) @attribute
(formal_parameters (identifier) @parameter)
(formal_parameters (assignment_pattern left: (identifier) @parameter.name right: (_) @parameter.default) @parameter)
(formal_parameters [(rest_pattern) (object_pattern) (array_pattern) (assignment_pattern left: (object_pattern))]
  @parameter @parameter.rest)
"""

_GRAMMAR = Grammar(
    dialects=(("tree_sitter_javascript", "language"),),
    query=QUERY + _ONLY_HERE,
    has_exports=True,
    constructor="constructor",
    separators=r"\??\.",
    keyword_suffix=r"\s*:(?!:)",
)

JAVASCRIPT = language_from_grammar(
    "JavaScript",
    _GRAMMAR,
    NPM.module,
    suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    comments=CommentSyntax((b"/**",), ("jsdoc",)),
    fences=("js", "javascript", "jsx", "mjs", "cjs", "node", "ts", "typescript", "tsx"),
    is_package=NPM.is_entry,
    stub_suffixes=(".mjs", ".cjs"),
    examples=(
        LanguageExample(
            """\
export const LIMIT = 3;
export function send(url, timeout = 5) { const inner = 1; return url; }
export class Client extends Base { limit = 3; get(url) { return url; } }
""",
            ("LIMIT", "send", "Client", "Client.limit", "Client.get"),
        ),
        LanguageExample(
            """\
function Reply (res) {}
Reply.prototype.send = function (body) { return this }
const defaults = { limit: 3 }
module.exports = { Reply, defaults, code: 7 }
""",
            ("Reply", "Reply.send", "defaults", "defaults.limit", "code"),
        ),
    ),
)
