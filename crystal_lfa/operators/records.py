"""Results that can be saved: frozen dataclasses, written as their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Record", "is_table"]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """What is saved as its fields: a frozen dataclass of numbers, text, tuples, arrays, places, operators, records.

    A class that is more than its fields says with `stored` and `restored` which record stands for it in a file.
    """

    @classmethod
    def known(cls) -> Mapping[str, type[Record]]:
        """Return the records that a file may hold, by the names of the classes for which they stand."""
        from crystal_lfa.operators.record_files import KNOWN

        return KNOWN

    def stored(self) -> Record:
        """Return the record that is written for this object."""
        return self

    def restored(self) -> Any:
        """Return the object for which this record was written."""
        return self

    def fits(self) -> bool:
        """Tell whether fields, each of the type that the class says, fit each other: the shapes of arrays."""
        return True

    def save(self, path: str | Path) -> None:
        """Write this into an ``.npz`` file of plain numbers and text, which `crystal_lfa.load` reads.

        Lattices, tori and operators are kept exactly; tensors of other libraries as numpy arrays.

        Raises
        ------
        OperatorFileError
            If it holds what no file can, such as an operator of one's own class.
        InvalidArgumentError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> import crystal_lfa as lfa
        >>> found = lfa.svd(lfa.stencil([-1, 2, -1]), 4)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     found.save(f"{folder}/found.npz")
        ...     again = lfa.load(f"{folder}/found.npz")
        >>> again
        SVD(4 singular values from 0 to 4, factors kept, on Lattice([[1.0]]).torus([4]))
        """
        from crystal_lfa.operators.record_files import save

        save(self, path)

    def content_hash(self) -> str:
        """Return the SHA-256 of what `save` writes: equal for equal numbers.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> A = lfa.stencil([-1, 2, -1])
        >>> lfa.norm(A, 4).content_hash() == lfa.norm(A, 4).content_hash() != lfa.norm(A, 5).content_hash()
        True
        """
        from crystal_lfa.operators.record_files import content_hash

        return content_hash(self)


def is_table(value: Any, *shape: int) -> bool:
    """Tell whether a value is an array of real or complex floating numbers of a shape."""
    return isinstance(value, np.ndarray) and value.shape == shape and value.dtype.kind in "fc"
