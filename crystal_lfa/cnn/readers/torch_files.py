"""Weights in files that PyTorch wrote, loaded as weights only: no code that a file carries is ever run."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.state_dicts import read_state_dict
from crystal_lfa.errors import MissingLibraryError, ModelFileError, UnsafeFileError

__all__ = ["read_torch_file"]


def read_torch_file(path: Path, patterns: Iterable[str]) -> list[FoundLayer]:
    """Return the convolutions of a state dict, or of the state dicts in a checkpoint, or one bare tensor."""
    content = _load(path)
    if hasattr(content, "ndim"):
        content = {path.stem: content}
        patterns = [*patterns, path.stem]
    if not isinstance(content, Mapping):
        message = f"{path}: it holds {type(content).__name__}; a state dict is needed (torch.save(model.state_dict(), f))"
        raise ModelFileError(message)
    return read_state_dict(_unwrapped(content), patterns)


def _load(path: Path) -> Any:
    try:
        import torch
    except ImportError:
        raise MissingLibraryError.for_extra("torch", f"reading {path}", "torch") from None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        wanted = re.search(r"GLOBAL ([\w.]+)", str(error))
        if wanted is None:
            raise ModelFileError(f"{path}: this is not a sound PyTorch file: {_first_line(error)}") from None
        message = (
            f"{path}: its pickle wants to run {wanted[1]}, and is not opened; "
            "save the state dict alone (torch.save(model.state_dict(), f)) or use safetensors"
        )
        raise UnsafeFileError(message) from None
    except (RuntimeError, OSError, EOFError, ValueError, KeyError, AttributeError, IndexError, TypeError) as error:
        raise ModelFileError(f"{path}: this is not a sound PyTorch file: {_first_line(error)}") from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _unwrapped(content: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Return the state dict in a checkpoint; of several (a model and its average), all, under their names."""
    if any(hasattr(value, "ndim") for value in content.values()):
        return content
    inner = {
        str(key): value
        for key, value in content.items()
        if isinstance(value, Mapping) and any(getattr(tensor, "ndim", 0) > 1 for tensor in value.values())
    }
    if len(inner) == 1:
        return next(iter(inner.values()))
    return {f"{key}.{name}": tensor for key, value in inner.items() for name, tensor in value.items()}
