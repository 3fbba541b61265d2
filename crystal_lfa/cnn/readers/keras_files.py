"""Keras models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crystal_lfa.cnn.attributes import FoundLayer

__all__ = ["read_keras"]


def read_keras(path: Path, patterns: Iterable[str], input_shape: Any) -> list[FoundLayer]:
    """Return the convolutions of a Keras model."""
    raise NotImplementedError(path, patterns, input_shape)
