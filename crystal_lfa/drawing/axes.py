"""Where a picture goes: the axes given, or new ones."""

from __future__ import annotations

from typing import Any

from crystal_lfa.errors import InvalidArgumentError, MissingLibraryError

__all__ = ["check_dimension", "figure_and_axes", "grey_frame", "save_figure", "side_by_side"]

_VIEW = {"elev": 17.0, "azim": -64.0}
"""A direction from which the points of a cubic grid do not hide one another."""

_TWO = {1: (12.0, 2.0), 2: (12.0, 5.8), 3: (12.0, 6.0)}
"""Sizes in inches of two pictures side by side."""


def figure_and_axes(ax: Any, size: tuple[float, float], dimension: int = 2) -> tuple[Any, Any]:
    """Return a figure and axes: those of `ax`, or new ones of a size in inches.

    Parameters
    ----------
    ax : matplotlib axes, optional
    size : (width, height)
    dimension : int
        Of what will be drawn: 1 and 2 go into plane axes, 3 into axes of ``projection="3d"``.

    Raises
    ------
    MissingLibraryError
        If matplotlib is not installed.
    InvalidArgumentError
        If the dimension is above three, or `ax` is not of the kind that the dimension needs.
    """
    check_dimension(dimension)
    if ax is not None:
        _check_kind(ax, dimension)
        return ax.figure, ax
    if dimension < 3:
        figure, new = _pyplot().subplots(figsize=size, layout="constrained")
        return figure, new
    figure, new = _pyplot().subplots(figsize=size, layout="constrained", subplot_kw={"projection": "3d"})
    new.view_init(**_VIEW)
    return figure, new


def side_by_side(dimension: int) -> tuple[Any, Any, Any]:
    """Return a new figure and its two axes, the right ones in space seen from where matplotlib does.

    Raises
    ------
    MissingLibraryError
        If matplotlib is not installed.
    InvalidArgumentError
        If the dimension is above three.
    """
    check_dimension(dimension)
    options = {"subplot_kw": {"projection": "3d"}} if dimension == 3 else {}
    figure, (left, right) = _pyplot().subplots(1, 2, figsize=_TWO[dimension], layout="constrained", **options)
    if dimension == 3:
        left.view_init(**_VIEW)
    return figure, left, right


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingLibraryError.for_extra("matplotlib", "drawing", "plot") from None
    return plt


def check_dimension(dimension: int) -> None:
    """Refuse to draw what has no place on paper.

    Raises
    ------
    InvalidArgumentError
        If the dimension is not 1, 2 or 3.
    """
    if dimension not in {1, 2, 3}:
        raise InvalidArgumentError(f"dimension: got {dimension}; what has dimension 1, 2 or 3 can be drawn")


def _check_kind(ax: Any, dimension: int) -> None:
    kind = getattr(ax, "name", None)
    if not isinstance(kind, str) or not hasattr(ax, "figure"):
        raise InvalidArgumentError(f"ax: got {ax!r} of type {type(ax).__name__}; matplotlib axes are needed")
    if dimension == 3 and kind != "3d":
        message = f"ax: got {kind} axes; three dimensions need 3-d axes, such as figure.add_subplot(projection='3d')"
        raise InvalidArgumentError(message)
    if dimension < 3 and kind in {"3d", "polar"}:
        message = f"ax: got {kind} axes; pictures of dimension {dimension} need plane axes, without a projection"
        raise InvalidArgumentError(message)


def grey_frame(ax: Any) -> None:
    """Leave the axes of a plot of numbers two of their four sides, in grey."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("0.7")
    ax.tick_params(which="both", color="0.7", labelcolor="0.35", labelsize="small")


def save_figure(figure: Any, file: Any, file_format: str) -> None:
    """Write a figure to an open binary file and free it."""
    import matplotlib.pyplot as plt

    try:
        figure.savefig(file, format=file_format, dpi=150)
    finally:
        plt.close(figure)
