"""Peak resident memory of all singular values, each contender in a process of its own.

Run ``python benchmarks/memory.py [--channels 64] [--extent 256]``.

Reported: the peak above the interpreter with its imports, and that less the result.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
from contenders import CONTENDERS


def peak_bytes() -> int:
    """Return the peak resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def alone(name: str, channels: int, extent: int) -> dict[str, Any]:
    """Run one contender in this process; its values come sorted, thinned to a hundred, for comparison."""
    contender = CONTENDERS[name]
    weight = np.random.default_rng(0).normal(size=(channels, channels, 3, 3))
    contender(weight[:2, :2], 4)  # imports and thread pools are the interpreter's
    before = peak_bytes()
    start = time.perf_counter()
    values = contender(weight, extent)
    seconds = time.perf_counter() - start
    above = peak_bytes() - before
    ordered = np.sort(values, axis=None)
    return {
        "seconds": seconds,
        "peak": above,
        "result": values.nbytes,
        "values": ordered[:: max(1, ordered.size // 100)].tolist(),
    }


def main() -> None:
    """Print the peaks of the paper's algorithm and of this library, and how far their values differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--extent", type=int, default=256)
    parser.add_argument("--alone", choices=sorted(CONTENDERS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(alone(options.alone, options.channels, options.extent)))
        return
    found = {}
    for name in ("paper", "crystal_lfa"):
        command = [sys.executable, __file__, "--alone", name]
        command += ["--channels", str(options.channels), "--extent", str(options.extent)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found[name] = json.loads(output)
        row = found[name]
        print(
            f"{name:12s} {row['seconds']:8.2f} s   peak {row['peak'] / 1e6:8.1f} MB, of it result "
            f"{row['result'] / 1e6:6.1f} MB, beyond it {(row['peak'] - row['result']) / 1e6:8.1f} MB"
        )
    ours, theirs = np.array(found["crystal_lfa"]["values"]), np.array(found["paper"]["values"])
    print(f"largest difference / sigma_max: {np.abs(ours - theirs).max() / theirs.max():.1e}")


if __name__ == "__main__":
    main()
