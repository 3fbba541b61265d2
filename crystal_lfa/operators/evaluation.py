"""Evaluating a composed operator: every distinct subexpression once, at a batch of frequencies.

The expression is a directed acyclic graph. An operand described on a finer lattice is evaluated at the harmonics of the
batch's frequencies, a transposed one at their opposites: so a step is an operator together with its wave functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from array_api_compat import is_numpy_array

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import OppositeWaves, WaveFunctions
from crystal_lfa.operators.arrays import to_numpy

if TYPE_CHECKING:
    from crystal_lfa.geometry import Lattice
    from crystal_lfa.operators.base import Operator
    from crystal_lfa.operators.inverses import Judge
    from crystal_lfa.operators.nodes import Node

__all__ = ["Program", "Step", "Sublevel", "expression_graph"]


Leaves = Callable[[int, WaveFunctions, list[Any]], Any]


@dataclass(frozen=True, slots=True)
class Sublevel:
    """How the wave functions of some operands come from those of the expression around them.

    Attributes
    ----------
    parent : the number of the level around it
    lattices : (fine, coarse) where they are the harmonics on a finer lattice; None where they are the opposites
    """

    parent: int
    lattices: tuple[Lattice, Lattice] | None

    def waves(self, around: WaveFunctions) -> WaveFunctions:
        """Return the wave functions, from those of the parent."""
        return OppositeWaves(around) if self.lattices is None else around.harmonics(*self.lattices)


@dataclass(frozen=True, slots=True)
class Step:
    """One operator, evaluated from the symbols of its operands.

    Attributes
    ----------
    operator : Operator
    level : int
        Number of the wave functions at which a leaf is evaluated; of a node those at which its operands are.
    inputs : tuple of int
        Numbers of the steps that give the symbols of its operands.
    last : tuple of int
        The inputs that no later step needs.
    """

    operator: Operator
    level: int
    inputs: tuple[int, ...]
    last: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The steps of an expression in an order in which each finds its operands evaluated; the last is the expression."""

    steps: tuple[Step, ...]
    levels: tuple[Sublevel, ...]

    @classmethod
    def of(cls, operator: Operator) -> Program:
        """Return the program of an operator; equal subexpressions become one step."""
        builder = _Builder()
        builder.visit(operator)
        return cls(tuple(builder.with_last_uses()), tuple(builder.levels))

    @property
    def careful(self) -> bool:
        """Whether an inverse is taken of what has no bound, so that the size of what is rounded has to be followed."""
        return any(step.operator.judges_size and step.operator.operands[0].magnitude is None for step in self.steps)

    def multiplicity(self, level: int) -> int:
        """Return how many frequencies a level visits for each of the expression's."""
        if level == 0:
            return 1
        sublevel = self.levels[level - 1]
        harmonics = 1 if sublevel.lattices is None else sublevel.lattices[1].index_in(sublevel.lattices[0])
        return harmonics * self.multiplicity(sublevel.parent)

    def __call__(self, waves: WaveFunctions, dtype: Any = None, leaves: Leaves | None = None) -> Any:
        """Return the expression's symbols at a batch of frequencies: (..., m, n).

        `leaves` may give the symbols of some steps, from their number, wave functions and operands' symbols.
        """
        around: list[WaveFunctions] = [waves]
        for level in self.levels:
            around.append(level.waves(around[level.parent]))
        values: dict[int, Any] = {}
        sizes: dict[int, Any] = {}
        careful = self.careful
        for number, step in enumerate(self.steps):
            at = around[step.level]
            inputs = [values[i] for i in step.inputs]
            given = None if leaves is None else leaves(number, at, inputs)
            if given is not None:
                values[number] = given
            elif not step.inputs:
                values[number] = _checked(step.operator, step.operator.symbols(at, dtype))
            elif step.operator.judges_size:
                size = sizes.get(step.inputs[0], step.operator.operands[0].magnitude)
                values[number] = cast("Judge", step.operator).judge(at, inputs[0], size)
            else:
                values[number] = cast("Node", step.operator).combine(at, *inputs)
            if careful:
                sizes[number] = _size(step.operator, values[number], [sizes[i] for i in step.inputs])
            for spent in step.last:
                del values[spent]
        return values[len(self.steps) - 1]


def _checked(operator: Operator, symbols: Any) -> Any:
    """Return the symbols of a leaf; refuse those of another shape than its crystals have."""
    shape = tuple(getattr(symbols, "shape", ()))
    if shape[-2:] != operator.shape:
        kind = type(operator).__name__
        message = f"symbols: {kind} gave an array of shape {shape}; the last axes have to be (m, n) = {operator.shape}"
        raise InvalidArgumentError(message)
    return symbols


def _size(operator: Operator, value: Any, inputs: list[Any]) -> Any:
    """Return, for each frequency, the size of what an operator's symbol was rounded from; numpy, or a number."""
    if inputs:
        return cast("Node", operator).size(value, *inputs)
    if operator.magnitude is not None:
        return operator.magnitude
    return np.abs(to_numpy(value)).max(axis=(-2, -1)) * max(operator.shape)


def expression_graph(operator: Operator) -> Any:
    """Return the parts of an operator as a directed acyclic networkx graph: `Operator.expression_graph`."""
    import networkx as nx

    program = Program.of(operator)
    graph = nx.DiGraph()
    for number, step in enumerate(program.steps):
        graph.add_node(number, operator=step.operator, label=type(step.operator).__name__)
        graph.add_edges_from((source, number) for source in step.inputs)
    return graph


class _Builder:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.levels: list[Sublevel] = []
        self._level_numbers: dict[Any, int] = {}
        self._step_numbers: dict[Any, int] = {}
        self._seen: dict[tuple[int, int], int] = {}

    def visit(self, root: Operator) -> None:
        """Give all subexpressions numbers, operands first; without recursion, since sums may be long."""
        stack: list[tuple[Operator, int]] = [(root, 0)]
        while stack:
            operator, level = stack[-1]
            if (id(operator), level) in self._seen:
                stack.pop()
                continue
            inside = self._level_of(operator, level)
            missing = [(o, inside) for o in operator.operands if (id(o), inside) not in self._seen]
            if missing:
                stack.extend(reversed(missing))
                continue
            inputs = tuple(self._seen[id(o), inside] for o in operator.operands)
            self._seen[id(operator), level] = self._step(operator, inside, inputs)
            stack.pop()

    def _level_of(self, operator: Operator, level: int) -> int:
        if not operator.operands or not operator.changes_waves:
            return level
        fine = operator.finer
        lattices = None if fine is None else (fine, operator.lattice)
        bases = None if lattices is None else tuple((x.vectors.tobytes(), x.exact_matrix) for x in lattices)
        key = (level, bases)
        if key not in self._level_numbers:
            self.levels.append(Sublevel(level, lattices))
            self._level_numbers[key] = len(self.levels)
        return self._level_numbers[key]

    def _step(self, operator: Operator, level: int, inputs: tuple[int, ...]) -> int:
        key = (level, inputs, _identity(operator))
        if key not in self._step_numbers:
            self.steps.append(Step(operator, level, inputs))
            self._step_numbers[key] = len(self.steps) - 1
        return self._step_numbers[key]

    def with_last_uses(self) -> list[Step]:
        """Return the steps, each with those of its inputs that no later step needs."""
        final = {source: number for number, step in enumerate(self.steps) for source in step.inputs}
        return [
            Step(step.operator, step.level, step.inputs, tuple({i for i in step.inputs if final[i] == number}))
            for number, step in enumerate(self.steps)
        ]


def _identity(operator: Operator) -> Any:
    """Return what tells apart operators with the same operands: the kind and parameters, of a leaf its numbers."""
    if operator.operands:
        return type(operator), operator.settings
    multipliers, offsets = getattr(operator, "multipliers", None), getattr(operator, "offsets", None)
    if multipliers is None or offsets is None or not is_numpy_array(multipliers) or multipliers.dtype == object:
        return id(operator)
    lattice = operator.lattice
    crystals = [(crystal.exact_sites, crystal.dof, crystal.labels) for crystal in (operator.domain, operator.codomain)]
    return (lattice.root, lattice.exact_matrix, *crystals, offsets.tobytes(), multipliers.dtype, multipliers.tobytes())
