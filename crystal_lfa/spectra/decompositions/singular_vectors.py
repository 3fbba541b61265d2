"""Singular vectors of an operator on a torus: one at a time, and all together as linear operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.operators.arrays import to_complex, to_numpy
from crystal_lfa.spectra.decompositions import wave_vectors
from crystal_lfa.spectra.decompositions.factored import Factored
from crystal_lfa.spectra.decompositions.ordering import order_of, place_of, read_place

__all__ = ["SingularVectors"]


@dataclass(frozen=True, slots=True, eq=False)
class SingularVectors(Factored):
    """The singular vectors of what is factored."""

    def locate(self, i: int) -> tuple[int, int]:
        """Return (frequency number, place j in its row) of ``sorted_values[i]``; equal ones by frequency, then j.

        Raises
        ------
        InvalidArgumentError
            If there is no such value.
        """
        values = to_numpy(self.values)
        return place_of(values, read_place(i, values.size))

    def left(self, i: int) -> Any:
        """Return the left singular vector of ``sorted_values[i]``: (order, codomain.size), of norm one.

        Real where the operator is and every twist is 0 or 1/2. At frequencies that are their own opposites it comes
        from a real decomposition of the symbol; of a pair one value has the real part, the other the imaginary part.

        Raises
        ------
        InvalidArgumentError
            If there is no such value.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> found = lfa.svd(lfa.stencil([1, 0, -1]), 4)
        >>> abs(found.left(0)).ravel().round(6).tolist(), abs(found.right(0)).ravel().round(6).tolist()
        ([0.0, 0.707107, 0.0, 0.707107], [0.707107, 0.0, 0.707107, 0.0])
        """
        return self._vector(i, left=True)

    def right(self, i: int) -> Any:
        """Return the right singular vector of ``sorted_values[i]``: (order, domain.size); with `left`, A v = sigma u.

        Raises
        ------
        InvalidArgumentError
            If there is no such value.
        """
        return self._vector(i, left=False)

    def _vector(self, i: int, *, left: bool) -> Any:
        number, j = self.locate(i)
        at, _ = wave_vectors.pair_of(self.torus, number, real=self.is_real)
        u, vh = self.arrangement.of(at, *self.factors.at(at))
        xp = array_namespace(u)
        vector = u[:, j] if left else xp.conj(vh[j, :])
        return wave_vectors.wave_vector(self.torus, number, vector, real=self.is_real)

    @property
    def U(self) -> Any:
        """All left singular vectors as a scipy LinearOperator: (order * m, order * r), column i is ``left(i)``."""
        return self._all_vectors(left=True)

    @property
    def V(self) -> Any:
        """All right singular vectors as a scipy LinearOperator: (order * n, order * r), column i is ``right(i)``."""
        return self._all_vectors(left=False)

    def _all_vectors(self, *, left: bool) -> Any:
        from scipy.sparse.linalg import LinearOperator

        order, size = self.torus.order, (self.codomain if left else self.domain).size
        places = order_of(to_numpy(self.values))
        real = self.is_real

        def combine(coefficients: NDArray[Any]) -> NDArray[Any]:
            flat = np.zeros((len(places), coefficients.shape[1]), dtype=np.complex128)
            flat[places] = coefficients
            table = flat.reshape(order, -1, flat.shape[1])
            table = wave_vectors.complex_coefficients(self.torus, table) if real else table
            waves = self._symbolwise(table, left=left).reshape(order, -1)
            vectors = self.torus.inverse_fourier(waves).reshape(order * size, -1)
            return np.asarray(vectors.real if real and not np.iscomplexobj(coefficients) else vectors)

        def project(vectors: NDArray[Any]) -> NDArray[Any]:
            waves = to_complex(self.torus.fourier(vectors.reshape(order, -1))).reshape(order, size, -1)
            table = self._symbolwise(waves, left=left, adjoint=True)
            table = wave_vectors.real_coefficients(self.torus, table) if real else table
            found = table.reshape(len(places), -1)[places]
            return found.real if real and not np.iscomplexobj(vectors) else found

        return LinearOperator(
            shape=(order * size, len(places)),
            matvec=lambda x: combine(np.asarray(x).reshape(-1, 1)).ravel(),
            rmatvec=lambda y: project(np.asarray(y).reshape(-1, 1)).ravel(),
            matmat=combine,
            rmatmat=project,
            dtype=np.dtype(np.float64 if real else np.complex128),
        )

    def _symbolwise(self, table: NDArray[Any], *, left: bool, adjoint: bool = False) -> NDArray[Any]:
        """Multiply a table (order, rows, columns) by U (or V) at each frequency, or by its adjoint; with numpy."""
        rows = self.values.shape[1] if adjoint else (self.codomain if left else self.domain).size
        result = np.zeros((self.torus.order, rows, table.shape[2]), dtype=np.complex128)
        for numbers, u, vh in self.portions():
            matrix = to_numpy(u) if left else to_numpy(vh).conj().swapaxes(-1, -2)
            matrix = matrix.conj().swapaxes(-1, -2) if adjoint else matrix
            result[numbers] = matrix @ table[numbers]
        return result
