"""Every framework reads its own examples, and survives any bytes."""

from __future__ import annotations

import pytest

from bot.interfaces import INTERFACES, Interface
from bot.interfaces.interface import InterfaceExample


@pytest.mark.parametrize(
    ("interface", "example"),
    [pytest.param(x, e, id=f"{x.name}-{n}") for x in INTERFACES for n, e in enumerate(x.examples)],
)
def test_an_interface_reads_its_examples(interface: Interface, example: InterfaceExample) -> None:
    data = example.source.encode()
    assert any(interface.reads(f"src/a{suffix}", data) for suffix in interface.suffixes)
    assert tuple((d.name, d.default) for d in interface.declared(data)) == example.declared


@pytest.mark.parametrize("interface", INTERFACES, ids=lambda interface: interface.name)
@pytest.mark.parametrize("data", [b"", b"\0\xff\xfe", b"\xef\xbb\xbf", b"((((((" * 50, b"a(" * 300, b"#[arg(long"])
def test_an_interface_survives_any_bytes(interface: Interface, data: bytes) -> None:
    assert list(interface.declared(data)) == []


def test_interfaces_have_names_of_their_own() -> None:
    assert len({x.name for x in INTERFACES}) == len(INTERFACES)
