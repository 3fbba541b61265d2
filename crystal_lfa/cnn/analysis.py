"""From a model to every singular value of its convolutions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from crystal_lfa.cnn.attributes import Attributes
from crystal_lfa.cnn.gain import network_gain
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.cnn.meanings import UNBOUNDED
from crystal_lfa.cnn.readers import load, read_graph
from crystal_lfa.cnn.report import LayerReport, Report
from crystal_lfa.errors import InvalidArgumentError, MemoryBudgetError
from crystal_lfa.frequencies import Progress, as_progress, parse_memory, readable_bytes
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import to_complex, to_numpy
from crystal_lfa.spectra import enclosed_beside_samples, svdvals

__all__ = ["analyze", "on_host", "with_gain"]


def analyze(
    source: Any,
    input_shape: Any = None,
    attributes: Attributes | str | Path | None = None,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Report:
    """Return all singular values of all convolutions of a model, with circular boundary.

    Parameters
    ----------
    source : what `load` takes, or an iterable of ConvLayer
    input_shape, attributes
        As for `load`; not with layers.
    memory, executor, progress, dtype
        As for `svdvals`; the memory is that of the whole report, progress counts the frequencies of all layers.

    Returns
    -------
    Report

    Raises
    ------
    MemoryBudgetError
        If `memory` cannot hold the singular values, naming the layer that does not fit.
    CrystalError
        As for `load`.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> report = lfa.cnn.analyze({"conv.weight": np.ones((1, 1, 3, 3))}, input_shape=(16, 16))
    >>> report["conv"].sigma_max, report["conv"].count
    (9.0, 256)
    """
    layers, is_model = _layers(source, input_shape, attributes)
    total = sum(layer.frequencies() for layer in layers)
    report = as_progress(progress)
    limit = left = parse_memory(memory)
    _require_space(layers, limit, dtype)
    reports: list[LayerReport] = []
    done = 0
    for layer in layers:
        if layer.reason is not None:
            reports.append(LayerReport.unreadable(layer))
            continue
        try:
            analysed = _analysed(
                layer,
                memory=left,
                executor=executor,
                progress=_shifted(report, done, total),
                dtype=dtype,
            )
        except MemoryBudgetError as error:
            before = f", beside {readable_bytes(limit - left)} for the layers before it" if reports else ""
            raise MemoryBudgetError(f"layer {layer.name!r}{before}: {error}") from None
        reports.append(analysed)
        done += layer.frequencies()
        left -= analysed.values.nbytes
    found = Report(tuple(reports))
    return with_gain(found, source, input_shape) if is_model else found


def with_gain(report: Report, source: Any, input_shape: Any) -> Report:
    """Return a report of all layers of a model with the bound of the whole network, where the model shows its graph."""
    graph = read_graph(source, input_shape)
    return report if graph is None else replace(report, gain=network_gain(graph, _certified(report)))


def _certified(reports: Iterable[LayerReport]) -> dict[str, float]:
    """Return the bounds that hold for the layers as they run: none for reflected and repeated border pixels."""
    return {
        report.name: report.norm.upper
        for report in reports
        if report.norm is not None and report.layer.padding_mode not in UNBOUNDED
    }


def _require_space(layers: tuple[ConvLayer, ...], memory: int, dtype: Any) -> None:
    """Raise, before anything is computed, if the singular values of all layers do not fit."""
    number = to_complex(np.empty(0), dtype).itemsize // 2
    needed = [layer.count() * number for layer in layers]
    for place, layer in enumerate(layers):
        if sum(needed[: place + 1]) > memory:
            message = (
                f"layer {layer.name!r}: memory: {readable_bytes(memory)} cannot hold the singular values, which are "
                f"{readable_bytes(needed[place])} for this layer and {readable_bytes(sum(needed))} for all "
                f"{len(layers)}; more than {sum(needed)} bytes are needed"
            )
            raise MemoryBudgetError(message)


def _layers(source: Any, input_shape: Any, attributes: Any) -> tuple[tuple[ConvLayer, ...], bool]:
    """Return the layers of a source, and whether they are those of a whole model."""
    if isinstance(source, Iterable) and not isinstance(source, str | Path | dict):
        layers = tuple(source)
        if layers and all(isinstance(layer, ConvLayer) for layer in layers):
            if input_shape is not None or attributes is not None:
                message = "input_shape and attributes belong to load; the layers given already have theirs"
                raise InvalidArgumentError(message)
            return layers, False
    return load(source, input_shape, attributes), True


def _shifted(report: Callable[[int, int], object], before: int, total: int) -> Callable[[int, int], object]:
    return lambda done, _total: report(before + done, total)


def _analysed(layer: ConvLayer, **options: Any) -> LayerReport:
    operator = on_host(layer.operator())
    torus = operator.lattice.torus(layer.torus())
    values = svdvals(operator, torus, **options)
    left = max(parse_memory(options["memory"]) - values.nbytes, 1)
    norm = enclosed_beside_samples(operator, torus, values[:, 0], **{**options, "memory": left, "progress": False})
    return LayerReport(layer, layer.torus(), values, norm)


def on_host(operator: CrystalOperator) -> CrystalOperator:
    """Return the operator with numpy multipliers: a report is made of numbers, whatever library held the weight."""
    return CrystalOperator.from_arrays(
        operator.domain, operator.codomain, operator.offsets, to_numpy(operator.multipliers)
    )
