"""Go, Rust and Ruby: go.mod, Cargo.lock and Gemfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.agents.security_review.lockfiles.line_parsers import toml_packages
from bot.agents.security_review.lockfiles.pin import Pin

_GO_BLOCK = re.compile(r"^(\w+) \($")
_GO = re.compile(r"^(?:require\s+|\s+)([\w.~/-]{1,300})\s+v(\d[\w.+-]{0,100})(?:\s*//[^\n]*)?$")
_GEM = re.compile(r"^    ([\w.-]{1,200}) \((\d[\w.]{0,100})(?:-[\w.-]*)?\)$")


def go_mod(text: str) -> Iterator[Pin]:
    """The modules that go.mod requires, those that others bring among them. (go.sum also keeps what is not in use.)"""
    block = ""
    for number, line in enumerate(text.split("\n"), 1):
        if opened := _GO_BLOCK.match(line.rstrip()):
            block = opened[1]
        elif line.startswith(")"):
            block = ""
        elif (block == "require" or line.startswith("require ")) and (found := _GO.match(line.rstrip())):
            yield Pin("Go", found[1], found[2], number, number)


def cargo_lock(text: str) -> Iterator[Pin]:
    """The packages of Cargo.lock that come from a registry."""
    for found in toml_packages(text):
        if 'source = "registry+' in found.text or 'source = "sparse+' in found.text:
            yield Pin("crates.io", found.name, found.version, found.line, found.end_line)


def gemfile_lock(text: str) -> Iterator[Pin]:
    """The gems of Gemfile.lock that come from a server of gems."""
    is_served = False
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.startswith(" "):
            is_served = line.rstrip() == "GEM"
        elif is_served and (found := _GEM.match(line.rstrip())):
            yield Pin("RubyGems", found[1], found[2], number, number)
