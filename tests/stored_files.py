"""Files of operators and results, changed after they were written, with a hash that fits again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from crystal_lfa.operators.archives import read_archive, text_array, write_archive

__all__ = ["forge"]


def forge(thing: Any, path: Path, change: Callable[[Any], object] | None = None, **arrays: NDArray[Any]) -> Path:
    """Save an operator or result, then change its description in place, and arrays; return the path."""
    thing.save(path)
    held = {**read_archive(path), **arrays}
    description = json.loads(held["description"].tobytes())
    if change is not None:
        change(description)
    write_archive({**held, "description": text_array(json.dumps(description))}, path)
    return path
