"""The embedder that the operator asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.errors import UserError
from bot.search.embedders import EMBEDDERS, MINILM, Embed, Embedder, EmbedderConfig

NO_EMBEDDER = "none"


@dataclass(frozen=True, slots=True)
class ActiveEmbedder:
    """An embedder and the function that embeds; or neither, and why."""

    embedder: Embedder | None = None
    embed: Embed | None = None
    note: str = ""


def select_embedder(environment: Mapping[str, str]) -> Embedder | None:
    """The embedder that MAS_EMBEDDER names; None for none.

    Raises:
        UserError: there is no such embedder.
    """
    name = environment.get("MAS_EMBEDDER") or MINILM.name
    found = next((each for each in EMBEDDERS if each.name == name), None)
    if found is None and name != NO_EMBEDDER:
        names = ", ".join([*(each.name for each in EMBEDDERS), NO_EMBEDDER])
        raise UserError(f"MAS_EMBEDDER is {name!r}, which is no embedder.", f"Set it to one of {names}.")
    return found


def config_from_environment(environment: Mapping[str, str], data_dir: Path) -> EmbedderConfig:
    """What the environment says of embedders."""
    weights = environment.get("MAS_EMBEDDER_WEIGHTS")
    return EmbedderConfig(
        data_dir,
        Path(weights) if weights else None,
        SecretStr(environment.get("OPENAI_API_KEY", "")),
        environment.get("OPENAI_BASE_URL") or None,
    )


@contextmanager
def open_embedder(environment: Mapping[str, str], data_dir: Path) -> Iterator[ActiveEmbedder]:
    """The embedder that is asked for, or a sentence on why there is none.

    What the operator did not ask for may be missing: then there is none. What they named may not.

    Raises:
        UserError: the embedder that is named cannot be opened.
    """
    embedder = select_embedder(environment)
    if embedder is None:
        yield ActiveEmbedder(note="Searched by words alone, as MAS_EMBEDDER says.")
        return
    with ExitStack() as stack:
        try:
            embed = stack.enter_context(embedder.open(config_from_environment(environment, data_dir)))
        except UserError as error:
            if environment.get("MAS_EMBEDDER"):
                raise
            yield ActiveEmbedder(note=f"Searched by words alone: {error}")
            return
        yield ActiveEmbedder(embedder, embed)
