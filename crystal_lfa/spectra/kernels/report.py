"""``crystal-lfa kernels``: getting the kernels ready, and what there is to say of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from crystal_lfa.spectra.kernels.choice import account, found_kernels

__all__ = ["ABSENT", "KernelState", "prepared"]

ABSENT = (
    'numba is not installed, or does not fit to this numpy: LAPACK does all; pip install "crystal-lfa[fast]" mends that'
)


@dataclass(frozen=True, slots=True)
class KernelState:
    """A kernel that is ready.

    Attributes
    ----------
    kernel, dtype : its name, and the type of its numbers
    compiled : bool
        Whether it was compiled now; else it had been before.
    seconds : float
        How long getting ready took.
    folder : str or None
        Where it is kept.
    """

    kernel: str
    dtype: str
    compiled: bool
    seconds: float
    folder: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return what is known by name."""
        return asdict(self)


def prepared(dtypes: tuple[str, ...] | None = None) -> Iterator[KernelState]:
    """Get kernels ready, of all number types or some, and yield each; none where numba is missing."""
    kernels = found_kernels() or {}
    for name, dtype, kept, seconds in account.prepare(kernels, dtypes):
        yield KernelState(name, dtype, not kept, seconds, kernels[name].folder)
