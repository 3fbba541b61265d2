"""What a singular value decomposition draws of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crystal_lfa.spectra.decompositions.singular_vectors import SingularVectors

__all__ = ["Pictured"]


@dataclass(frozen=True, slots=True, eq=False)
class Pictured(SingularVectors):
    """The pictures of a decomposition; each takes matplotlib axes, or makes new ones, and returns the artists."""

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the singular values, sorted as in ``sorted_values``; of very many as many as paper shows.

        Where they differ by more than a factor of thirty, the axis is logarithmic, and those that are zero up to
        rounding are a marked region at its end.

        Parameters
        ----------
        ax : plane matplotlib axes, optional

        Returns
        -------
        list of artists

        Raises
        ------
        InvalidArgumentError
            If `ax` is of the wrong kind.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> curve, *_ = lfa.svd(lfa.stencil([-1, 2, -1]), 4).plot()
        >>> curve.get_ydata().round(6).tolist()
        [4.0, 2.0, 2.0, 0.0]
        """
        from crystal_lfa.spectra.decompositions.pictures import draw_singular_values

        return draw_singular_values(self, ax)

    def plot_histogram(self, ax: Any = None, bins: int = 60) -> list[Any]:
        """Draw how many singular values lie in each of several intervals.

        Parameters
        ----------
        ax : plane matplotlib axes, optional
        bins : int
            How many intervals of equal length, from the smallest value to the largest; equal values fill one.

        Returns
        -------
        list of artists

        Raises
        ------
        InvalidArgumentError
            If `bins` is not from 1 to 10000, or `ax` is of the wrong kind.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> steps, _ = lfa.svd(lfa.stencil([-1, 2, -1]), 4).plot_histogram(bins=2)
        >>> steps.get_data().values.tolist(), steps.get_data().edges.round(6).tolist()
        ([1.0, 3.0], [0.0, 2.0, 4.0])
        """
        from crystal_lfa.spectra.decompositions.pictures import draw_histogram

        return draw_histogram(self, ax, bins)

    def plot_zone(self, ax: Any = None, place: int = 0) -> list[Any]:
        """Draw a singular value of each symbol over the first Brillouin zone, in one and two dimensions.

        The values are those at the torus's frequencies: on a line they are joined, in the plane each frequency colours
        what lies nearest to it. Of more frequencies than a picture shows it has every second, third and so on.

        Parameters
        ----------
        ax : plane matplotlib axes, optional
        place : int
            The column of `values`, so 0 is the largest singular value of each symbol.

        Returns
        -------
        list of artists: the curve or the image, then the rest

        Raises
        ------
        InvalidArgumentError
            If the dimension is above two, there is no such place, or `ax` is of the wrong kind.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> found = lfa.svd(lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]]), (6, 6))
        >>> image, *_ = found.plot_zone()
        >>> float(image.get_array().max())
        8.0
        """
        from crystal_lfa.spectra.decompositions.pictures import draw_zone_values

        return draw_zone_values(self, ax, place)

    def plot_vector(self, i: int, ax: Any = None, side: str = "right", component: int | None = None) -> list[Any]:
        """Draw a singular vector on its crystal: stems on a line, discs at the sites in the plane and in space.

        Diameters are proportional to moduli. Colours of real numbers are red and blue for the two signs, those of
        complex ones their phases. Each site of the torus is drawn once, inside the parallelepiped of the periods.

        Parameters
        ----------
        i : int
            The number of the value in ``sorted_values``.
        ax : matplotlib axes, optional
            Of ``projection="3d"`` for three dimensions.
        side : str
            ``"right"``, as `right` returns it, or ``"left"``.
        component : int, optional
            Which unknown of a site, or channel; default, where sites have several, their norm.

        Returns
        -------
        list of artists: stems or discs, then the rest

        Raises
        ------
        InvalidArgumentError
            If there is no such value, side or component, the dimension is above three, the torus has more than 20000
            sites, or `ax` is of the wrong kind.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> found = lfa.svd(lfa.adjacency(lfa.crystals.honeycomb()), 6)
        >>> discs, *_ = found.plot_vector(0)
        >>> len(discs.get_offsets())
        72
        """
        from crystal_lfa.spectra.decompositions.pictures import draw_singular_vector

        return draw_singular_vector(self, i, ax, side, component)
