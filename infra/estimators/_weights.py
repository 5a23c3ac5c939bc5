"""Model folders: found on this machine, identified by their bytes, downloaded only when asked."""

import hashlib
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from poseloom.schemas.errors import EstimatorError

_FILES = ("*.json", "*.safetensors")


def local_folder(model: str) -> Path:
    """The folder of a model that is given as a folder or as the id of one in the hub's cache.

    Raises:
        EstimatorError: Neither; says how to download it.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = _cached(model)
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise EstimatorError(f"expected config.json and *.safetensors in {folder}, got {_listing(folder)}")
    return folder


def download(model: str) -> Path:
    """Fetch a model from the hub into its cache.

    Raises:
        EstimatorError: The hub cannot be reached, or has no such model.
    """
    try:
        return Path(snapshot_download(model, allow_patterns=list(_FILES)))
    except (HfHubHTTPError, LocalEntryNotFoundError, HFValidationError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise EstimatorError(f"{model} cannot be downloaded from the hub: {reason}") from error


def digest_of_folder(folder: Path) -> str:
    """Digest of the names and bytes of a model's files."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _FILES for path in folder.glob(pattern)):
        with path.open("rb") as file:
            digest.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _cached(model: str) -> Path:
    try:
        return Path(snapshot_download(model, allow_patterns=list(_FILES), local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise EstimatorError(
            f"expected a folder or the hub id of downloaded weights, got {model!r}: no such folder, "
            f"and not in the hub's cache (`hf download {model}` fetches it)"
        ) from error


def _listing(folder: Path) -> str:
    return ", ".join(sorted(path.name for path in folder.iterdir())[:10]) or "an empty folder"
