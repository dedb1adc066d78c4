"""Go, Rust and Ruby lockfiles: go.mod, Cargo.lock and Gemfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.lockfiles.line_parsers import toml_packages
from bot.agents.security_review.lockfiles.pin import Pin

_GO_BLOCK = re.compile(r"^(\w+) \($")
_GO = re.compile(r"^(?:require\s+|\s+)([\w.~/-]{1,300})\s+v(\d[\w.+-]{0,100})(?:\s*//[^\n]*)?$")
_GEM = re.compile(r"^    ([\w.-]{1,200}) \((\d[\w.]{0,100})(?:-[\w.-]*)?\)$")


def go_mod(text: str) -> Iterator[Pin]:
    """Yield the modules that go.mod requires, indirect ones included. (go.sum also lists unused versions.)"""
    block = ""
    for number, line in enumerate(text.split("\n"), 1):
        if opened := _GO_BLOCK.match(line.rstrip()):
            block = opened[1]
        elif line.startswith(")"):
            block = ""
        elif (block == "require" or line.startswith("require ")) and (found := _GO.match(line.rstrip())):
            yield Pin("Go", found[1], found[2], number, number)


def cargo_lock(text: str) -> Iterator[Pin]:
    """Yield the packages of Cargo.lock that come from a registry."""
    for found in toml_packages(text):
        if 'source = "registry+' in found.text or 'source = "sparse+' in found.text:
            yield Pin("crates.io", found.name, found.version, found.line, found.end_line)


def gemfile_lock(text: str) -> Iterator[Pin]:
    """Yield the gems of Gemfile.lock that come from a gem server."""
    is_gem_section = False
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.startswith(" "):
            is_gem_section = line.rstrip() == "GEM"
        elif is_gem_section and (found := _GEM.match(line.rstrip())):
            yield Pin("RubyGems", found[1], found[2], number, number)
