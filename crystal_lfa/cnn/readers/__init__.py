"""Models, wherever they come from, as convolutional layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from crystal_lfa.cnn.attributes import Attributes, FoundLayer, complete, read_attributes
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.network_graph import NetworkGraph
from crystal_lfa.cnn.readers.detection import READABLE, Format, detect
from crystal_lfa.cnn.readers.keras.files import read_keras
from crystal_lfa.cnn.readers.numpy_files import read_npy, read_npz
from crystal_lfa.cnn.readers.onnx.files import read_onnx
from crystal_lfa.cnn.readers.onnx.graph import read_onnx_graph
from crystal_lfa.cnn.readers.safetensors_file import read_safetensors
from crystal_lfa.cnn.readers.state_dicts import read_state_dict
from crystal_lfa.cnn.readers.torch_files import read_torch_file
from crystal_lfa.cnn.readers.torch_graphs import trace_module
from crystal_lfa.cnn.readers.torch_modules import is_torch_module, read_module
from crystal_lfa.cnn.readers.torchscript.files import read_torchscript
from crystal_lfa.errors import InvalidArgumentError, NoConvolutionError
from crystal_lfa.files import as_path

__all__ = ["load", "read_graph"]


def load(
    source: Any, input_shape: Any = None, attributes: Attributes | str | Path | None = None
) -> tuple[ConvLayer, ...]:
    """Return the convolutional layers of a model.

    Parameters
    ----------
    source : path, torch module, or mapping from names to arrays
        A path of an .onnx, .safetensors, .keras, .h5, .hdf5, .pt, .pth, .npz or .npy file, told by content; no code
        in it is run. Modules, ONNX and Keras models and TorchScript programs tell strides, padding, dilations and
        groups; other files and mappings hold bare weights, called "path.weight" as in a state dict (or
        whatever they are called, where no name ends in "weight").
    input_shape : int or sequence of int, optional
        Spatial shape of the network's input. Of a module each layer's own is found by running it on zeros, of an
        ONNX or Keras model from its graph; for bare weights the same is assumed for every layer, 32 along each axis
        where it is not given.
    attributes : mapping or path of a TOML file, optional
        From globs over layer names to keywords of `conv` and ``input_shape``; later ones win.

    Returns
    -------
    tuple of ConvLayer
        In the order of the source, of .safetensors by name (numbers as numbers); each lists in ``assumed`` what
        nobody told. A convolution that cannot be analysed is among them, with its ``reason``.

    Raises
    ------
    ModelFileError
        If the file is damaged or no model, or the module does not run on such an input.
    UnsafeFileError
        If reading the file would mean running code.
    NoConvolutionError
        If there is no convolution.
    AttributesError
        If the attributes are malformed, do not fit, or name layers that do not exist.
    NotFiniteError
        If a weight holds NaN or infinity.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> layers = lfa.cnn.load({"stem.weight": np.ones((8, 3, 5, 5))}, attributes={"stem": {"stride": 2}})
    >>> layers[0].name, layers[0].stride, layers[0].assumed
    ('stem', (2, 2), ('padding', 'dilation', 'groups', 'transposed', 'input_shape'))
    """
    given = read_attributes(attributes)
    found = _found(source, input_shape, given)
    if not found:
        where = source if isinstance(source, str | Path) else f"the {type(source).__name__}"
        message = (
            f"{where}: no convolution in it; weights are arrays with three to five axes, called '....weight' "
            "or named in the attributes"
        )
        raise NoConvolutionError(message)
    return complete(found, input_shape, given)


def read_graph(source: Any, input_shape: Any) -> NetworkGraph | None:
    """Return how the layers of a source of `load` hang together; None where it does not show that."""
    if is_torch_module(source):
        return trace_module(source, input_shape)
    if isinstance(source, str | Path):
        path = as_path(source, "source")
        return read_onnx_graph(path, input_shape) if detect(path) is Format.ONNX else None
    return None


def _found(source: Any, input_shape: Any, attributes: dict[str, Any]) -> list[FoundLayer]:
    if is_torch_module(source):
        return read_module(source, input_shape)
    if isinstance(source, Mapping):
        return read_state_dict(source, attributes)
    if not isinstance(source, str | Path):
        message = (
            f"source: got {type(source).__name__}; a path ({READABLE}), a torch module, or a mapping from names to "
            "arrays is needed"
        )
        raise InvalidArgumentError(message)
    return _read_file(as_path(source, "source"), input_shape, attributes)


def _read_file(path: Path, input_shape: Any, attributes: dict[str, Any]) -> list[FoundLayer]:
    """Return the convolutions in a file, by the reader of its format."""
    readers: dict[Format, Callable[[], list[FoundLayer]]] = {
        Format.NPY: lambda: read_npy(path),
        Format.NPZ: lambda: read_npz(path, attributes),
        Format.SAFETENSORS: lambda: read_safetensors(path, attributes),
        Format.TORCH: lambda: read_torch_file(path, attributes),
        Format.TORCHSCRIPT: lambda: read_torchscript(path),
        Format.ONNX: lambda: read_onnx(path, input_shape),
        Format.KERAS: lambda: read_keras(path, attributes, input_shape),
    }
    return readers[detect(path)]()
