"""TorchScript files, read without PyTorch and without running them."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from crystal_lfa import errors
from crystal_lfa.cnn import ConvLayer, load


@pytest.fixture(autouse=True)
def without_warnings() -> Iterator[None]:
    """Silence PyTorch, which calls TorchScript deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def network() -> nn.Module:
    torch.manual_seed(0)
    inner = nn.Sequential(nn.ConvTranspose2d(6, 4, (2, 3), stride=(2, 3), output_padding=(1, 0)), nn.BatchNorm2d(4))
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1, dilation=2),
        nn.ReLU(),
        nn.Conv2d(6, 6, (3, 1), groups=3, padding="same", padding_mode="circular"),
        inner,
        nn.Conv2d(4, 2, 2),
    ).eval()


def scripted(module: nn.Module, path: Path) -> Path:
    torch.jit.save(torch.jit.script(module), path)
    return path


def traced(module: nn.Module, path: Path) -> Path:
    torch.jit.save(torch.jit.trace(module, torch.zeros(1, 3, 16, 16)), path)
    return path


def frozen(module: nn.Module, path: Path) -> Path:
    torch.jit.save(torch.jit.freeze(torch.jit.script(module)), path)
    return path


def read(path: Path) -> dict[str, ConvLayer]:
    return {layer.name: layer for layer in load(path)}


@pytest.mark.parametrize("save", [scripted, traced])
def test_layers_are_those_of_the_module(save: Callable[..., Path], tmp_path: Path) -> None:
    module = network()
    ours, theirs = load(module), load(save(module, tmp_path / "model.pt"))
    assert [layer.name for layer in theirs] == [layer.name for layer in ours] == ["0", "2", "3.0", "4"]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(np.asarray(a.weight), b.weight)
        assert (b.stride, b.dilation, b.groups, b.transposed) == (a.stride, a.dilation, a.groups, a.transposed)
        assert b.assumed == ("input_shape",)
        if save is scripted or a.padding_mode != "circular":
            # Tracing turns circular padding into a node of its own, before a convolution without padding.
            assert b.padding == a.padding
    assert theirs[0].padding_mode in {"zeros", "unknown"}


def test_frozen_programs_keep_weights_as_constants(tmp_path: Path) -> None:
    module = network()
    theirs = load(frozen(module, tmp_path / "model.pt"))
    ours = {tuple(layer.weight.shape): np.asarray(layer.weight) for layer in load(module)}
    assert len(theirs) == 4
    readable = [layer for layer in theirs if layer.reason is None]
    assert len(readable) == 4
    for layer in readable:
        assert layer.weight.shape in ours


class Signal(nn.Module):
    """A convolution by a function, with a buffer as its weight and a number of the module as its stride."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("basis", torch.arange(12.0).reshape(3, 1, 4))
        self.hop = 2

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv1d(x, self.basis, stride=self.hop, padding=1)


def test_functions_with_buffers_and_numbers_of_the_module(tmp_path: Path) -> None:
    layers = read(scripted(nn.Sequential(Signal()), tmp_path / "model.pt"))
    layer = layers["0.basis"]
    assert (layer.stride, layer.padding, layer.weight.shape) == ((2,), (1,), (3, 1, 4))


class Computed(nn.Module):
    """A convolution whose weight depends on the input."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv1d(x, x * 2.0)


def test_computed_and_quantised_weights_are_listed_with_the_reason(tmp_path: Path) -> None:
    (layer,) = load(scripted(nn.Sequential(Computed()), tmp_path / "model.pt"))
    assert layer.reason == "its weight is computed by the program"
    with pytest.raises(errors.UnreadableLayerError, match=r"'0.weight' cannot be analysed: its weight is computed by"):
        layer.operator()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_weights_of_other_types_and_strides(dtype: torch.dtype, tmp_path: Path) -> None:
    module = nn.Conv2d(3, 4, 3).to(dtype)
    module.weight = nn.Parameter(module.weight.permute(1, 0, 3, 2).contiguous().permute(1, 0, 3, 2))
    (layer,) = load(scripted(nn.Sequential(module), tmp_path / "model.pt"))
    np.testing.assert_array_equal(np.asarray(layer.weight, dtype=np.float64), module.weight.detach().double().numpy())


def test_pytorch_is_not_needed(tmp_path: Path) -> None:
    path = scripted(network(), tmp_path / "model.pt")
    code = (
        f"import sys; sys.modules['torch'] = None\nimport crystal_lfa as lfa\nprint(len(lfa.cnn.load({str(path)!r})))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "4\n"


class Payload:
    """An object whose pickle makes a folder when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.mkdir, (str(self.trace),)


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in {"code__torch__": b"", **members}.items():
            file.writestr(f"model/{name.replace('__torch__', '/__torch__.py').replace('_pkl', '.pkl')}", content)
    return path


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write a program again with some of its files changed, or left out."""
    target = path.with_name("changed.pt")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as file:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                file.writestr(name, content)
    return target


def test_code_in_the_pickle_is_never_run(tmp_path: Path) -> None:
    path = archive(tmp_path / "model.pt", data_pkl=pickle.dumps(Payload(tmp_path / "trace")))
    with pytest.raises(errors.UnsafeFileError, match=r"its pickle wants to run (?:posix|nt).mkdir, and is not opened"):
        load(path)
    assert not (tmp_path / "trace").exists()


def test_code_of_the_program_is_never_run(tmp_path: Path) -> None:
    path = scripted(network(), tmp_path / "model.pt")
    line = f"import os\nos.mkdir({str(tmp_path / 'trace')!r})\n".encode()
    changed = rewritten(path, lambda name, content: line + content if name.endswith(".py") else content)
    assert len(load(changed)) == 4
    assert not (tmp_path / "trace").exists()


def test_damaged_programs_are_refused(tmp_path: Path) -> None:
    path = scripted(network(), tmp_path / "model.pt")
    no_data = rewritten(path, lambda name, content: None if name.endswith("/data/0") else content)
    with pytest.raises(errors.ModelFileError, match=r"'0' of shape \(6, 3, 3, 3\) does not lie in its storage of 0 "):
        load(no_data)
    short = rewritten(path, lambda name, content: content[:8] if name.endswith("/data/0") else content)
    with pytest.raises(errors.ModelFileError, match="does not lie in its storage of 8 bytes"):
        load(short)
    unclear = rewritten(path, lambda name, content: b"class (" if name.endswith("conv.py") else content)
    with pytest.raises(errors.ModelFileError, match=r"code/.*conv.py is not TorchScript: "):
        load(unclear)
    deep = rewritten(path, lambda name, content: b"(" * 10**5 if name.endswith("conv.py") else content)
    with pytest.raises(errors.ModelFileError, match="is not TorchScript"):
        load(deep)
    nothing = archive(tmp_path / "none.pt", data_pkl=pickle.dumps([1, 2]))
    with pytest.raises(errors.ModelFileError, match=r"its data.pkl holds no module"):
        load(nothing)
    other = archive(tmp_path / "other.pt", constants_pkl=b"")
    with pytest.raises(errors.ModelFileError, match=r"there is no data.pkl in it"):
        load(other)


def test_random_damage_gives_no_foreign_errors(tmp_path: Path) -> None:
    path = scripted(network(), tmp_path / "model.pt")
    rng = np.random.default_rng(1)

    def damaged(name: str, content: bytes) -> bytes:
        changed = bytearray(content)
        if name.endswith((".pkl", ".py")) and changed and rng.random() < 0.3:
            changed[rng.integers(0, len(changed))] = rng.integers(0, 256)
        return bytes(changed)

    outcomes = set()
    for _ in range(150):
        try:
            outcomes.add(type(load(rewritten(path, damaged))).__name__)
        except errors.CrystalError as error:
            outcomes.add(type(error).__name__)
    assert {"tuple", "ModelFileError"} <= outcomes


def test_modules_in_cycles_are_read_once(tmp_path: Path) -> None:
    """A pickle may hold a module in itself."""
    in_itself = b"\x80\x02c__torch__.M\nM\n)\x81q\x00}X\x04\x00\x00\x00selfh\x00sb."
    path = archive(tmp_path / "model.pt", data_pkl=in_itself)
    with pytest.raises(errors.NoConvolutionError, match="no convolution in it"):
        load(path)
