"""The work of ``crystal-lfa cnn``: from a request to files, checked before anything long begins."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from typing import IO

from crystal_lfa.cnn.analysis import analyze
from crystal_lfa.cnn.attributes import shortened
from crystal_lfa.cnn.files import Writer, as_path, destination, is_special, write_together
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.readers import load
from crystal_lfa.cnn.report import Report
from crystal_lfa.cnn.tables import check_archive_names, printable
from crystal_lfa.errors import InvalidArgumentError, MissingLibraryError
from crystal_lfa.frequencies import parse_memory

__all__ = ["Request", "run", "write_outputs"]

PICTURE_FORMATS = ("png", "pdf", "svg")


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for on the command line; the fields are its arguments."""

    model: str
    input_shape: tuple[int, ...] | None = None
    attributes: str | None = None
    patterns: tuple[str, ...] = ()
    json: str | None = None
    csv: str | None = None
    values: str | None = None
    picture: str | None = None
    memory: str = "1GB"
    jobs: int | None = None


def run(request: Request, progress: Callable[[str, int, int], object]) -> Report:
    """Analyse the model of a request; `progress` gets (layer, done, total) frequencies."""
    _check_outputs(request)
    parse_memory(request.memory)
    shape = request.input_shape
    every = load(request.model, shape[0] if shape and len(shape) == 1 else shape, request.attributes)
    layers = _selected(every, request)
    if request.values is not None:
        check_archive_names([layer.name for layer in layers])
    report = _by_layer(layers, progress)
    if request.jobs is None:
        return analyze(layers, memory=request.memory, progress=report)
    with ThreadPoolExecutor(request.jobs) as executor:
        return analyze(layers, memory=request.memory, progress=report, executor=executor)


def _check_outputs(request: Request) -> None:
    """Refuse outputs that could not be made, before the work and not after it."""
    _check_places(request)
    if request.picture is None:
        return
    if _suffix(request.picture) not in PICTURE_FORMATS:
        message = f"{request.picture}: the name of a picture has to end in .{', .'.join(PICTURE_FORMATS)}"
        raise InvalidArgumentError(message)
    try:
        import_module("matplotlib")
    except ImportError:
        raise MissingLibraryError.for_extra("matplotlib", "--plot", "plot") from None


def _check_places(request: Request) -> None:
    """Refuse files that could not be written, or would replace what is needed."""
    taken = {_resolved(request.model): "the model"}
    if request.attributes is not None:
        taken[_resolved(request.attributes)] = "the file of attributes"
    for path in (request.json, request.csv, request.values, request.picture):
        if path is None or is_special(path):
            continue
        target = destination(as_path(path, "output"))
        if not target.parent.is_dir():
            raise InvalidArgumentError(f"{path}: the folder {str(Path(path).parent)!r} does not exist; create it first")
        if target.is_dir():
            raise InvalidArgumentError(f"{path}: this is a folder; the name of a file is needed")
        if not os.access(target.parent, os.W_OK):
            raise InvalidArgumentError(f"{path}: its folder cannot be written to; a file in a writable one is needed")
        if target in taken:
            raise InvalidArgumentError(f"{path}: this is {taken[target]}, and would be lost; another name is needed")
        taken[target] = "another output"


def _resolved(path: str) -> Path:
    """Return where a path leads, or the path itself; what is wrong with it is said when it is opened."""
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError, ValueError):
        return Path(path)


def _suffix(path: str) -> str:
    return Path(path).suffix.lower().removeprefix(".")


def _selected(layers: tuple[ConvLayer, ...], request: Request) -> tuple[ConvLayer, ...]:
    if not request.patterns:
        return layers
    for pattern in request.patterns:
        if not any(fnmatchcase(layer.name, pattern) for layer in layers):
            names = shortened([layer.name for layer in layers])
            raise InvalidArgumentError(f"--layer: no layer is called {pattern!r}; the layers are {names}")
    return tuple(layer for layer in layers if any(fnmatchcase(layer.name, p) for p in request.patterns))


def _by_layer(
    layers: tuple[ConvLayer, ...], progress: Callable[[str, int, int], object]
) -> Callable[[int, int], object]:
    """Turn (done, total) of the whole network into the name of the layer that is worked on."""
    bounds: list[int] = []
    for layer in layers:
        bounds.append((bounds[-1] if bounds else 0) + layer.frequencies())

    def report(done: int, total: int) -> None:
        current = next((i for i, bound in enumerate(bounds) if done < bound), len(layers) - 1)
        progress(f"{printable(layers[current].name)} ({current + 1} of {len(layers)})", done, total)

    return report


def write_outputs(request: Request, report: Report) -> None:
    """Write the files that the request names, none of them before all are complete."""
    writers: dict[str | Path, Writer] = {}
    if request.json is not None:
        writers[request.json] = lambda file: file.write(report.to_json().encode())
    if request.csv is not None:
        writers[request.csv] = lambda file: file.write(report.to_csv().encode(errors="backslashreplace"))
    if request.values is not None:
        writers[request.values] = report.write_values
    if request.picture is not None:
        suffix = _suffix(request.picture)
        writers[request.picture] = lambda file: _draw(file, suffix, report)
    write_together(writers)


def _draw(file: IO[bytes], suffix: str, report: Report) -> None:
    import matplotlib as mpl

    from crystal_lfa.drawing.axes import save_figure

    # A command draws into files only; no window system is asked for.
    mpl.use("Agg")
    save_figure(report.plot()[0].axes.figure, file, suffix)
