"""Detect the kind of a file's content from its name: prose, code, settings or other."""

from __future__ import annotations

import re
from enum import Enum

from bot.text.file_classes.words import words

CODE_SUFFIXES = words(
    ".py .pyi .pyx .pxd .js .jsx .mjs .cjs .ts .tsx .mts .cts .go .rs .java .kt .kts .scala .groovy .c .h .cc .cpp "
    ".cxx .hpp .hh .hxx .ipp .cs .fs .vb .rb .php .swift .m .mm .dart .lua .pl .pm .r .jl .ex .exs .erl .hrl .hs "
    ".ml .mli .clj .cljs .elm .zig .nim .v .d .sh .bash .zsh .fish .ps1 .vim .sql .proto .graphql .vue .svelte .hbs "
    ".erb .css .scss .sass .less .tf .nix .jinja .jinja2 .j2 .tmpl .tpl .haml .slim .ejs .pug .liquid .mustache "
    ".twig .ftl .jsp .cshtml .razor .xaml .astro .coffee .rego .cmake .mk .bzl .star .nu .f .f90 .pas .lisp .el .scm "
    ".rkt .cr .sol .cu .glsl .s .asm .awk .tcl .bat .cmd .psm1 .sv .svh .vhd .gleam .raku .ada .adb .cob .rake .gemspec"
)
PROSE_SUFFIXES = words(".md .mdx .markdown .rst .adoc .asciidoc .asc .ipynb .org .pod .textile .rdoc .txt")
SETTINGS_SUFFIXES = words(".toml .cfg .ini .yaml .yml .json .json5 .jsonc .properties .gradle")

_MANIFESTS = words(
    "setup.py go.mod gemfile dockerfile containerfile makefile gnumakefile rakefile justfile cmakelists.txt pipfile "
    "procfile meson.build requirements.txt constraints.txt"
)
_PROSE_NAME = re.compile(
    r"(?i:readme|changelog|licen[sc]e)(?:[-_].*)?|README.*|(?:INSTALL|CHANGES|NEWS|HISTORY|AUTHORS|COPYING|NOTICE|TODO"
    r"|CONTRIBUTING|MAINTAINERS|CONTRIBUTORS|THANKS|CREDITS|COPYRIGHT|PATENTS|CODEOWNERS|OWNERS|UNLICENSE|HACKING)(?:[-_].*)?"
)
"""File names of prose without a suffix; most are in capitals by convention."""


class FileKind(Enum):
    """The kind of a file's content."""

    PROSE = "prose"
    CODE = "code"
    SETTINGS = "settings"
    OTHER = "other"


def kind_of(path: str) -> FileKind:
    """Return the kind of a file's content, by its name."""
    name = path.rpartition("/")[2].lower()
    stem, dot, suffix = name.rpartition(".")
    if name in _MANIFESTS or (suffix == "txt" and ("requirements" in stem or "constraints" in stem)):
        return FileKind.SETTINGS
    if not dot or not stem:
        return FileKind.PROSE if _PROSE_NAME.fullmatch(path.rpartition("/")[2]) else FileKind.OTHER
    if "." + suffix in PROSE_SUFFIXES:
        return FileKind.PROSE
    if "." + suffix in CODE_SUFFIXES:
        return FileKind.CODE
    return FileKind.SETTINGS if "." + suffix in SETTINGS_SUFFIXES else FileKind.OTHER
