"""Hostile model files through the command: exit status 2, one line, no code run, little memory, little time."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from test_onnx import beside, broadcast_bomb, conv_node, cyclic, lying, model_of, outside, saved
from test_torchscript import Payload

MOST_MEMORY = 300
"""MB at the peak, the interpreter and its libraries (some 150) included."""

MEASURED = (
    "import re, sys\n"
    "from crystal_lfa.cli import main\n"
    "status = main(sys.argv[1:])\n"
    "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1000)\n"
    "sys.exit(status)\n"
)


def huge_header(folder: Path) -> Path:
    """A safetensors file of a kilobyte that says it holds ten gigabytes."""
    entry = {"a.weight": {"dtype": "F32", "shape": [50000, 50000, 1, 1], "data_offsets": [0, 10**10]}}
    header = json.dumps(entry).encode().ljust(900)
    path = folder / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    return path


def long_header(folder: Path) -> Path:
    """A safetensors file whose header would be ten gigabytes long."""
    path = folder / "model.safetensors"
    path.write_bytes((10**10).to_bytes(8, "little") + b"{" + bytes(1000))
    return path


def hdf5_of(fill: Callable[[h5py.Group], object]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "model.h5"
        config = {"class_name": "Conv2D", "config": {"name": "conv", "filters": 2, "kernel_size": [3, 3]}}
        whole = {"class_name": "Sequential", "config": {"name": "net", "layers": [config]}}
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(whole)
            weights = file.create_group("model_weights")
            weights.attrs["layer_names"] = [b"conv"]
            group = weights.create_group("conv")
            group.attrs["weight_names"] = [b"conv/kernel:0"]
            fill(group)
        return path

    return write


def unallocated(group: h5py.Group) -> None:
    group.create_dataset("conv/kernel:0", (3, 3, 10**5, 10**5), "f4", chunks=(3, 3, 10, 10))


def elsewhere(group: h5py.Group) -> None:
    group["conv/kernel:0"] = h5py.ExternalLink("/etc/passwd", "kernel")


def in_a_circle(group: h5py.Group) -> None:
    group["conv"] = group


def deep_config(folder: Path) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "[" * 10**5)
        archive.writestr("metadata.json", "{}")
        archive.writestr("model.weights.h5", b"")
    return path


def program_with_code(folder: Path) -> Path:
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Payload(folder / "trace")))
        archive.writestr("model/code/__torch__.py", f"import os\nos.mkdir({str(folder / 'trace')!r})\n")
    return path


def onnx_file(make: Callable[[Path], object]) -> Callable[[Path], Path]:
    return lambda folder: saved(make(folder), folder)


def deep_onnx(_folder: Path) -> object:
    from onnx import helper

    graph = model_of([conv_node()]).graph
    for _ in range(30):
        node = helper.make_node("If", ["x"], ["y"], then_branch=graph, else_branch=graph)
        graph = helper.make_graph([node], "g", [], [])
        if graph.ByteSize() > 5_000_000:
            break
    return model_of(list(graph.node))


files: dict[str, tuple[Callable[[Path], Path], str]] = {
    "ONNX with data outside": (onnx_file(outside), "lies in '../w.bin', outside of the model's folder, and is not"),
    "ONNX with data of the system": (onnx_file(lambda _: beside("/etc/passwd")), "outside of the model's folder"),
    "ONNX with a lie of dimensions": (onnx_file(lying(dims=[4, 2, 3, 10**9])), "does not hold its 24000000000 numbers"),
    "ONNX with a cycle": (onnx_file(cyclic), "the graph is cyclic or out of order"),
    "ONNX whose weight would fill the memory": (onnx_file(broadcast_bomb), ""),
    "safetensors of ten gigabytes in one kilobyte": (huge_header, "this is not a sound safetensors file"),
    "safetensors with a header of ten gigabytes": (long_header, "a damaged or mislabelled file"),
    "HDF5 with a wrong shape": (hdf5_of(lambda g: g.create_dataset("conv/kernel:0", data=np.ones((3, 3)))), ""),
    "HDF5 of terabytes never written": (hdf5_of(unallocated), "bytes"),
    "HDF5 with a link to another file": (hdf5_of(elsewhere), "link"),
    "HDF5 in a circle": (hdf5_of(in_a_circle), ""),
    "Keras with a deep configuration": (deep_config, "its configuration is damaged"),
    "TorchScript with code": (program_with_code, "its pickle wants to run posix.mkdir, and is not opened"),
    "ONNX of graphs in graphs in graphs": (onnx_file(deep_onnx), ""),
}


@pytest.mark.parametrize(("make", "message"), files.values(), ids=files.keys())
def test_a_hostile_file_gives_a_line_and_takes_little(
    make: Callable[[Path], Path], message: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    path, start = make(folder), time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", MEASURED, "cnn", str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    lines = result.stderr.splitlines()
    peak = int(result.stdout.splitlines()[-1])
    said = lines[0] if lines else next(line for line in result.stdout.splitlines() if "not analysed" in line)
    sys.stdout.write(f"{request.node.callspec.id}: {peak} MB, {time.monotonic() - start:.1f} s, {said}\n")
    assert message in said
    # Where a layer is listed with the reason, the rest of the model can still be analysed.
    assert (result.returncode, len(lines)) in {(2, 1), (0, 0)}
    assert result.returncode == 2 or not message
    assert peak < MOST_MEMORY
    assert not (folder / "trace").exists()
