"""The singular value decomposition of an operator on a torus, with everything that is done with one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from crystal_lfa.errors import MemoryBudgetError, RankDeficiencyWarning
from crystal_lfa.frequencies import Progress, parse_memory, readable_bytes
from crystal_lfa.geometry.functions import check_function
from crystal_lfa.operators import TorusOperator
from crystal_lfa.operators.arrays import (
    common_namespace,
    constant_like,
    quiet_overflow,
    read_only,
    to_complex,
    to_numpy,
)
from crystal_lfa.spectra.decompositions.arrangement import Arrangement
from crystal_lfa.spectra.decompositions.pictured import Pictured
from crystal_lfa.spectra.decompositions.selection import cut_off, kept_by, mapped, read_interval
from crystal_lfa.spectra.stacks import finite

__all__ = ["SVD"]


@dataclass(frozen=True, slots=True, eq=False)
class SVD(Pictured):
    r"""The singular value decomposition :math:`L_\kappa = U S V^H` of every symbol, so of the operator on a torus.

    `svd` makes it. The global singular vectors are :math:`|T|^{-1/2} \varphi_\kappa(z) u_j`; they are never stored:
    one is made when asked for, all together act through the fast Fourier transform.

    Attributes
    ----------
    operator : Operator
        That which was decomposed.
    torus : Torus
    values : (order, r) array, read-only
        Row i, descending, belongs to ``frequencies[i]``.
    factors : SymbolFactors
    arrangement : Arrangement
    is_real : bool
        Whether this is the decomposition of a real operator: then real singular vectors are handed out.
    steps : tuple of str
        What was done to the decomposition of `operator`: ``("clip(0, 1)",)``.
    """

    @property
    def rank(self) -> int:
        """The number of singular values that are not exactly zero; ``pinv().rank`` leaves out rounding."""
        return int(np.count_nonzero(to_numpy(self.values)))

    def apply(self, x: Any, *, executor: Executor | None = None, progress: Progress = False) -> Any:
        """Return U S V^H x for functions on the torus, between two fast Fourier transforms.

        Where the factors are not kept each call costs as much as the decomposition, for any number of functions.

        Parameters
        ----------
        x : (..., order, domain.size) array of the factors' library
        executor, progress
            As in `svd`, where the factors have to be computed again.

        Returns
        -------
        (..., order, codomain.size) array, real where the operator and `x` are
        """
        order, n, m = self.torus.order, self.domain.size, self.codomain.size
        check_function(x, order, n, "x")
        xp = common_namespace(x, self.values)
        # Functions as columns, so that a symbol's factors meet all of them at once.
        waves = to_complex(xp.reshape(self.torus.fourier(x), (-1, order, n)))
        waves = xp.permute_dims(waves, (1, 2, 0))
        image = xp.zeros((order, m, waves.shape[2]), dtype=waves.dtype, device=device(waves))
        for numbers, u, vh in self.portions(executor=executor, progress=progress):
            places = constant_like(numbers, waves)
            scales = xp.astype(self.values[constant_like(numbers, self.values), ...], u.dtype)[..., None]
            coefficients = scales * xp.matmul(vh, xp.astype(waves[places, ...], u.dtype, copy=False))
            image[places, ...] = xp.astype(xp.matmul(u, coefficients), image.dtype, copy=False)
        result = self.torus.inverse_fourier(xp.permute_dims(image, (2, 0, 1)))
        was_real = xp.isdtype(x.dtype, ("real floating", "integral"))
        result = xp.real(result) if self.is_real and was_real else result
        return xp.reshape(result, (*x.shape[:-1], m))

    def to_operator(self, memory: str | float = "4GB") -> TorusOperator:
        """Return the operator U S V^H on its torus, with all symbols.

        Raises
        ------
        MemoryBudgetError
            If the symbols are larger than `memory`.
        """
        size = self.torus.order * self.domain.size * self.codomain.size * 2 * self.values.itemsize
        if size > parse_memory(memory):
            message = f"memory: {memory} cannot hold the symbols, which take {readable_bytes(size)}; apply() "
            raise MemoryBudgetError(f"{message}computes them chunk by chunk")
        table = None
        for numbers, u, vh in self.portions():
            xp = array_namespace(u)
            if table is None:
                shape = (self.torus.order, self.codomain.size, self.domain.size)
                table = xp.empty(shape, dtype=u.dtype, device=device(u))
            scales = xp.astype(self.values[constant_like(numbers, u), ...], u.dtype)
            table[constant_like(numbers, u), ...] = xp.matmul(u * scales[..., None, :], vh)
        return TorusOperator.of_symbols(self.torus, self.domain, self.codomain, table, self.is_real)

    def solve(
        self, b: Any, rtol: float | None = None, *, executor: Executor | None = None, progress: Progress = False
    ) -> Any:
        """Return the least-squares solution of A x = b that has the smallest norm.

        Parameters
        ----------
        b : (..., order, codomain.size) array
        rtol : float, optional
            As in `pinv`.

        Returns
        -------
        (..., order, domain.size) array

        Warns
        -----
        RankDeficiencyWarning
            If singular values count as zero, so that solutions are not unique, or `b` may have no preimage.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> found = lfa.svd(lfa.stencil([-1, 3, -1]), 4)
        >>> found.solve(np.array([[1.0], [1.0], [1.0], [1.0]])).ravel().round(6).tolist()
        [1.0, 1.0, 1.0, 1.0]
        """
        inverse = self.pinv(rtol)
        kept, count = inverse.rank, min(self.domain.size, self.codomain.size) * self.torus.order
        if kept < count:
            message = f"solve: {count - kept} of {count} singular values count as zero; this is the solution of least "
            warnings.warn(f"{message}squares with the smallest norm", RankDeficiencyWarning, stacklevel=2)
        return inverse.apply(b, executor=executor, progress=progress)

    def truncate(self, rank: int | None = None, tol: float | None = None, energy: float | None = None) -> SVD:
        """Return the decomposition without its smallest singular values: the best approximation of its rank.

        Parameters
        ----------
        rank : int
            Keep so many singular values, the largest of all frequencies together.
        tol : float
            Or those larger than `tol` times the largest, 0 <= tol < 1.
        energy : float
            Or as few as hold this share of the sum of all squares, 0 < energy <= 1, equal ones together.

        Notes
        -----
        Values that are dropped become zeros. Those of a pair of opposite frequencies are equal: a rank that parts them
        leaves a complex operator (``is_real`` is False then).

        Raises
        ------
        InvalidArgumentError
            Unless one of the three is given, in its range.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> found = lfa.svd(lfa.stencil([-1, 2, -1]), 8)
        >>> found.truncate(rank=3).sorted_values.round(6).tolist()
        [4.0, 3.414214, 3.414214, 0.0, 0.0, 0.0, 0.0, 0.0]
        """
        kept, step = kept_by(to_numpy(self.values), rank, tol, energy)
        xp = array_namespace(self.values)
        mask = constant_like(kept, self.values)
        values = xp.where(mask, self.values, xp.zeros_like(self.values))
        return self._derived(values, self.arrangement, step)

    def pinv(self, rtol: float | None = None) -> SVD:
        """Return the decomposition of the Moore-Penrose inverse.

        Parameters
        ----------
        rtol : float, optional
            Singular values up to `rtol` times the largest count as zero, 0 <= rtol < 1. Default ten times the rounding
            of a symbol, relative to the sum of the multipliers' norms where that is larger.

        Raises
        ------
        InvalidArgumentError
            If `rtol` is out of range.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.svd(lfa.stencil([-1, 2, -1]), 4).pinv().sorted_values.round(6).tolist()
        [0.5, 0.5, 0.25, 0.0]
        """
        limit = cut_off(to_numpy(self.values), self.operator, rtol)
        xp = array_namespace(self.values)
        kept = self.values > limit
        ones = xp.ones_like(self.values)
        with quiet_overflow():
            values = finite(xp.where(kept, 1 / xp.where(kept, self.values, ones), 0 * ones))
        step = "pinv()" if rtol is None else f"pinv({rtol:g})"
        return self._sorted(values, self.arrangement.flip(), step)

    def clip(self, lower: float | None = None, upper: float | None = None) -> SVD:
        """Return the decomposition with all singular values moved into an interval.

        The result is the nearest operator **on this torus** whose singular values lie there; on another torus, or with
        another boundary, they may not.

        Parameters
        ----------
        lower, upper : float, optional
            Not negative.

        Raises
        ------
        InvalidArgumentError
            If an end is negative, NaN, or the lower one above the upper one.

        References
        ----------
        Sedghi, Gupta, Long: The singular values of convolutional layers (ICLR 2019).
        """
        low, high = read_interval(lower, upper)
        xp = array_namespace(self.values)
        values = xp.clip(self.values, low, high)
        return self._sorted(values, self.arrangement, f"clip({lower}, {upper})")

    def map(self, f: Callable[[Any], Any]) -> SVD:
        """Return the decomposition of U f(S) V^H.

        Parameters
        ----------
        f : callable
            From the array of singular values to an array of real numbers of the same shape; where one is negative, the
            left singular vector changes its sign.

        Raises
        ------
        NotFiniteError
            If it returns NaN or infinity.
        InvalidArgumentError
            If it returns another shape, or complex numbers.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.svd(lfa.stencil([1.0, 2.0, 0.5]), 6).map(np.sqrt).sorted_values[:1].round(6).tolist()
        [1.870829]
        """
        values = mapped(f, self.values)
        xp = array_namespace(values)
        signs = np.where(to_numpy(values) < 0, -1.0, 1.0)
        arrangement = self.arrangement.signed(signs)
        return self._sorted(xp.abs(values), arrangement, f"map({getattr(f, '__name__', type(f).__name__)})")

    def _sorted(self, values: Any, arrangement: Arrangement, step: str) -> SVD:
        """Return the decomposition with other values, put into descending order at each frequency."""
        order = np.argsort(-to_numpy(values), axis=1, kind="stable")
        xp = array_namespace(values)
        ordered = xp.take_along_axis(values, constant_like(order, values), axis=1)
        return self._derived(ordered, arrangement.reordered(order), step)

    def _derived(self, values: Any, arrangement: Arrangement, step: str) -> SVD:
        real = self.is_real
        if real:
            # Real only where kappa and -kappa were treated alike: values, columns and signs.
            opposite = self.torus.conjugate_frequencies(np.arange(self.torus.order))
            tables = (to_numpy(values), arrangement.columns, arrangement.signs)
            real = all((table == table[opposite]).all() for table in tables if table is not None)
        steps = (*self.steps, step)
        return replace(self, values=read_only(values), arrangement=arrangement, is_real=real, steps=steps)

    def polar(self) -> tuple[TorusOperator, TorusOperator]:
        """Return the polar factors (W, P), A = W P: W = U V^H a partial isometry, P = V S V^H not negative.

        The nearest operator with all singular values one is W.

        References
        ----------
        Higham: Functions of Matrices (2008), chapter 8.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> isometry, scale = lfa.svd(lfa.stencil([1.0, 2.0, 0.5]), 6).polar()
        >>> bool(abs(lfa.svdvals(isometry) - 1).max() < 1e-14)
        True
        """
        isometry = self.map(lambda values: values * 0 + 1).to_operator()
        return isometry, isometry.H @ self.to_operator()

    def __repr__(self) -> str:
        values = to_numpy(self.values)
        steps = ".".join(self.steps)
        how = "factors kept" if self.factors.kept else "factors not kept"
        parted = "" if self.is_real == self.factors.task.real else ", complex"
        return (
            f"SVD({values.size} singular values from {values.min():.6g} to {values.max():.6g}{steps and ', '}{steps}"
            f"{parted}, {how}, on {self.torus!r})"
        )
