"""The embedder that the operator asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.errors import UserError
from bot.search.embedders import EMBEDDERS, MINILM, Embed, Embedder, Setup

NONE = "none"


@dataclass(frozen=True, slots=True)
class Opened:
    """An embedder and the function that embeds; or neither, and why."""

    embedder: Embedder | None = None
    embed: Embed | None = None
    note: str = ""


def asked(environment: Mapping[str, str]) -> Embedder | None:
    """The embedder that MAS_EMBEDDER names; None for none.

    Raises:
        UserError: there is no such embedder.
    """
    name = environment.get("MAS_EMBEDDER") or MINILM.name
    found = next((each for each in EMBEDDERS if each.name == name), None)
    if found is None and name != NONE:
        names = ", ".join([*(each.name for each in EMBEDDERS), NONE])
        raise UserError(f"MAS_EMBEDDER is {name!r}, which is no embedder.", f"Set it to one of {names}.")
    return found


def setup(environment: Mapping[str, str], data: Path) -> Setup:
    """What the environment says of embedders."""
    weights = environment.get("MAS_EMBEDDER_WEIGHTS")
    return Setup(
        data,
        Path(weights) if weights else None,
        SecretStr(environment.get("OPENAI_API_KEY", "")),
        environment.get("OPENAI_BASE_URL") or None,
    )


@contextmanager
def opened(environment: Mapping[str, str], data: Path) -> Iterator[Opened]:
    """The embedder that is asked for, or a sentence on why there is none.

    What the operator did not ask for may be missing: then there is none. What they named may not.

    Raises:
        UserError: the embedder that is named cannot be opened.
    """
    embedder = asked(environment)
    if embedder is None:
        yield Opened(note="Searched by words alone, as MAS_EMBEDDER says.")
        return
    with ExitStack() as stack:
        try:
            embed = stack.enter_context(embedder.open(setup(environment, data)))
        except UserError as error:
            if environment.get("MAS_EMBEDDER"):
                raise
            yield Opened(note=f"Searched by words alone: {error}")
            return
        yield Opened(embedder, embed)
