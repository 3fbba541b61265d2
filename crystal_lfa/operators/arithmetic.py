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

    @property
    def parameters(self: Operator) -> tuple[Any, ...]:  # type: ignore[misc]
        """The free SymPy symbols of the operator's numbers, by name; numerical use needs values for them."""
        from crystal_lfa.operators.symbolic.parameters import parameters

        return parameters(self)

    def subs(self: Operator, values: Any) -> Operator:  # type: ignore[misc]
        """Return the operator with values for some of its parameters.

        Parameters
        ----------
        values : mapping from parameters, or their names, to numbers or expressions

        Raises
        ------
        InvalidArgumentError
            If a name is none of the operator's parameters.

        Examples
        --------
        >>> import sympy
        >>> import crystal_lfa as lfa
        >>> eps = sympy.Symbol("eps", real=True)
        >>> A = lfa.stencil([[0, -1, 0], [-eps, 2 + 2 * eps, -eps], [0, -1, 0]])
        >>> A.parameters, A.subs({"eps": 0.1}).symbol([0.5, 0.5]).real.item()
        ((eps,), 4.4)
        """
        from crystal_lfa.operators.symbolic.parameters import with_values

        return with_values(self, values)

    def to_sympy(self: Operator, symbols: Any = None) -> Any:  # type: ignore[misc]
        """Return the symbol as a SymPy matrix, in the angles theta_i = 2 pi kappa_i.

        Parameters
        ----------
        symbols : sequence of d SymPy symbols, optional
            The angles; default theta1, theta2, ... , real. Floats within rounding of simple fractions become these.

        Raises
        ------
        InvalidArgumentError
            If there are not d symbols, or a part of the operator has no closed form.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.stencil([-1, 2, -1]).to_sympy()
        Matrix([[2 - 2*cos(theta1)]])
        """
        from crystal_lfa.operators.symbolic.closed_form import closed_form

        return closed_form(self, symbols)

    def lambdify(self: Operator, parameters: Any = None) -> Any:  # type: ignore[misc]
        """Return the symbol as a function ``f(kappa, *values)`` of frequencies and arrays of parameters.

        Parameters
        ----------
        parameters : sequence of symbols or names, optional
            The order of the values, default that of `parameters`.

        Returns
        -------
        callable
            Of ``kappa`` (..., d) and values that are broadcast to one shape P: complex128 arrays of shape
            (P, ..., codomain.size, domain.size).

        Examples
        --------
        >>> import sympy
        >>> import crystal_lfa as lfa
        >>> eps = sympy.Symbol("eps", real=True)
        >>> f = lfa.stencil([-eps, 2 * eps, -eps]).lambdify()
        >>> f([[0.0], [0.5]], [1, 10]).real[..., 0, 0].tolist()
        [[0.0, 4.0], [0.0, 40.0]]
        """
        from crystal_lfa.operators.symbolic.lambdified import lambdified

        return lambdified(self, parameters)

    def plot_symbol(self: Operator, ax: Any = None, quantity: Any = None, points: int | None = None) -> list[Any]:  # type: ignore[misc]
        """Draw numbers of the symbols over the Brillouin zone (1 or 2 dimensions); return the artists.

        Parameters
        ----------
        ax : matplotlib axes, optional; a sequence of them for several images
        quantity : "eigenvalues", "singular values", "norm", "spectral radius", or a function of symbols, optional
            Default the eigenvalues of a Hermitian operator, else singular values on a line and the norm in the plane.
        points : int, optional
            How many frequencies along each axis.
        """
        from crystal_lfa.operators.pictures import draw_symbol

        return draw_symbol(self, ax, quantity, points)

    def save(self: Operator, path: Any) -> None:  # type: ignore[misc]
        """Write the operator into an ``.npz`` file of plain numbers and text, which `crystal_lfa.load` reads.

        Crystals are kept exactly, composed operators as they are composed, parameters as expressions; tensors of other
        libraries as numpy arrays.

        Raises
        ------
        OperatorFileError
            If a part is neither of finite range nor composed by this library.
        """
        from crystal_lfa.operators.storage import save

        save(self, path)

    def content_hash(self: Operator) -> str:  # type: ignore[misc]
        """Return the SHA-256 of what `save` writes: equal for operators described and composed in the same way.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.stencil([-1, 2, -1]).content_hash() == lfa.stencil([-1, 2, -1.0]).content_hash()
        True
        """
        from crystal_lfa.operators.storage import content_hash

        return content_hash(self)

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
