"""Classification of files by path, siblings, content, attributes and settings."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.agents.document_update.doc_comments import doc_comment_formats
from bot.agents.impact.changed_terms import role as impact_role
from bot.agents.impact.scope import load_documents
from bot.agents.rag_management.files import chunker_for
from bot.agents.security_review.guards import GUARDS
from bot.agents.security_review.guards.detection import find_removed_guards
from bot.agents.security_review.scanners.policies import is_non_production
from bot.domain import Blob, Change
from bot.formats import FORMATS, NAVIGATION
from bot.formats.living import find_living_documents, format_of
from bot.languages import LANGUAGES
from bot.languages.program import role
from bot.languages.scope import language_of
from bot.languages.symbol_table import SymbolTable
from bot.search.index import indexable_files
from bot.text.file_classes import FileClass, FileClasses, Overrides, classes_of, classify_change, classify_path
from bot.text.file_classes.kinds import CODE_SUFFIXES, PROSE_SUFFIXES
from bot.text.file_classes.rules import RULES
from tests.core.file_classes import PATHS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "# Use\n\nCall `fetch`.\n"
NEVER_EDITED = {FileClass.RECORD, FileClass.VERSION, FileClass.TRANSLATION, FileClass.GENERATED, FileClass.VENDORED}


def class_of(
    path: str, text: str = PAGE, beside: Mapping[str, str] | None = None, *globs: tuple[str, FileClass]
) -> str:
    """Return the class of a file in a tree."""
    tree = {name: Blob.of(content) for name, content in {**(beside or {}), path: text}.items()}
    return FileClasses(tree, Overrides(globs)).of(path).file_class.value


def test_the_table_has_enough_paths() -> None:
    assert len({path for _, path in PATHS}) == len(PATHS) >= 250


@pytest.mark.parametrize(("expected", "path"), PATHS)
def test_a_path_has_its_class(expected: str, path: str) -> None:
    found = classify_path(path)
    assert found.file_class.value == expected, found.reason


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_matches_its_examples_and_not_its_counterexamples(rule: object) -> None:
    assert isinstance(rule, type(RULES[0]))
    assert rule.examples
    assert rule.counterexamples
    assert [path for path in rule.examples if classify_path(path).reason != rule.name] == []
    assert [path for path in rule.counterexamples if classify_path(path).reason == rule.name] == []


def test_the_table_has_every_class_and_every_format_is_prose() -> None:
    assert {expected for expected, _ in PATHS} == {each.value for each in FileClass}
    assert {suffix for form in FORMATS for suffix in form.suffixes} <= PROSE_SUFFIXES
    assert {suffix for language in LANGUAGES for suffix in language.suffixes} <= CODE_SUFFIXES


# ------------------------------------------------------------------ siblings


@pytest.mark.parametrize(
    ("path", "beside", "expected"),
    [
        ("docs/v1/a.md", ["docs/v2/a.md"], "version"),
        ("docs/v2/a.md", ["docs/v1/a.md"], "document"),
        ("docs/v10/a.md", ["docs/v9/a.md"], "document"),
        ("docs/v2/a.md", ["docs/v2beta1/a.md"], "document"),
        ("docs/v2beta1/a.md", ["docs/v2/a.md"], "version"),
        ("docs/1.x/a.md", ["docs/1.9/a.md"], "document"),
        ("docs/1.0/a.md", ["docs/next/a.md"], "version"),
        ("docs/v2/a.md", ["docs/latest/b.md"], "version"),
        ("docs/v2/a.md", ["docs/a.md"], "version"),
        ("docs/api/v1/users.md", ["docs/api/intro.md"], "document"),
        ("v2/README.md", ["v2/client.go", "v3/client.go", "README.md"], "document"),
        ("docs/v1/a.md", ["docs/v1/examples/a.py", "docs/v2/a.md"], "version"),
        ("docs/guide.ko.md", ["docs/guide.md"], "translation"),
        ("docs/guide-it.md", ["docs/guide.md"], "translation"),
        ("docs/guide_no.md", ["docs/guide.md"], "translation"),
        ("docs/guide_no.md", ["docs/other.md"], "document"),
        ("docs/how-to-do-it.md", ["docs/how-to.md"], "document"),
        ("docs/to_json.md", ["docs/to.md"], "document"),
        ("docs/ko.md", ["docs/ja.md"], "document"),
        ("i18n/ko.md", ["i18n/en.md"], "translation"),
        ("docs/it/guide.md", ["docs/en/guide.md"], "translation"),
        ("docs/it/guide.md", ["docs/guide.md"], "translation"),
        ("docs/it/guide.md", ["docs/hr/policy.md"], "document"),
        ("docs/em/guide.md", ["docs/en/guide.md"], "translation"),
        ("docs/em/guide.md", ["docs/guide.md"], "document"),
        ("docs/en/guide.md", ["docs/de/guide.md"], "document"),
        ("README.zh-CN.md", ["README.md"], "translation"),
        ("README_CN.md", ["README.md"], "translation"),
        ("pkg/de/README.md", ["pkg/de/grammar.py"], "document"),
        ("docs/api/index.html.md", ["docs/api/objects.inv", "docs/api/index.html"], "build_output"),
        ("doc/man.go", ["a.go"], "program"),
        ("doc/man.go", ["doc/guide.md"], "example"),
        ("docs/man.go", ["a.go"], "example"),
    ],
)
def test_siblings_decide_if_a_path_does_not(path: str, beside: list[str], expected: str) -> None:
    assert class_of(path, PAGE, dict.fromkeys(beside, "")) == expected


# ------------------------------------------------------------------ content

GENERATED = [
    "<!-- generated hash:cafc sources:Runner -->\n\n# Functions\n",
    "# Config\n\nThis page is generated from the schema.\n",
    "[comment]: <> (Code generated by mdatagen. DO NOT EDIT.)\n\n# sample\n",
    "<!-- GENERATED by gen.py: DO NOT EDIT THIS FILE.\n     Edit the list itself, it is rebuilt. -->\n# Index\n",
    "<!-- Generated by tools/gen.py. DO NOT EDIT. -->\n\n# API\n",
    "<!-- Do not edit this file. It is a report generated by make api. -->\n# API\n",
    "# API\n\n<!-- This page was auto-generated from the source; do not modify. -->\n",
    "<!--\n  AUTO-GENERATED by the CLI\n-->\n# CLI\n",
    "---\ntitle: A\n# This file is generated, do not edit\n---\n# A\n",
    "---\ngenerated: true\n---\n# A\n",
    '[//]: # (Code generated by gen. DO NOT EDIT.)\n\n# "A"\n',
    "## API Report File for 'x'\n\n> Do not edit this file. It is a report generated by [API Extractor](https://x/).\n",
    "# Reference\n\n*This file is automatically generated. Please do not edit it by hand.*\n",
    "\ufeff<!-- Generated by x. Do not edit. -->\r\n# A\r\n",
    "{/* This file is generated automatically. Do not edit. */}\n\n# A\n",
    "<!-- @generated -->\n# A\n",
    "> **Warning**\n>\n> ## THIS IS AN AUTOGENERATED FILE. DO NOT EDIT.\n\n# A\n",
    "## tool run\n\nRuns.\n\n### SEE ALSO\n\n* [tool](tool.md)\n\n###### Auto generated by spf13/cobra on 1-Jan-2020\n",
]
WRITTEN = [
    "# Names\n\n```\n# Dynamic file generated by resolvconf(8)\n# DO NOT EDIT THIS FILE BY HAND\n```\n",
    "# A\n\n<div>The compatibility table in this page is generated from structured data.</div>\n",
    "<!-- status autogenerated section -->\n# Receiver\n\n<!-- end autogenerated section -->\n",
    "# Art\n\nEverything on this page is generated at runtime by `art.ts`.\n",
    "# A\n\nThe client is generated by OpenAPI Generator. Do not edit its files.\n",
    "<!-- START doctoc generated TOC please keep comment here to allow auto update -->\n"
    "<!-- DON'T EDIT THIS SECTION, INSTEAD RE-RUN doctoc TO UPDATE -->\n# A\n",
    "# A\n\n<!-- The table below is generated by make docs; do not edit. -->\n| a |\n|---|\n",
    "# A\n\n<!-- BEGIN_TF_DOCS -->\ngenerated\n<!-- END_TF_DOCS -->\n",
    "# Code generation\n\nFiles that are auto-generated begin with `@generated`.\n",
    "# A\n\n" + "Text.\n\n" * 50 + "<!-- Generated by x. Do not edit. -->\n",
    "# A\n\nThis page shows how reports are generated by the server.\n",
    "---\ntitle: Generated columns\n---\n# A\n",
    "# Lock files\n\nDo not edit this file, `go.sum`: it is written by go.\n",
]


@pytest.mark.parametrize("text", GENERATED)
def test_a_page_with_a_notice_is_generated(text: str) -> None:
    assert class_of("docs/a.md", text) == "generated"


@pytest.mark.parametrize("text", WRITTEN)
def test_a_page_about_generation_is_not_generated(text: str) -> None:
    assert class_of("docs/a.md", text) == "document"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("docs/a.rst", ".. This file is auto-generated; do not edit.\n\nA\n=\n", "generated"),
        (
            "docs/a.adoc",
            "////\n  Do NOT edit this file by hand, as it is automatically generated.\n////\n= A\n",
            "generated",
        ),
        ("docs/a.adoc", "// Generated by x. Do not edit.\n= A\n", "generated"),
        ("a.go", "// Code generated by mockgen. DO NOT EDIT.\n\npackage a\n", "generated"),
        ("a.cs", "//------\n// <auto-generated>\n//     by a tool.\n// </auto-generated>\n", "generated"),
        ("a.py", '"""Client.\n\nThis file was automatically generated. Do not edit.\n"""\n', "program"),
        ("a.py", "# This file was automatically generated by SWIG\n# Do not make changes.\n", "generated"),
        ("a.ts", "/**\n * @generated by protobuf-ts\n */\nexport {}\n", "generated"),
        ("settings.py", "# Generated by 'django-admin startproject' using Django 5.\n", "program"),
        ("a.py", "# Do not edit the region below, it is generated by cog.\n", "program"),
        ("a.py", "def generated_by(x):\n    return x  # do not edit\n", "program"),
        ("docs/a.md", "---\nlayout: post\ntitle: A\n---\n# A\n", "record"),
        ("docs/a.md", "---\nstatus: superseded\n---\n# A\n", "record"),
        ("docs/a.md", "---\narchived: true\n---\n# A\n", "record"),
        ("docs/a.md", "# 3. Use X\n\n## Status\n\nAccepted\n\n## Decision\n\nX.\n", "record"),
        ("docs/a.md", "# Changes of x\n\n## [1.1.0] - 2020-01-02\n\n- a\n\n## 1.0.0 (2020-01-01)\n\n- b\n", "record"),
        ("docs/a.rst", "Old\n===\n\n1.1.0 (2020-01-02)\n------------------\n\n* a\n\n1.0.0\n-----\n", "record"),
        ("docs/a.md", "# A\n\n## Unreleased\n\n## v2.0.0\n\n### Added\n\n### Fixed\n\n### Removed\n", "record"),
        ("docs/a.md", "# Tool\n\n## Use\n\n## Changes\n\n### 1.1.0\n\n### 1.0.0\n", "document"),
        ("docs/a.md", "# Tool\n\n## 1.1 Setup\n\n## 1.2 Use\n", "document"),
        ("docs/a.md", "# Tool\n\n```\n# 1.1.0\n# 1.0.0\n```\n", "document"),
        ("docs/a.md", "# Status\n\n## Status\n\nThe status of a job.\n", "document"),
    ],
)
def test_the_head_of_a_file_decides_if_its_path_does_not(path: str, text: str, expected: str) -> None:
    assert class_of(path, text) == expected


# ------------------------------------------------------------------ declarations


@pytest.mark.parametrize(
    ("attributes", "path", "expected"),
    [
        ("docs/api/** linguist-generated\n", "docs/api/a.md", "generated"),
        ("docs/api/** linguist-generated=true\n", "docs/api/b/a.md", "generated"),
        ("*.md linguist-generated=false\n", "docs/generated/a.md", "document"),
        ("lib/* linguist-vendored\n", "lib/a.py", "vendored"),
        ("vendor/** -linguist-vendored\n", "vendor/a.py", "program"),
        ("vendor/** -linguist-vendored\n", "vendor/CHANGELOG.md", "record"),
        ("help/** linguist-documentation\n", "help/a.py", "example"),
        ("docs/** -linguist-documentation\n", "docs/a.py", "program"),
        ("docs/* linguist-documentation\n", "docs/changelog.md", "record"),
        ("* linguist-vendored\nown/** !linguist-vendored\n", "own/a.py", "program"),
        ("* linguist-vendored\nown/** -linguist-vendored\n", "own/a.py", "program"),
        ("*.md text eol=lf\n# *.md linguist-vendored\n", "docs/a.md", "document"),
        ('"docs/a b.md" linguist-generated\n', "docs/a b.md", "generated"),
        ("linguist-generated\n[attr]x linguist-generated\n\x00\n", "docs/a.md", "document"),
    ],
)
def test_git_attributes_declare_classes(attributes: str, path: str, expected: str) -> None:
    assert class_of(path, PAGE, {".gitattributes": attributes}) == expected


def test_the_nearest_attributes_take_precedence() -> None:
    beside = {".gitattributes": "*.md linguist-generated\n", "docs/.gitattributes": "*.md -linguist-generated\n"}
    assert class_of("docs/a.md", PAGE, beside) == "document"
    assert class_of("a.md", PAGE, beside) == "generated"


def test_settings_take_precedence_and_the_longest_glob_decides() -> None:
    globs = (("docs/**", FileClass.RECORD), ("docs/changes.md", FileClass.DOCUMENT))
    attributes = {".gitattributes": "* linguist-generated\n"}

    assert class_of("docs/a.md", PAGE, attributes, *globs) == "record"
    assert class_of("docs/changes.md", GENERATED[0], attributes, *globs) == "document"
    assert class_of("a.md", PAGE, attributes, *globs) == "generated"


# ------------------------------------------------------------------ consumers


def _tree_of_all_paths() -> dict[str, Blob]:
    heads = dict(enumerate([*GENERATED, *WRITTEN]))
    tree = {path: Blob.of("def fetch(url):\n    return url\n" if path.endswith(".py") else PAGE) for _, path in PATHS}
    return tree | {f"handbook/{number}.md": Blob.of(text) for number, text in heads.items()}


def test_all_consumers_agree() -> None:
    tree = _tree_of_all_paths()
    change = classify_change(Change.between({}, tree))
    classes = classes_of(change.head)
    documented = {path for path in tree if classes.of(path).file_class is FileClass.DOCUMENT}
    readable = {path for path in documented if format_of(path, FORMATS) is not None}
    program = {path for path in tree if classes.by_path(path).file_class is FileClass.PROGRAM}

    edited = find_living_documents(change.head, (*FORMATS, *NAVIGATION))
    assert {path for path, form in edited.items() if not form.is_navigation} == readable  # edits and notices of rules
    assert set(load_documents(change.head, FORMATS, {})) == readable  # notices of the ranker
    assert {path for path, (how, _) in indexable_files(tree).items() if how.kind == "history"} == {
        path
        for path in tree
        if format_of(path, FORMATS) and classes.of(path).file_class in (FileClass.RECORD, FileClass.VERSION)
    }
    sources = SymbolTable(change.head, LANGUAGES).sources
    assert set(sources) == {path for path in program if language_of(path, LANGUAGES)}
    written = {path for path in program if classes.of(path).file_class is FileClass.PROGRAM}
    read = {
        path for path in doc_comment_formats(change, SymbolTable(change.head, LANGUAGES), ()) if path.endswith(".py")
    }
    assert read == {path for path in written if path.endswith(".py")}  # doc comments
    for path in tree:
        found = classes.of(path).file_class
        assert (role(path, found) == "program") == (found is FileClass.PROGRAM)
        assert (impact_role(path, found) == "program") == (found in (FileClass.PROGRAM, FileClass.SETTINGS))
        how = chunker_for(path, tree[path], found, LANGUAGES, FORMATS)
        assert how is None or how.kind != "code" or found is not FileClass.TEST


def test_guards_are_checked_in_program_code_only() -> None:
    paths = [path for _, path in PATHS if path.endswith(".py")]
    before = "def show(request):\n    if not request.user.is_admin:\n        raise PermissionDenied\n    return page\n"
    after = "def show(request):\n    return page\n"
    change = Change.between({path: Blob.of(before) for path in paths}, {path: Blob.of(after) for path in paths})
    reported = {path for path, _ in find_removed_guards(classify_change(change), GUARDS)}

    assert reported
    assert reported <= {path for path in paths if classify_path(path).file_class is FileClass.PROGRAM}


def test_tests_docs_and_examples_are_not_production() -> None:
    non_production = (
        "tests/a.py",
        "docs/a.yml",
        "docs/a.py",
        "README.md",
        "CHANGELOG.md",
        "examples/a.js",
        "notes.txt",
        "bench/a.c",
    )
    production = (
        "src/app.py",
        "deploy/values.yml",
        ".github/workflows/ci.yml",
        "scripts/a.sh",
        "Dockerfile",
        "vendor/a.py",
    )

    assert [path for path in non_production if not is_non_production(path, classify_path(path).file_class)] == []
    assert [path for path in production if is_non_production(path, classify_path(path).file_class)] == []


def test_a_subtree_keeps_the_classes_of_the_tree() -> None:
    tree = {"docs/guide_no.md": Blob.of(PAGE), "docs/guide.md": Blob.of(PAGE)}
    change = classify_change(Change.between(tree, tree))
    part = change.head.subtree(["docs/guide_no.md"])  # type: ignore[attr-defined]

    assert list(part) == ["docs/guide_no.md"]
    assert classes_of(part).of("docs/guide_no.md").file_class is FileClass.TRANSLATION


# ------------------------------------------------------------------ hostile input


@pytest.mark.parametrize(
    "path",
    [
        "a/" * 2_000 + "b.md",
        "a" * 255 + ".md",
        "-to-1" * 50 + ".md",
        ".test" * 50 + ".py",
        "examples-" * 28 + "/a.py",
        "1." * 120 + "/a.md",
        "v" + "9" * 250 + "/a.md",
        "a_zh" * 60 + ".md",
        "build/" * 600 + "a.md",
        "docs/" * 800 + "a.md",
        "\udcff/\n\x00.md",
        "",
        "/",
        "." * 200,
    ],
)
def test_no_path_takes_long(path: str) -> None:
    began = time.process_time()
    for _ in range(20):
        classify_path.cache_clear()
        FileClasses({path: Blob.of("")}).by_path(path)
    assert (time.process_time() - began) / 20 < 0.05


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 20_000,
        "<!-- generated by " * 3_000,
        "# " + "1." * 8_000,
        "generated by " * 2_000,
        "this file " * 3_000,
        "---\n" + "a: b\n" * 3_000,
        "////\n" * 4_000,
        "=" * 16_000,
        "do not edit " * 2_000,
        "# 1.0.0 (\n" * 1_600,
        "\r" * 16_000,
        "[//]: # " * 2_000,
        "\x00\xff" * 8_000,
    ],
)
def test_no_content_takes_long(text: str) -> None:
    for path in ("docs/a.md", "a.py"):
        began = time.process_time()
        class_of(path, text)
        assert time.process_time() - began < 0.25


def test_twenty_thousand_paths_take_less_than_two_seconds() -> None:
    names = (f"pkg{n % 40}/module{n % 700}/file_{n}.{'md' if n % 5 else 'py'}" for n in range(20_000))
    tree = dict.fromkeys(names, Blob.of(""))
    began = time.process_time()
    classes = FileClasses(tree)
    for path in tree:
        classes.by_path(path)
    assert time.process_time() - began < 2


def test_many_sibling_folders_take_less_than_three_seconds() -> None:
    names = [f"docs/v{n}/a.md" for n in range(4_000)] + [f"docs/{n}.{n}/de/en/{n}.md" for n in range(4_000)]
    names += [f"site{n}/{name}" for n in range(2_000) for name in ("objects.inv", "index.html", "a.md")]
    tree = dict.fromkeys(names, Blob.of(""))
    began = time.process_time()
    classes = FileClasses(tree)
    found = [classes.by_path(path).file_class for path in tree]
    assert time.process_time() - began < 3
    assert found.count(FileClass.BUILD_OUTPUT) == 2_000


# ------------------------------------------------------------------ documentation


def test_the_documentation_has_the_table() -> None:
    page = (DOCS / "how-it-decides.md").read_text()
    section = page.partition("## File classes\n")[2].partition("\n## ")[0]

    assert [line for line in section.splitlines() if line.startswith("| `")] == [
        f"| `{rule.file_class.value}` | {rule.name} | `{rule.examples[0]}` | `{rule.counterexamples[0]}` |"
        for rule in RULES
    ]
    assert {each.value for each in FileClass} <= set(re.findall(r"`(\w+)`", section))


def test_files_that_are_never_edited_are_not_living_documents() -> None:
    paths = [path for expected, path in PATHS if FileClass(expected) in NEVER_EDITED]
    rivals = (
        "docs/next/z.md",
        "docs/en/next/z.md",
        "content/docs/next/z.md",
    )  # otherwise the only version is the current one
    assert len(paths) > 80
    assert set(find_living_documents({path: Blob.of(PAGE) for path in (*paths, *rivals)}, FORMATS)) == set(rivals)
