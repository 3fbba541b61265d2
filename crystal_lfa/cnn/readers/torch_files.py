"""Weights in files that PyTorch wrote, loaded as weights only: no code that a file carries is ever run."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from array_api_compat import is_array_api_obj

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.state_dicts import read_state_dict
from crystal_lfa.errors import MissingLibraryError, ModelFileError, UnsafeFileError

__all__ = ["load_weights", "read_torch_file"]


def read_torch_file(path: Path, patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the convolutions of a state dict, or of the state dicts in a checkpoint, or one bare tensor."""
    content = load_weights(path)
    if is_array_api_obj(content):
        content = {path.stem: content}
    if not isinstance(content, Mapping):
        kind = type(content).__name__
        raise ModelFileError(f"{path}: it holds {kind}; a state dict is needed (torch.save(model.state_dict(), f))")
    return read_state_dict(content, patterns)


def load_weights(path: Path) -> Any:
    """Return what a file holds, as torch reads it when it reads weights only.

    Raises
    ------
    UnsafeFileError
        If its pickle wants to run code.
    ModelFileError
        If the file is damaged.
    """
    try:
        import torch
    except ImportError:
        raise MissingLibraryError.for_extra("torch", f"reading {path}", "torch") from None
    try:
        # What torch warns of (an unusual pickle, old storage classes) is not about the weights.
        # Opened here: given a path, torch would go by the suffix.
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(file, map_location="cpu", weights_only=True)
    except MemoryError:
        raise
    except Exception as error:
        wanted = re.search(r"(?:GLOBAL|function) ([\w.]+)", str(error))
        if isinstance(error, pickle.UnpicklingError) and wanted is not None:
            message = (
                f"{path}: its pickle wants to run {wanted[1]}, and is not opened; "
                "save the state dict alone (torch.save(model.state_dict(), f)) or use safetensors"
            )
            raise UnsafeFileError(message) from error
        # A damaged pickle makes torch raise nearly anything.
        raise ModelFileError(f"{path}: this is not a sound PyTorch file of weights: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """Return the line of torch's message that says what is wrong with the file, without its advice."""
    text = str(error).partition("WeightsUnpickler error:")[2].strip() or str(error).strip() or type(error).__name__
    return text.splitlines()[0]
