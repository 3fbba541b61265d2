"""The algebra that every operator has: formulas as they are written, matched crystals, matrices on tori."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crystal_lfa.operators.base import Operator

__all__ = ["Arithmetic"]


class Arithmetic:
    """What operators share: sums, products, adjoints, inverses, larger cells; matrices and actions on a torus.

    Operators on different lattices meet by themselves: on the left one's lattice where both are equal, else on the
    coarser one's in its own basis, else on the intersection in Hermite form. Crystals equal up to lattice translations
    and the order of sites are matched. Finite-range operators stay such where that is possible; what has no finite
    range is composed and evaluated symbol by symbol.
    """

    # An array times an operator is then a TypeError, not an array of operators.
    __array_ufunc__ = None

    def __add__(self: Operator, other: object) -> Operator:  # type: ignore[misc]
        from crystal_lfa.operators import composing

        return composing.add(self, other) if composing.is_operator(other) else NotImplemented

    def __sub__(self: Operator, other: object) -> Operator:  # type: ignore[misc]
        from crystal_lfa.operators import composing

        return composing.add(self, -other) if composing.is_operator(other) else NotImplemented

    def __neg__(self: Operator) -> Operator:  # type: ignore[misc]
        return -1 * self

    def __mul__(self: Operator, factor: Any) -> Operator:  # type: ignore[misc]
        from crystal_lfa.operators import composing

        return composing.scale(self, factor) if composing.is_scalar(factor) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self: Operator, divisor: Any) -> Operator:  # type: ignore[misc]
        from crystal_lfa.operators import composing

        return composing.divide(self, divisor) if composing.is_scalar(divisor) else NotImplemented

    def __matmul__(self: Operator, other: object) -> Operator:  # type: ignore[misc]
        from crystal_lfa.operators import composing

        return composing.compose(self, other) if composing.is_operator(other) else NotImplemented

    def __pow__(self: Operator, exponent: object) -> Operator:  # type: ignore[misc]
        from crystal_lfa.operators import composing

        return composing.power(self, exponent)

    @property
    def H(self: Operator) -> Operator:  # type: ignore[misc]
        """The adjoint: symbols ``L_kappa^H``, on the same twist."""
        from crystal_lfa.operators import composing

        return composing.adjoint(self)

    @property
    def T(self: Operator) -> Operator:  # type: ignore[misc]
        """The transpose: symbol ``L_-kappa^T``; its matrix on twist -t is the transpose of the matrix on twist t."""
        from crystal_lfa.operators import composing

        return composing.transpose(self)

    def inv(self: Operator) -> Operator:  # type: ignore[misc]
        """Return the inverse; of an operator that couples nothing at different offsets again one of finite range.

        Raises
        ------
        CrystalMismatchError
            If the symbols are not square.
        SingularSymbolError
            If the symbol is singular at every frequency; where it is at some, using the inverse there raises this
            and names the frequencies.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> line = lfa.lattices.integer(1)
        >>> helmholtz = lfa.CrystalOperator(line, line, {-1: -1, 0: 3, 1: -1})
        >>> helmholtz.inv().symbol([0.5]).real.tolist()
        [[0.2]]
        """
        from crystal_lfa.operators import composing

        return composing.invert(self)

    def pinv(self: Operator, *, rtol: float | None = None) -> Operator:  # type: ignore[misc]
        """Return the Moore-Penrose inverse.

        Parameters
        ----------
        rtol : float, optional
            Singular values of a symbol up to `rtol` times the operator's size count as zero, the size being the sum of
            the multipliers' norms where these are known, else the symbol's largest singular value. Default ten times
            the rounding of a symbol.

        Raises
        ------
        InvalidArgumentError
            If `rtol` is not between 0 and 1.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> line = lfa.lattices.integer(1)
        >>> laplacian = lfa.CrystalOperator(line, line, {-1: -1, 0: 2, 1: -1})
        >>> laplacian.pinv().symbol([[0.0], [0.5]]).real.ravel().tolist()
        [0.0, 0.25]
        """
        from crystal_lfa.operators import composing

        return composing.pseudo_invert(self, rtol)

    def on(self: Operator, vectors: Any) -> Operator:  # type: ignore[misc]
        """Return the same operator described with the larger cell of a sublattice.

        Its crystals are ``domain.supercell(vectors)`` and ``codomain.supercell(vectors)``.

        Parameters
        ----------
        vectors : int, flat sequence of int, list of vectors (rows) or Lattice

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> line = lfa.lattices.integer(1)
        >>> lfa.CrystalOperator(line, line, {1: 1}).on(2).multipliers.tolist()
        [[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]]]
        """
        from crystal_lfa.operators import composing

        return composing.on_sublattice(self, vectors)

    def allclose(self: Operator, other: Operator, rtol: float = 1e-10, atol: float = 0.0) -> bool:  # type: ignore[misc]
        """Tell whether two operators between equal crystals agree, up to rounding.

        Compared are the multipliers of operators of finite range, else symbols at frequencies in general position; no
        entry may differ by more than ``atol`` plus ``rtol`` times the largest entry.

        Raises
        ------
        CrystalMismatchError
            If the operators do not act between equal crystals.
        """
        from crystal_lfa.operators import composing

        return composing.allclose(self, other, rtol, atol)

    def expression_graph(self: Operator) -> Any:  # type: ignore[misc]
        """Return what the operator is composed of, as a directed acyclic graph of networkx.

        Every distinct subexpression is one node, with its operator as attribute ``operator`` and its kind as ``label``;
        edges lead from operands to what is made of them. This is how symbols are evaluated, each node once.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> A = lfa.stencil([-1, 3, -1])
        >>> graph = (A.inv() + A.inv() @ A).expression_graph()
        >>> sorted(graph.nodes[node]["label"] for node in graph)
        ['CrystalOperator', 'Inverse', 'Product', 'Sum']
        """
        from crystal_lfa.operators.evaluation import expression_graph

        return expression_graph(self)

    def to_sparse(self: Operator, torus: Any) -> Any:  # type: ignore[misc]
        """Return the operator's matrix on a torus as a scipy CSR array.

        Rows and columns run through the points of ``lattice.torus(torus)``, then sites, then channels. Offsets
        that meet on a small torus add, each with the phase exp(2 pi i t . w) of its winding w. An operator without
        finite range couples all points.

        Parameters
        ----------
        torus : int, flat sequence of int, list of vectors or Torus

        Returns
        -------
        scipy.sparse.csr_array, shape (order * codomain.size, order * domain.size)
            Real where the operator and the phases are.
        """
        from crystal_lfa.operators import action

        return action.to_sparse(self, self.lattice.torus(torus))

    def to_linear_operator(self: Operator, torus: Any) -> Any:  # type: ignore[misc]
        """Return the operator on a torus as a `scipy.sparse.linalg.LinearOperator`, on vectors as in `to_sparse`.

        It has an adjoint. Finite range is kept as a sparse matrix, other operators as their symbols, between two fast
        Fourier transforms.

        Parameters
        ----------
        torus : int, flat sequence of int, list of vectors or Torus
        """
        from crystal_lfa.operators import action

        return action.to_linear_operator(self, self.lattice.torus(torus))

    def apply(self: Operator, f: Any, torus: Any) -> Any:  # type: ignore[misc]
        """Return L f for a function on a torus: by shifts for finite range, else by the fast Fourier transform.

        Parameters
        ----------
        f : (..., order, domain.size) array of the multipliers' library
        torus : int, flat sequence of int, list of vectors or Torus

        Returns
        -------
        (..., order, codomain.size) array
        """
        from crystal_lfa.operators import action

        return action.apply(self, f, self.lattice.torus(torus))
