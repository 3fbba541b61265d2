"""What the singular values of a network's convolutions say, layer by layer and together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crystal_lfa.cnn import tables
from crystal_lfa.cnn.attributes import shortened
from crystal_lfa.cnn.gain import NetworkGain
from crystal_lfa.cnn.layer_report import LayerReport
from crystal_lfa.cnn.page import as_html
from crystal_lfa.cnn.totals import NetworkTotals
from crystal_lfa.drawing.ridgelines import ridgelines
from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.files import write_whole

__all__ = ["LayerReport", "Report"]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The singular values of a network's convolutions; ``report[name]`` is one layer's.

    Attributes
    ----------
    layers : tuple of LayerReport, in the model's order
        Those that cannot be analysed among them, with the reason.
    gain : NetworkGain or None
        A bound of the linear part of the whole network and of its residual blocks, where the source shows how its
        layers hang together.
    """

    layers: tuple[LayerReport, ...]
    gain: NetworkGain | None = None

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

    @property
    def totals(self) -> NetworkTotals:
        """What the layers have together."""
        return NetworkTotals.of(self.layers)

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the report as JSON, and write it to a file if a path is given.

        ``{"layers": [{name, shape, stride, ..., sigma_max, ..., reason}], "totals": {...}, "gain": {...}}``; what is
        infinite or undefined is null.
        """
        return _written(tables.as_json(self), path)

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the report as CSV, one row a layer, and write it to a file if a path is given."""
        return _written(tables.as_csv(self.layers), path)

    def to_markdown(self, path: str | Path | None = None) -> str:
        """Return the report as a Markdown table with what was assumed below, and write it to a file."""
        return _written(tables.as_markdown(self), path)

    def to_html(self, path: str | Path | None = None, title: str = "Singular values of the convolutions") -> str:
        """Return the report as one self-contained page with pictures, and write it to a file if a path is given.

        Parameters
        ----------
        path : str or Path, optional
        title : str
            Such as the name of the model.
        """
        return _written(as_html(self, title), path)

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
        tables.write_archive(file, {r.name: r.values for r in self.layers if r.is_analysed})

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the spectrum of every layer, a row each; return the artists.

        Parameters
        ----------
        ax : matplotlib axes, optional
        """
        drawn = [layer for layer in self.layers if layer.is_analysed]
        if not drawn:
            raise InvalidArgumentError("report: no layer in it could be analysed; there is nothing to draw")
        return ridgelines({tables.row_label(layer): layer.values.ravel() for layer in drawn}, ax)

    def __repr__(self) -> str:
        return tables.as_text(self)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        write_whole(path, lambda file: file.write(text.encode(errors="backslashreplace")))
    return text
