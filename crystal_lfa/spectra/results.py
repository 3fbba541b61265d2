"""What spectra give back: results that can be saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crystal_lfa.operators.records import Record

__all__ = ["Result"]


@dataclass(frozen=True, slots=True, eq=False)
class Result(Record):
    """A frozen dataclass with what an operator's symbols tell; `storage` lists all of them."""

    @classmethod
    def known(cls) -> Mapping[str, type[Record]]:
        """Return the records that a file may hold, by the names of the classes for which they stand."""
        from crystal_lfa.spectra.storage import KNOWN

        return KNOWN
