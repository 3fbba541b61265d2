"""Which frequencies of a torus stand for others: one of each orbit of a group of maps that leave values as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.characters import Characters
from crystal_lfa.geometry.frequency_maps import FrequencyMap, Images, columns_of, frequency_maps, prepared

__all__ = ["Reduction", "bytes_of_search"]

_PORTION = 2**16
"""How many numbers are looked at together: their coordinates stay in the processor's cache."""

_SAMPLE = 500
"""By how many numbers the order is chosen in which maps are asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """How the frequencies of a torus are reduced to one of each orbit, that with the smallest number.

    Attributes
    ----------
    torus : Torus
    halved : bool
        Whether values at -kappa are those at kappa, conjugated: of a real operator, every twist 0 or 1/2.
    maps : tuple of FrequencyMap
        All maps but the identity, a group; empty where there is no other than that of `halved`.
    representatives : (r,) int64, optional
        The numbers to visit, ascending, where there are such maps.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> Reduction(lfa.lattices.square().torus(8), halved=True)
    Reduction(34 of 64 frequencies, 0.531: opposite ones)
    """

    torus: Torus
    halved: bool = False
    maps: tuple[FrequencyMap, ...] = ()
    representatives: NDArray[np.int64] | None = None
    _images: tuple[tuple[Images, bool], ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        maps = self.maps
        if self.halved and not maps:
            maps = frequency_maps(self.torus, np.eye(self.torus.lattice.dim, dtype=np.int64)[None], real=True)
        # Conjugated ones first: what is written last counts, where two maps lead to one frequency.
        maps = tuple(sorted(maps, key=lambda each: not each.conjugated))
        # With tables, made once for all chunks.
        images = tuple(zip(prepared(maps), (one.conjugated for one in maps), strict=True))
        if self.halved and not images:
            images = ((partial(_opposites, self.torus.characters), True),)
        object.__setattr__(self, "_images", images)

    @classmethod
    def by(cls, torus: Torus, maps: tuple[FrequencyMap, ...], *, halved: bool) -> Reduction:
        """Return the reduction by a group of maps; that of opposite frequencies alone, where they are no more."""
        plain = cls(torus, halved)
        return plain if len(maps) <= int(halved) else replace(plain, maps=maps, representatives=_smallest(torus, maps))

    @property
    def count(self) -> int:
        """The number of frequencies that are visited."""
        if self.representatives is not None:
            return len(self.representatives)
        spans = range(0, self.torus.order, _PORTION)
        return sum(len(self.visited(range(s, min(s + _PORTION, self.torus.order)))) for s in spans)

    @property
    def visits(self) -> int:
        """About `count`, without counting: of halved ones, those on borders are not told apart."""
        listed = self.representatives
        return self.torus.order // (1 + self.halved) if listed is None else len(listed)

    @property
    def conjugates(self) -> bool:
        """Whether values at some of the images are complex conjugates."""
        return any(one.conjugated for one in self.maps) if self.maps else self.halved

    @property
    def held_bytes(self) -> int:
        """What the list of numbers takes in memory."""
        return 0 if self.representatives is None else self.representatives.nbytes

    @property
    def share(self) -> float:
        """The share of the zone that is visited: `count` over the number of frequencies."""
        return self.count / self.torus.order

    def visited(self, span: range) -> NDArray[np.int64]:
        """Return the numbers in a span to visit, ascending."""
        if self.representatives is not None:
            first, last = np.searchsorted(self.representatives, [span.start, span.stop])
            return self.representatives[first:last]
        numbers = np.arange(span.start, span.stop, dtype=np.int64)
        if not self.halved:
            return numbers
        return numbers[numbers <= next(self.images(numbers))[0]]

    def within(self, span: range) -> Reduction:
        """Return what a span needs of this reduction, of a list its own part alone: it may have far to travel."""
        if self.representatives is None:
            return self
        return replace(self, halved=False, maps=(), representatives=self.visited(span))

    def images(self, numbers: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], bool]]:
        """Yield the numbers of the frequencies that visited ones stand for, and whether values are conjugated there.

        Conjugated ones come first: what is written last counts, where two maps lead to one frequency.
        """
        columns = columns_of(self.torus.characters, numbers)
        for image, conjugated in self._images:
            yield image(columns), conjugated

    def __repr__(self) -> str:
        why = "opposite ones" if self.halved else "all"
        why = f"{len(self.maps) + 1} symmetries" if self.maps else why
        return f"Reduction({self.count} of {self.torus.order} frequencies, {self.share:.3g}: {why})"


def _opposites(characters: Characters, columns: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    """Return the numbers of the opposite frequencies."""
    return np.asarray(characters.opposite_of(np.stack(columns, axis=-1)), dtype=np.int64)


def bytes_of_search(torus: Torus, maps: int) -> int:
    """Return about what `Reduction.by` takes in memory, with so many maps."""
    portion = min(_PORTION, torus.order)
    return 32 * torus.order // max(maps, 1) + 8 * portion * (2 * torus.lattice.dim + 4)


def _smallest(torus: Torus, maps: tuple[FrequencyMap, ...]) -> NDArray[np.int64]:
    """Return the numbers that no map makes smaller, ascending."""
    images = _most_telling_first(torus, prepared(maps))
    found = []
    for start in range(0, torus.order, _PORTION):
        numbers = np.arange(start, min(start + _PORTION, torus.order), dtype=np.int64)
        columns = columns_of(torus.characters, numbers)
        # What one map makes smaller, no other has to look at.
        for image in images:
            kept = image(columns) >= numbers
            if not kept.all():
                numbers = numbers[kept]
                columns = tuple(column[kept] for column in columns)
        found.append(numbers)
    smallest = np.concatenate(found)
    smallest.flags.writeable = False
    return smallest


def _most_telling_first(torus: Torus, images: list[Images]) -> list[Images]:
    """Return the maps in an order in which few leave many numbers to the others, judged by a sample."""
    sample = np.unique(np.linspace(0, torus.order - 1, _SAMPLE).astype(np.int64))
    columns = columns_of(torus.characters, sample)
    smaller = np.stack([image(columns) < sample for image in images])
    order: list[int] = []
    while len(order) < len(images):
        best = int(smaller.sum(axis=1).argmax())
        if not smaller[best].any():
            break
        order.append(best)
        smaller = smaller & ~smaller[best]
    rest = [i for i in range(len(images)) if i not in order]
    return [images[i] for i in order + rest]
