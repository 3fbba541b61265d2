"""How a run over frequencies is carried out, whatever is computed."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from crystal_lfa.frequencies.budget import parse_memory
from crystal_lfa.frequencies.progress import Progress

__all__ = ["RunOptions"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The keywords that every call has which visits frequencies.

    Attributes
    ----------
    memory : str or number
        Upper limit, in bytes, on what the call allocates.
    executor : concurrent.futures.Executor, optional
    progress : bool or callable(done, total)
    dtype : the precision to compute in
    """

    memory: str | float
    executor: Executor | None
    progress: Progress
    dtype: Any

    @property
    def limit(self) -> int:
        """The limit of memory in bytes."""
        return parse_memory(self.memory)
