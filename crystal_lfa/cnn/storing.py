"""Layers put back into the model that they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.readers.detection import Format, detect
from crystal_lfa.cnn.readers.torch_modules import is_torch_module
from crystal_lfa.cnn.writers.arrays import replace_in_npz, replace_in_safetensors, write_new
from crystal_lfa.cnn.writers.onnx_models import replace_in_onnx
from crystal_lfa.cnn.writers.torch_weights import replace_in_module, replace_in_torch_file
from crystal_lfa.cnn.writers.weights import by_name
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.files import as_path

__all__ = ["store"]

_WRITERS: dict[Format, Callable[[dict[str, ConvLayer], Path], None]] = {
    Format.NPZ: replace_in_npz,
    Format.SAFETENSORS: replace_in_safetensors,
    Format.TORCH: replace_in_torch_file,
    Format.ONNX: replace_in_onnx,
}


def store(layers: ConvLayer | Iterable[ConvLayer], target: Any) -> None:
    """Put the weights of layers into a model, under their names; everything else in it stays as it is.

    Parameters
    ----------
    layers : ConvLayer or iterable of ConvLayer
        Those to be replaced, changed or not.
    target : torch module, or path of a file
        A live module is changed in place. An existing .safetensors, .npz, .pt, .pth or .onnx file is replaced by one
        with the new weights, in the types that it has: copy it first to keep the old one. A path where there is no
        file gets a new .safetensors or .npz file with these weights alone, called "name.weight".

    Raises
    ------
    InvalidArgumentError
        If a layer is not in the model, or has another shape there; if two layers have one name; or if the format
        cannot be written.
    ModelFileError
        If the file is damaged.
    UnreadableLayerError
        If a layer has no weight, since it could not be read.

    Notes
    -----
    A file of half precision rounds the weights, by up to 5e-4 of each (bfloat16: 4e-3), and with them a certified norm.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> (layer,) = lfa.cnn.load({"conv.weight": np.ones((1, 1, 3, 3))}, input_shape=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     lfa.cnn.store(lfa.cnn.clip(layer, 1.0), Path(folder) / "clipped.npz")
    ...     print(round(lfa.cnn.analyze(Path(folder) / "clipped.npz", input_shape=(8, 8))["conv"].sigma_max, 3))
    1.0
    """
    named = by_name([layers] if isinstance(layers, ConvLayer) else layers)
    if is_torch_module(target):
        replace_in_module(named, target)
        return
    if not isinstance(target, str | Path):
        message = f"target: got {type(target).__name__}; a torch module or the path of a model file is needed"
        raise InvalidArgumentError(message)
    path = as_path(target, "target")
    if not path.exists():
        write_new(named, path)
        return
    form = detect(path)
    if form not in _WRITERS:
        valid = ", ".join(entry.value for entry in _WRITERS)
        message = f"target: {path} is {form.value}, which cannot be written; {valid}, or a torch module is needed"
        raise InvalidArgumentError(message)
    _WRITERS[form](named, path)
