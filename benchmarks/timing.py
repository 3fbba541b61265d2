"""Timing several contenders in turn, in one process, so that what else the machine does meets all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from contenders import OURS, Steps, choose, random_weight, steps
from machine import keep_memory
from numpy.typing import NDArray
from summaries import Row, Seconds, all_ratios

from crystal_lfa.spectra.kernels.report import prepared

Look = Callable[[str, Any], None]


_GLANCE = 0.02
"""Seconds for which is looked whether any thread works."""

_LONGEST_REST = 1.0
"""Seconds."""


def rest() -> None:
    """Wait until no thread works any more: those of BLAS wait for work busily, for a tenth of a second."""
    end = time.monotonic() + _LONGEST_REST
    while time.monotonic() < end:
        before = time.process_time()
        time.sleep(_GLANCE)
        if time.process_time() - before < _GLANCE / 10:
            return


def interleaved(contenders: Mapping[str, Steps], repeats: int, look: Look | None = None) -> Seconds:
    """Return the seconds of each step of each contender in each round; all run in turn, after a round that warms up.

    `look` gets the name and the result of each in the last round.
    """
    # Fresh memory costs a virtual machine more time than the work that fills it, or nothing, by turns.
    keep_memory()
    # Else they would be loaded in one of the rounds, as the work grows.
    list(prepared())
    names = list(contenders)
    seconds: Seconds = {name: {step: [] for step in chain} for name, chain in contenders.items()}
    for repeat in range(repeats + 1):
        # Nobody always follows the same one.
        first = repeat % len(names)
        for name in names[first:] + names[:first]:
            chain = contenders[name]
            rest()
            carried: tuple[Any, ...] = ()
            for step, work in chain.items():
                start = time.perf_counter()
                found = work(*carried)
                taken = time.perf_counter() - start
                if repeat:
                    seconds[name][step].append(taken)
                carried = (found,)
                # Else the last result is still there while the next contender allocates its own.
                del found
            if repeat == repeats and look is not None:
                look(name, carried[0])
            del carried
    return seconds


def whole(work: Callable[[], Any]) -> Steps:
    """Return the steps of what takes one step."""
    return {"whole": work}


def against_paper(
    channels: int,
    extent: int,
    names: Sequence[str],
    repeats: int,
    *,
    limit: float,
    vectors: bool = False,
    others: Mapping[str, Steps] | None = None,
) -> Row:
    """Time contenders, the paper's algorithm and ours among them, at one size; return a row.

    Parameters
    ----------
    channels, extent, names, limit, vectors
        As in `contenders.choose`.
    repeats : int
        Rounds that count.
    others : steps by name, optional
        What else takes its turn in each round.
    """
    weight = random_weight(channels)
    taking_part, left_out = choose(names, channels, extent, limit, vectors=vectors)
    chains = {name: steps(name, weight, extent, vectors=vectors) for name in taking_part}
    kept: dict[str, NDArray[Any]] = {}

    def look(name: str, found: Any) -> None:
        if name in chains:
            kept[name] = np.abs(rebuilt(found, extent)) if vectors else np.sort(np.asarray(found), axis=None)

    seconds = interleaved({**chains, **(others or {})}, repeats, look)
    reference = kept["paper"]
    errors = {name: float(np.abs(x - reference).max() / reference.max()) for name, x in kept.items() if name != "paper"}
    return {
        "channels": channels,
        "extent": extent,
        "seconds": seconds,
        "ratios": all_ratios(seconds, OURS),
        "errors": errors,
        "left_out": left_out,
    }


def rebuilt(factors: Any, frequencies: int) -> NDArray[Any]:
    """Return the symbols at the first frequencies from their factors (u, s, vh).

    The origin of the FFT method's kernel is a corner: its symbols agree with the others' up to a phase.
    """
    u, s, vh = (np.asarray(x) for x in factors)
    c = s.shape[-1]
    u, vh = (x.reshape(-1, c, c)[:frequencies] for x in (u, vh))
    return (u * s.reshape(-1, 1, c)[:frequencies]) @ vh
