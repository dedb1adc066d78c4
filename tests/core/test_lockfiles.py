"""Find the package versions that a file pins, with their lines."""

from __future__ import annotations

import pytest

from bot.agents.security_review.lockfiles import find_pins, is_lockfile

REQUIREMENTS = """\
# the shop
Django==2.2  # old
-r other.txt
requests[socks]==2.19.0 ; python_version < "3.12"
urllib3==1.24.1 \\
    --hash=sha256:0123
flask>=1.0
jinja2==3.*
https://shop.test/x.whl
"""
PYPROJECT = """\
[project]
dependencies = ["django==2.2", 'six == 1.0; python_version < "3.12"', "flask>=1"]
optional-dependencies.web = [
    "jinja2[i18n]==2.10", # "old==1.0"
]
filterwarnings = ["ignore: a == b"]
"""
POETRY = """\
[[package]]
name = "Jinja2"
version = "2.10"
description = "A [[package]] of templates"

[package.dependencies]
version = "9"

[[package]]
name = "shop"
version = "1.0"
source = { editable = "." }
"""
PIPFILE = """\
{
    "_meta": {
        "hash": {
            "sha256": "0"
        }
    },
    "default": {
        "requests": {
            "hashes": [
                "sha256:0"
            ],
            "version": "==2.19.0"
        }
    }
}
"""
NPM = """\
{
  "name": "shop",
  "version": "1.0.0",
  "packages": {
    "": {
      "name": "shop",
      "version": "1.0.0"
    },
    "node_modules/@babel/core": {
      "version": "7.1.0",
      "dev": true,
      "engines": {
        "node": ">=6"
      }
    },
    "node_modules/a/node_modules/lodash": {
      "version": "4.17.20"
    },
    "node_modules/near": {
      "resolved": "packages/near",
      "link": true
    },
    "node_modules/other": {
      "name": "minimist",
      "version": "1.2.0"
    }
  },
  "dependencies": {
    "lodash": {
      "version": "4.17.20"
    }
  }
}
"""
OLD_NPM = """\
{
  "dependencies": {
    "lodash": {
      "version": "4.17.20",
      "dependencies": {
        "minimist": {
          "version": "1.2.0"
        }
      }
    }
  }
}
"""
YARN = """\
# yarn lockfile v1


"@babel/core@^7.0.0", "@babel/core@^7.1.0":
  version "7.1.0"
  dependencies:
    version "9"

lodash@^4:
  version "4.17.20"
"""
BERRY = """\
__metadata:
  version: 6

"lodash@npm:^4":
  version: 4.17.20
  resolution: "lodash@npm:4.17.20"

"shop@workspace:.":
  version: 0.0.0-use.local
"""
PNPM = """\
lockfileVersion: '9.0'

importers:

  lodash@4.17.20:

packages:

  '@babel/core@7.1.0':
    resolution: {integrity: sha512-0}

  /lodash@4.17.20(react@18):
    dev: true
"""
GO = """\
module shop.test/shop

require golang.org/x/text v0.3.0

require (
	github.com/gin-gonic/gin v1.6.0 // indirect
	gopkg.in/yaml.v2 v2.2.1+incompatible
)

replace (
	github.com/a/b v1.0.0 => ../b
)
"""
CARGO = """\
[[package]]
name = "shop"
version = "0.1.0"

[[package]]
name = "time"
version = "0.1.40"
source = "registry+https://github.com/rust-lang/crates.io-index"
"""
GEMS = """\
PATH
  remote: .
  specs:
    shop (1.0)

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.10.0-x86_64-linux)
      mini_portile2 (~> 2.4.0)
    rails (5.2.0)

DEPENDENCIES
  rails
"""

FILES = {
    "requirements/dev.txt": (
        REQUIREMENTS,
        [("django", "2.2", 2, 2), ("requests", "2.19.0", 4, 4), ("urllib3", "1.24.1", 5, 5)],
    ),
    "pyproject.toml": (PYPROJECT, [("django", "2.2", 2, 2), ("jinja2", "2.10", 4, 4)]),
    "poetry.lock": (POETRY, [("jinja2", "2.10", 2, 3)]),
    "uv.lock": (POETRY, [("jinja2", "2.10", 2, 3)]),
    "Pipfile.lock": (PIPFILE, [("requests", "2.19.0", 8, 12)]),
    "web/package-lock.json": (
        NPM,
        [("@babel/core", "7.1.0", 9, 10), ("lodash", "4.17.20", 16, 17), ("minimist", "1.2.0", 23, 25)],
    ),
    "npm-shrinkwrap.json": (OLD_NPM, [("minimist", "1.2.0", 6, 7), ("lodash", "4.17.20", 3, 4)]),
    "yarn.lock": (YARN, [("@babel/core", "7.1.0", 4, 5), ("lodash", "4.17.20", 9, 10)]),
    "berry/yarn.lock": (BERRY, [("lodash", "4.17.20", 4, 5)]),
    "pnpm-lock.yaml": (PNPM, [("@babel/core", "7.1.0", 9, 9), ("lodash", "4.17.20", 12, 12)]),
    "go.mod": (
        GO,
        [
            ("golang.org/x/text", "0.3.0", 3, 3),
            ("github.com/gin-gonic/gin", "1.6.0", 6, 6),
            ("gopkg.in/yaml.v2", "2.2.1+incompatible", 7, 7),
        ],
    ),
    "Cargo.lock": (CARGO, [("time", "0.1.40", 6, 7)]),
    "Gemfile.lock": (GEMS, [("nokogiri", "1.10.0", 9, 9), ("rails", "5.2.0", 11, 11)]),
}


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_the_pins_of_a_file(path: str, ends: str) -> None:
    text, expected = FILES[path]
    assert is_lockfile(path)
    found = find_pins(path, text.replace("\n", ends).encode())
    assert [(pin.name, pin.version, pin.line, pin.end_line) for pin in found] == expected


def test_only_a_plain_line_is_standalone() -> None:
    assert [pin.is_standalone for pin in find_pins("requirements.txt", REQUIREMENTS.encode())] == [True, True, False]


@pytest.mark.parametrize("path", ["a.txt", "docs/requirements.md", "setup.py", "lock.json", "my-yarn.lock"])
def test_other_files_pin_nothing(path: str) -> None:
    assert not is_lockfile(path)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe" * 1000,
        b'{"a":' * 200_000,
        b'"a": {\n' * 100_000,
        b"[" * 1_000_000,
        b"[[package]]\n" * 80_000,
        b'"' + b"\\" * 1_000_000,
        b"a==" + b"1." * 400_000,
        b"    " * 250_000 + b"(",
    ],
    ids=["empty", "binary", "deep", "deep-lines", "brackets", "tables", "escapes", "version", "blanks"],
)
def test_a_hostile_file_is_read_fast_and_pins_nothing(path: str, data: bytes) -> None:
    assert list(find_pins(path, data)) == []
