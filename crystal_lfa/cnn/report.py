"""What the singular values of a network's convolutions say, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn import tables
from crystal_lfa.cnn.attributes import shortened
from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.drawing.ridgelines import ridgelines
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.files import write_whole
from crystal_lfa.geometry import Torus
from crystal_lfa.spectra import Supremum

__all__ = ["LayerReport", "Report"]


@dataclass(frozen=True, slots=True, eq=False)
class LayerReport:
    """The singular values of one layer with circular boundary, and what follows from them.

    Attributes
    ----------
    layer : ConvLayer
    torus : Torus
        Of the input pixels; where the stride does not divide the input, a little larger than it.
    values : (order, r) float64, read-only
        All singular values, as `svdvals` returns them.
    norm : Supremum
        The norm on the infinite lattice: a bound of the largest singular value for every input size, with
        circular and with zero padding.
    reason : str or None
        Why there are no numbers, where there are none.
    """

    layer: ConvLayer
    torus: Torus
    values: NDArray[np.float64]
    norm: Supremum
    reason: str | None = None

    @property
    def name(self) -> str:
        """The layer's name in the model."""
        return self.layer.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the weight as stored."""
        return tuple(int(n) for n in self.layer.weight.shape)

    @property
    def count(self) -> int:
        """The number of singular values."""
        return self.values.size

    @property
    def sigma_max(self) -> float:
        """The largest singular value on the torus."""
        return float(self.values.max())

    @property
    def sigma_min(self) -> float:
        """The smallest singular value on the torus."""
        return float(self.values.min())

    @property
    def condition(self) -> float:
        """The condition number sigma_max / sigma_min; infinite for a singular operator, NaN for a zero one."""
        if self.sigma_max == 0:
            return math.nan
        return self.sigma_max / self.sigma_min if self.sigma_min else math.inf

    @property
    def frobenius(self) -> float:
        """The Frobenius norm on the torus, sqrt(sum of sigma^2)."""
        top = self.sigma_max
        if top == 0 or 1e-140 < top < 1e140:
            return float(np.linalg.norm(self.values))
        # Squares that would overflow or vanish.
        return top * float(np.linalg.norm(self.values / top))

    @property
    def stable_rank(self) -> float:
        """The stable rank sum of sigma^2 / sigma_max^2; 0 for a zero operator."""
        return (self.frobenius / self.sigma_max) ** 2 if self.sigma_max else 0.0

    @property
    def effective_rank(self) -> float:
        """The effective rank of Roy and Vetterli (2007): exp of the entropy of sigma / sum of sigma."""
        positive = self.values[self.values > 0]
        if not positive.size:
            return 0.0
        scaled = positive / positive.max()
        shares = scaled / scaled.sum()
        return float(np.exp(-np.sum(shares * np.log(shares))))

    @property
    def notes(self) -> tuple[str, ...]:
        """What else a reader of the numbers should know."""
        notes = list(self.layer.notes)
        if self.layer.is_stretched:
            extents = "x".join(str(n) for n in self.torus.shape)
            stride = "x".join(str(n) for n in self.layer.stride)
            notes.append(
                f"the stride {stride} does not divide the input: analysed on {extents} pixels, ceil(n / s) outputs"
            )
        if self.layer.padding_mode in {"reflect", "replicate"}:
            notes.append(f"it runs with {self.layer.padding_mode} padding, of which no number here is a bound")
        return tuple(notes)

    def __repr__(self) -> str:
        return (
            f"LayerReport({self.name!r}, {self.count} singular values from {self.sigma_min:.6g} to "
            f"{self.sigma_max:.6g}, {self.norm!r})"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The singular values of a network's convolutions; ``report[name]`` is one layer's.

    Attributes
    ----------
    layers : tuple of LayerReport, in the model's order
    """

    layers: tuple[LayerReport, ...]

    def __iter__(self) -> Iterator[LayerReport]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, name: str) -> LayerReport:
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = shortened([layer.name for layer in self.layers])
        raise InvalidArgumentError(f"name: no layer is called {name!r}; the layers are {names}")

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the report as JSON, and write it to a file if a path is given.

        ``{"layers": [{name, shape, stride, ..., sigma_max, ..., reason}]}``; what is infinite or undefined is null.
        """
        return _written(tables.as_json(self.layers), path)

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the report as CSV, one row a layer, and write it to a file if a path is given."""
        return _written(tables.as_csv(self.layers), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """Return the report as a Markdown table with what was assumed below, and write it to a file."""
        return _written(tables.as_markdown(self.layers), path)

    def save_values(self, path: str | Path) -> None:
        """Write all singular values to an .npz file: an array (order, r) a layer, under the layer's name.

        Raises
        ------
        InvalidArgumentError
            If two layers have the same name, or one has a name that is unsafe for a file in an archive.
        """
        write_whole(path, self.write_values)

    def write_values(self, file: IO[bytes]) -> None:
        """Write the archive of `save_values` into a file that is open for writing bytes."""
        tables.check_archive_names([layer.name for layer in self.layers])
        tables.write_archive(file, {r.name: r.values for r in self.layers})

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the spectrum of every layer, a row each; return the artists.

        Parameters
        ----------
        ax : matplotlib axes, optional
        """
        return ridgelines({tables.row_label(layer): layer.values.ravel() for layer in self.layers}, ax)

    def __repr__(self) -> str:
        return tables.as_text(self.layers)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        write_whole(path, lambda file: file.write(text.encode(errors="backslashreplace")))
    return text
