"""Select and open the embedder that the operator configured."""

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
    """An embedder with its embedding function, or a note on why there is none."""

    embedder: Embedder | None = None
    embed: Embed | None = None
    note: str = ""


def select_embedder(environment: Mapping[str, str]) -> Embedder | None:
    """Return the embedder that MAS_EMBEDDER names, or None for `none`.

    Raises:
        UserError: there is no such embedder.
    """
    name = environment.get("MAS_EMBEDDER") or MINILM.name
    found = next((each for each in EMBEDDERS if each.name == name), None)
    if found is None and name != NO_EMBEDDER:
        names = ", ".join([*(each.name for each in EMBEDDERS), NO_EMBEDDER])
        raise UserError(f"Unknown embedder {name!r} in MAS_EMBEDDER.", f"Set it to one of {names}.")
    return found


def config_from_environment(environment: Mapping[str, str], data_dir: Path) -> EmbedderConfig:
    """Read the embedder configuration from environment variables."""
    weights = environment.get("MAS_EMBEDDER_WEIGHTS")
    return EmbedderConfig(
        data_dir,
        Path(weights) if weights else None,
        SecretStr(environment.get("OPENAI_API_KEY", "")),
        environment.get("OPENAI_BASE_URL") or None,
    )


@contextmanager
def open_embedder(environment: Mapping[str, str], data_dir: Path) -> Iterator[ActiveEmbedder]:
    """Open the selected embedder, or return a note on why there is none.

    If the default embedder cannot be opened, search is lexical. If one named by MAS_EMBEDDER cannot, that is an error.

    Raises:
        UserError: the embedder that MAS_EMBEDDER names is unknown or cannot be opened.
    """
    embedder = select_embedder(environment)
    if embedder is None:
        yield ActiveEmbedder(note="Searched by words only (MAS_EMBEDDER=none).")
        return
    with ExitStack() as stack:
        try:
            embed = stack.enter_context(embedder.open(config_from_environment(environment, data_dir)))
        except UserError as error:
            if environment.get("MAS_EMBEDDER"):
                raise
            yield ActiveEmbedder(note=f"Searched by words only: {error}")
            return
        yield ActiveEmbedder(embedder, embed)
