"""Composed operators without finite range: inverses, and what they enter; evaluated symbol by symbol."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.operators.arrays import constant_like, in_one_library, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.reading import is_imaginary
from crystal_lfa.operators.symbolic.expressions import is_expression, require_numbers

__all__ = [
    "Adjoint",
    "Node",
    "OnSublattice",
    "Product",
    "Scaled",
    "Sum",
    "Transpose",
]


class Node(Operator):
    """An operator made of others, its operands.

    Attributes
    ----------
    operands : tuple of Operator
    settings : tuple
        What else it is made of: two nodes of one kind with the same operands and settings are equal.
    """

    def __init__(
        self, operands: tuple[Operator, ...], domain: Crystal, codomain: Crystal, settings: tuple[Any, ...] = ()
    ) -> None:
        self._fill(domain=domain, codomain=codomain, operands=operands, settings=settings)
        self._fill(is_real=self._known_real(), is_hermitian=self._known_hermitian(), magnitude=self._bound())

    @abstractmethod
    def combine(self, waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the symbols at a batch of frequencies from those of the operands, and the waves of the operands."""

    @abstractmethod
    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the same composition of other operands between the same crystals."""

    complete = True

    # Known when a node is made: asked for later, they would cost a walk through the whole expression.
    is_real = False
    is_hermitian = False
    magnitude = None

    def _known_real(self) -> bool:
        """Return whether the operator is known to map real functions to real ones."""
        return all(operand.is_real for operand in self.operands)

    def _known_hermitian(self) -> bool:
        """Return whether the operator is known to be its own adjoint."""
        return False

    def _bound(self) -> float | None:
        """Return a bound of the norms of all symbols, None where none is known."""
        return None

    def size(self, _value: Any, *inputs: Any) -> Any:
        """Return, for each frequency, the size of what the symbol was rounded from, from the operands' sizes."""
        return inputs[0]

    def symbols(self, waves: WaveFunctions, dtype: Any = None) -> Any:
        """Return the symbols at a batch of frequencies: (..., m, n), complex; shared operands once."""
        return Program.of(self)(waves, dtype)

    def __repr__(self) -> str:
        names = ", ".join(type(operand).__name__ for operand in self.operands)
        return f"{type(self).__name__}({names}: {self.domain!r} -> {self.codomain!r})"


def _bounds(node: Node) -> list[float] | None:
    """Return the bounds of all operands, None if one is unknown."""
    bounds = [operand.magnitude for operand in node.operands]
    return None if None in bounds else [bound for bound in bounds if bound is not None]


class Sum(Node):
    """The sum of two operators between the same crystals."""

    keeps_symmetries = True

    def __init__(self, left: Operator, right: Operator) -> None:
        super().__init__((left, right), left.domain, left.codomain)

    def _known_hermitian(self) -> bool:
        """Whether both operands are their own adjoints."""
        return all(operand.is_hermitian for operand in self.operands)

    def _bound(self) -> float | None:
        """Return the sum of the operands' bounds."""
        bounds = _bounds(self)
        return None if bounds is None else sum(bounds)

    def combine(self, _waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the sum of the symbols."""
        left, right = in_one_library(*symbols)
        return left + right

    def size(self, _value: Any, *inputs: Any) -> Any:
        """Return the sum of the operands' sizes."""
        return inputs[0] + inputs[1]

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the sum of other operands."""
        return operands[0] + operands[1]


class Product(Node):
    """The product of two operators, the right one acting first."""

    keeps_symmetries = True

    def __init__(self, left: Operator, right: Operator) -> None:
        super().__init__((left, right), right.domain, left.codomain)

    def _bound(self) -> float | None:
        """Return the product of the operands' bounds."""
        bounds = _bounds(self)
        return None if bounds is None else bounds[0] * bounds[1]

    def combine(self, _waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the product of the symbols."""
        left, right = in_one_library(*symbols)
        return array_namespace(left).matmul(left, right)

    def size(self, _value: Any, *inputs: Any) -> Any:
        """Return the product of the operands' sizes."""
        return inputs[0] * inputs[1]

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the product of other operands."""
        return operands[0] @ operands[1]


class Scaled(Node):
    """A number times an operator."""

    keeps_symmetries = True

    def __init__(self, operand: Operator, factor: Any) -> None:
        super().__init__((operand,), operand.domain, operand.codomain, (factor,))

    @property
    def factor(self) -> Any:
        """The number."""
        return self.settings[0]

    def _known_real(self) -> bool:
        """Whether the number and the operand are real."""
        return super()._known_real() and not is_imaginary(self.factor)

    def _known_hermitian(self) -> bool:
        """Whether the number is real and the operand its own adjoint."""
        return self.operands[0].is_hermitian and not is_imaginary(self.factor)

    def _bound(self) -> float | None:
        """Return the operand's bound times the number."""
        bounds = None if is_expression(self.factor) else _bounds(self)
        return None if bounds is None else bounds[0] * _modulus(self.factor)

    def combine(self, _waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the number times the symbols."""
        if is_expression(self.factor):
            require_numbers(np.array([self.factor], dtype=object))
        return self.factor * symbols[0]

    def size(self, _value: Any, *inputs: Any) -> Any:
        """Return the number times the operand's size."""
        return inputs[0] if is_expression(self.factor) else _modulus(self.factor) * inputs[0]

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the number times another operand."""
        scaled: Operator = self.factor * operands[0]
        return scaled


def _modulus(number: Any) -> float:
    return abs(complex(number)) if isinstance(number, int | float | complex) else float(np.abs(to_numpy(number)))


class _Flipped(Node):
    """From the operand's codomain to its domain."""

    keeps_symmetries = True

    def __init__(self, operand: Operator) -> None:
        super().__init__((operand,), operand.codomain, operand.domain)

    def _known_hermitian(self) -> bool:
        """Whether the operand is its own adjoint."""
        return self.operands[0].is_hermitian

    def _bound(self) -> float | None:
        """Return the operand's bound."""
        return self.operands[0].magnitude


class Adjoint(_Flipped):
    """The adjoint: conjugate transposes of the symbols."""

    def combine(self, _waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the conjugate transposes."""
        xp = array_namespace(symbols[0])
        return xp.conj(xp.matrix_transpose(symbols[0]))

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the adjoint of another operand."""
        return operands[0].H


class Transpose(_Flipped):
    """The transpose: at kappa, the transposed symbol of the operand at -kappa."""

    changes_waves = True

    def combine(self, _waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the transposed symbols."""
        return array_namespace(symbols[0]).matrix_transpose(symbols[0])

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the transpose of another operand."""
        return operands[0].T


class OnSublattice(Node):
    r"""An operator described with the larger cell of a sublattice, from its symbols at the harmonics.

    .. math:: L'_{\kappa'}[i, j] = \frac1{|M|} \sum_h e^{2\pi i \kappa_h \cdot (c_i - c_j)} L_{\kappa_h}
    """

    keeps_symmetries = True

    changes_waves = True
    cosets: NDArray[np.int64]
    """The coset representatives c_i, in coordinates of the operand's lattice."""

    def __init__(self, operand: Operator, coarse: Lattice) -> None:
        cosets = operand.lattice.torus(operand.lattice.integer_vectors(coarse)).points
        super().__init__(
            (operand,),
            operand.domain.supercell(coarse),
            operand.codomain.supercell(coarse),
            (coarse.exact_matrix, coarse.vectors.tobytes(), cosets.tobytes()),
        )
        self._fill(cosets=cosets)

    @property
    def finer(self) -> Lattice:
        """The lattice of the operand."""
        return self.operands[0].lattice

    def _known_hermitian(self) -> bool:
        """Whether the operand is its own adjoint."""
        return self.operands[0].is_hermitian

    def _bound(self) -> float | None:
        """Return the operand's bound, of the norm of each block."""
        return self.operands[0].magnitude

    def combine(self, waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return the symbols with the larger cell."""
        (symbol,) = symbols
        xp = array_namespace(symbol)
        phases = constant_like(waves(self.cosets), symbol)
        phases = xp.astype(phases, symbol.dtype, copy=False)
        count = len(self.cosets)
        m, n = symbol.shape[-2:]
        batch = symbol.shape[:-3]
        # (..., i, a, b, h) times (..., h, j)
        rows = xp.matrix_transpose(phases)[..., :, None, :] * xp.matrix_transpose(
            xp.reshape(symbol, (*batch, 1, count, m * n))
        )
        blocks = xp.matmul(xp.reshape(rows, (*batch, count * m * n, count)), xp.conj(phases) / count)
        axes = len(batch)
        split = xp.reshape(blocks, (*batch, count, m, n, count))
        moved = xp.permute_dims(split, (*range(axes), axes, axes + 1, axes + 3, axes + 2))
        return xp.reshape(moved, (*batch, count * m, count * n))

    def size(self, _value: Any, *inputs: Any) -> Any:
        """Return the largest of the harmonics' sizes."""
        return np.max(inputs[0], axis=-1) if np.ndim(inputs[0]) else inputs[0]

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return another operand with the larger cell."""
        return operands[0].on(self.lattice)
