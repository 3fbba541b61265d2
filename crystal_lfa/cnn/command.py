"""The work of ``crystal-lfa cnn``: from a request to files, checked before anything long begins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from crystal_lfa.cnn.analysis import analyze, with_gain
from crystal_lfa.cnn.attributes import shortened
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.readers import load
from crystal_lfa.cnn.report import Report
from crystal_lfa.cnn.tables import check_archive_names
from crystal_lfa.cnn.vectors import LeadingVectors, check_count, leading_vectors
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.files import Writer, write_together
from crystal_lfa.frequencies import parse_memory
from crystal_lfa.outputs import check_picture, check_places, picture_writer, printable

__all__ = ["Request", "run", "vectors_of", "write_outputs"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for on the command line; the fields are its arguments."""

    model: str
    input_shape: tuple[int, ...] | None = None
    attributes: str | None = None
    patterns: tuple[str, ...] = ()
    json: str | None = None
    csv: str | None = None
    markdown: str | None = None
    html: str | None = None
    values: str | None = None
    vectors: tuple[int, str] | None = None
    picture: str | None = None
    memory: str = "1GB"
    jobs: int | None = None


def run(request: Request, progress: Callable[[str, int, int], object]) -> Report:
    """Analyse the model of a request; `progress` gets (layer, done, total) frequencies."""
    _check_outputs(request)
    parse_memory(request.memory)
    given = request.input_shape
    shape = given[0] if given and len(given) == 1 else given
    every = load(request.model, shape, request.attributes)
    layers = _selected(every, request)
    if request.values is not None:
        check_archive_names([layer.name for layer in layers])
    if request.vectors is not None:
        check_count(_single(layers), request.vectors[0], "--vectors")
    report = _by_layer(layers, progress)
    with _threads(request) as executor:
        found = analyze(layers, memory=request.memory, progress=report, executor=executor)
    # What some of its layers say is nothing about the network.
    return found if request.patterns else with_gain(found, request.model, shape)


def vectors_of(request: Request, report: Report, progress: Callable[[str, int, int], object]) -> LeadingVectors | None:
    """Return the singular vectors that a request asks for, beside its report; `progress` as of `run`."""
    if request.vectors is None:
        return None
    (analysed,) = report.layers
    left = max(1, parse_memory(request.memory) - analysed.values.nbytes)
    name = f"vectors of {printable(analysed.name)}"
    with _threads(request) as executor:
        return leading_vectors(
            analysed.layer,
            request.vectors[0],
            memory=left,
            executor=executor,
            progress=lambda done, total: progress(name, done, total),
        )


def _threads(request: Request) -> AbstractContextManager[ThreadPoolExecutor | None]:
    return nullcontext() if request.jobs is None else ThreadPoolExecutor(request.jobs)


def _single(layers: tuple[ConvLayer, ...]) -> ConvLayer:
    if len(layers) != 1:
        names = shortened([layer.name for layer in layers])
        raise InvalidArgumentError(f"--vectors: {len(layers)} layers are selected, {names}; --layer has to select one")
    return layers[0]


def _check_outputs(request: Request) -> None:
    """Refuse outputs that could not be made, before the work and not after it."""
    inputs = {request.model: "the model"}
    if request.attributes is not None:
        inputs[request.attributes] = "the file of attributes"
    vectors = None if request.vectors is None else request.vectors[1]
    tables = (request.json, request.csv, request.markdown, request.html)
    check_places((*tables, request.values, vectors, request.picture), inputs)
    if request.picture is not None:
        check_picture(request.picture, "--plot")


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


def write_outputs(request: Request, report: Report, vectors: LeadingVectors | None = None) -> None:
    """Write the files that the request names, none of them before all are complete."""
    writers: dict[str | Path, Writer] = {}
    if request.json is not None:
        writers[request.json] = lambda file: file.write(report.to_json().encode())
    if request.csv is not None:
        writers[request.csv] = lambda file: file.write(report.to_csv().encode(errors="backslashreplace"))
    if request.markdown is not None:
        writers[request.markdown] = lambda file: file.write(report.to_markdown().encode(errors="backslashreplace"))
    if request.html is not None:
        title = Path(request.model).name
        writers[request.html] = lambda file: file.write(report.to_html(title=title).encode(errors="backslashreplace"))
    if request.values is not None:
        writers[request.values] = report.write_values
    if request.vectors is not None and vectors is not None:
        writers[request.vectors[1]] = vectors.write
    if request.picture is not None:
        drawn = report if vectors is None else vectors
        writers[request.picture] = picture_writer(request.picture, lambda: drawn.plot()[0].axes.figure)
    write_together(writers)
