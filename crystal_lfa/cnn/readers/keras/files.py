"""Keras models: .keras archives, and HDF5 files with a model or with weights alone; no code in them is run."""

from __future__ import annotations

import io
import mmap
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from crystal_lfa.cnn.attributes import FoundLayer
from crystal_lfa.cnn.readers.keras.bare import legacy_weights, weights
from crystal_lfa.cnn.readers.keras.config import parse_config
from crystal_lfa.cnn.readers.keras.places import legacy_places, places
from crystal_lfa.cnn.readers.keras.shapes import reaching_shapes
from crystal_lfa.cnn.readers.keras.store import Store, index
from crystal_lfa.cnn.readers.keras.trees import refuse_endless
from crystal_lfa.cnn.readers.keras.weights import model_layers
from crystal_lfa.cnn.readers.weights import is_a_lie
from crystal_lfa.errors import CrystalError, MissingLibraryError, ModelFileError

__all__ = ["read_keras"]

_CONFIG = "config.json"
_WEIGHTS = "model.weights.h5"


def read_keras(path: Path, patterns: Iterable[str], input_shape: Any) -> list[FoundLayer]:
    """Return the convolutions of a Keras model in the order of its layers, or of its weights by name.

    Parameters
    ----------
    path : Path
        Of an archive as Keras 3 writes it, or an HDF5 file: a model as Keras 1 and 2 wrote it, or weights alone.
    patterns : iterable of str
        The globs of the user's attributes: of weights alone, a layer named in full counts whatever it looks like.
    input_shape : int or sequence of int, optional
        Spatial, of the network's input; where it is not given, the model's own is used as far as it is told.

    Raises
    ------
    ModelFileError
        If the file is damaged, or no model of Keras, or its numbers are in other files.
    MissingLibraryError
        If h5py is not installed.
    InvalidArgumentError
        If no input of the network has as many axes as `input_shape`.
    """
    try:
        import h5py  # noqa: F401 - every part of the reader needs it
    except ImportError:
        raise MissingLibraryError.for_extra("h5py", f"reading {path}", "keras") from None
    try:
        with path.open("rb") as file:
            if file.read(2) == b"PK":
                return _read_archive(file, input_shape)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                refuse_endless(content)
            with _opened(file, path.stat().st_size) as store:
                return _read_hdf5(store, patterns, input_shape)
    except ModelFileError as error:
        raise type(error)(f"{path}: {error}") from error
    except (CrystalError, MemoryError):
        raise
    except RecursionError:
        raise ModelFileError(f"{path}: its configuration is nested too deep; those of models are not") from None
    except Exception as error:
        # A damaged file makes h5py, zipfile and zlib raise nearly anything.
        raise ModelFileError(f"{path}: the file is damaged: {str(error) or type(error).__name__}") from error


@contextmanager
def _opened(file: IO[bytes], size: int) -> Iterator[Store]:
    import h5py

    file.seek(0)
    with h5py.File(file, "r") as opened:
        yield index(opened, size)


def _read_archive(file: IO[bytes], input_shape: Any) -> list[FoundLayer]:
    with zipfile.ZipFile(file) as archive:
        model = parse_config(_member(archive, _CONFIG).decode(errors="replace"))
        content = _member(archive, _WEIGHTS)
    refuse_endless(content)
    with _opened(io.BytesIO(content), len(content)) as store:
        shapes = reaching_shapes(model, input_shape)
        return model_layers(model, places(model, store), store, shapes, is_turned_round=False)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        member = archive.getinfo(name)
    except KeyError:
        message = f"there is no {name} in the archive; one that Keras wrote, with {_CONFIG} and {_WEIGHTS}, is needed"
        raise ModelFileError(message) from None
    if is_a_lie(member.file_size, member.compress_size):
        message = f"{name} has {member.file_size} bytes packed into {member.compress_size}; no model is so empty"
        raise ModelFileError(message)
    return archive.read(member)


def _read_hdf5(store: Store, patterns: Iterable[str], input_shape: Any) -> list[FoundLayer]:
    config = store.text("", "model_config")
    root = "model_weights" if "model_weights" in store.groups else ""
    if config is not None:
        model = parse_config(config)
        backend = store.text(root, "backend") or store.text("", "backend")
        shapes = reaching_shapes(model, input_shape)
        found = legacy_places(model, store, root)
        return model_layers(model, found, store, shapes, is_turned_round=backend == "theano")
    if store.texts(root, "layer_names") is not None:
        return legacy_weights(store, root, patterns)
    if not any(group.rpartition("/")[2] == "vars" for group in store.groups):
        message = (
            "this HDF5 file holds nothing that Keras writes: neither a model (model_config), nor weights (layer_names, "
            "or groups called vars); a file saved by Keras is needed"
        )
        raise ModelFileError(message)
    return weights(store, patterns)
