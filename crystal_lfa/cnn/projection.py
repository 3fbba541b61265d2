"""From an operator back to a layer: the kernel that is nearest, and kernels whose norm is bounded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.cnn.layer import ConvLayer
from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, UnreadableLayerError
from crystal_lfa.operators import CrystalOperator, Operator, TorusOperator, zero
from crystal_lfa.operators.arrays import constant_like, to_numpy
from crystal_lfa.operators.meeting import same_basis

__all__ = ["in_its_type", "with_nearest_weight"]


def with_nearest_weight(layer: ConvLayer, operator: Operator | TorusOperator) -> ConvLayer:
    """Return a layer whose kernel comes nearest to an operator, as `ConvLayer.with_operator` describes."""
    if layer.reason is not None:
        raise UnreadableLayerError(f"layer {layer.name!r} cannot be analysed: {layer.reason}")
    places = _Places.of(layer)
    if isinstance(operator, TorusOperator):
        values = places.on_torus(operator, to_numpy(layer.weight).ravel())
    elif isinstance(operator, CrystalOperator):
        values = places.in_multipliers(operator)
    else:
        message = (
            f"operator: got {type(operator).__name__}; a CrystalOperator or a TorusOperator is needed "
            "(TorusOperator.of makes one of any operator)"
        )
        raise InvalidArgumentError(message)
    weight = np.empty(layer.shape, dtype=values.dtype)
    weight.ravel()[places.entries] = values
    if np.iscomplexobj(weight) and not np.iscomplexobj(to_numpy(layer.weight)):
        # Rounding makes no real operator complex: those say that they are real.
        raise InvalidArgumentError("operator: it is complex, and the layer's weight is real; a real operator is needed")
    if not np.isfinite(weight).all():
        raise InvalidArgumentError("operator: its nearest kernel holds NaN or infinity; a finite operator is needed")
    return replace(layer, weight=in_its_type(weight, layer.weight))


def in_its_type(values: NDArray[Any], weight: Any) -> Any:
    """Return numbers in the array library and the type of a weight."""
    from array_api_compat import array_namespace

    return array_namespace(weight).astype(constant_like(values, weight), weight.dtype, copy=False)


class _Places:
    """Where each entry of a layer's weight stands in the multipliers of its operator: exactly once."""

    def __init__(self, operator: CrystalOperator) -> None:
        # The entries are their own numbers, from one.
        numbers = to_numpy(operator.multipliers)
        self.operator = operator
        self.offset, self.row, self.column = np.nonzero(numbers)
        self.entries = numbers[self.offset, self.row, self.column].astype(np.int64) - 1

    @classmethod
    def of(cls, layer: ConvLayer) -> _Places:
        count = int(np.prod(layer.shape))
        numbered = np.arange(1.0, count + 1).reshape(layer.shape)
        return cls(replace(layer, weight=numbered).operator())

    def in_multipliers(self, operator: CrystalOperator) -> NDArray[Any]:
        """Return the entries as they stand in an operator on the infinite lattice."""
        aligned = zero(self.operator.domain, self.operator.codomain) + operator
        if not same_basis(aligned.lattice, self.operator.lattice) or not isinstance(aligned, CrystalOperator):
            message = f"operator: it lives on {operator.lattice!r}, the layer on the finer {self.operator.lattice!r}"
            raise CrystalMismatchError(message)
        numbers = {tuple(offset): place for place, offset in enumerate(aligned.offsets.tolist())}
        known = [numbers.get(tuple(offset), -1) for offset in self.operator.offsets.tolist()]
        # The last table is of zeros, for offsets that the operator does not have.
        values = to_numpy(aligned.multipliers)
        table = np.concatenate([values, np.zeros_like(values, shape=(1, *values.shape[1:]))])
        return np.asarray(table[np.array(known)[self.offset], self.row, self.column])

    def on_torus(self, operator: TorusOperator, weight: NDArray[Any]) -> NDArray[Any]:
        """Return the entries that come nearest on a torus; taps that meet there share what changes equally."""
        same = operator.domain == self.operator.domain and operator.codomain == self.operator.codomain
        if not same or not same_basis(operator.torus.lattice, self.operator.lattice):
            message = (
                f"operator: it goes from {operator.domain!r} to {operator.codomain!r}, the layer from "
                f"{self.operator.domain!r} to {self.operator.codomain!r}"
            )
            raise CrystalMismatchError(message)
        place, winding = operator.torus.locate(self.operator.offsets)
        phases = operator.torus.winding_phases(winding)
        own, meeting = np.unique(place, return_inverse=True)
        nearest = operator.nearest_stencil(operator.torus.points[own])
        numbers = {tuple(offset): i for i, offset in enumerate(nearest.offsets.tolist())}
        order = np.array([numbers[tuple(point)] for point in operator.torus.points[own].tolist()])
        table = to_numpy(nearest.multipliers)[order]
        shape = table.shape
        target = np.ravel_multi_index((meeting[self.offset], self.row, self.column), shape)
        before, twists = weight[self.entries], phases[self.offset]
        met = np.zeros(table.size, dtype=np.result_type(before, twists))
        np.add.at(met, target, twists * before)
        shares = np.bincount(target)[target]
        change = np.conj(twists) * (table.ravel() - met)[target] / shares
        # A tap alone is what the torus says, without what it was before: there is nothing to cancel.
        values = np.where(shares == 1, np.conj(twists) * table.ravel()[target], before + change)
        return np.asarray(values.real if operator.is_real and not np.iscomplexobj(weight) else values)
