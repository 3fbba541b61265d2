"""Where a picture goes: the axes given, or new ones."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import MissingLibraryError

__all__ = ["figure_and_axes", "save_figure"]


def figure_and_axes(ax: Any, size: tuple[float, float]) -> tuple[Any, Any]:
    """Return a figure and axes: those of `ax`, or new ones of a size in inches.

    Raises
    ------
    MissingLibraryError
        If matplotlib is not installed.
    """
    if ax is not None:
        return ax.figure, ax
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingLibraryError.for_extra("matplotlib", "drawing", "plot") from None
    figure, new = plt.subplots(figsize=size, layout="constrained")
    return figure, new


def save_figure(figure: Any, file: Any, file_format: str) -> None:
    """Write a figure to an open binary file and free it."""
    import matplotlib.pyplot as plt

    try:
        figure.savefig(file, format=file_format, dpi=150)
    finally:
        plt.close(figure)
