"""Reading what operators and results have saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crystal_lfa.errors import OperatorFileError
from crystal_lfa.operators import record_files, storage
from crystal_lfa.operators.archives import Arrays, read_archive
from crystal_lfa.spectra.bands import Bands
from crystal_lfa.spectra.decompositions.eigenvectors import Eig
from crystal_lfa.spectra.decompositions.stored_svd import StoredSVD
from crystal_lfa.spectra.densities import DensityOfSingularValues, DensityOfStates
from crystal_lfa.spectra.norms.suprema import Infimum, Supremum
from crystal_lfa.spectra.numerical_range import NumericalRange

__all__ = ["KNOWN", "load"]

KNOWN: record_files.Kinds = {
    **record_files.KNOWN,
    "SVD": StoredSVD,
    **{
        kind.__name__: kind
        for kind in (Eig, Bands, DensityOfStates, DensityOfSingularValues, NumericalRange, Supremum, Infimum)
    },
}
"""Every result that can be in a file: nothing else is ever made from one."""


def load(path: str | Path) -> Any:
    """Return what a file holds that an operator or a result has been saved to.

    Parameters
    ----------
    path : str or Path
        Of a file that `Operator.save`, or the method ``save`` of a result, has written.

    Returns
    -------
    Operator, TorusOperator, SVD, Eig, or another result

    Raises
    ------
    OperatorFileError
        If the file is no such file, or is damaged. No code in a file is ever run.

    Notes
    -----
    Arrays are those of numpy, whatever library they came from. Factors of a decomposition that were not kept are
    computed again when they are needed, in the same chunks; from multipliers of numpy to the same bits.

    Examples
    --------
    >>> import tempfile
    >>> import crystal_lfa as lfa
    >>> A = lfa.stencil([-1, 3, -1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (A.inv() @ A).save(f"{folder}/unit.npz")
    ...     unit = lfa.load(f"{folder}/unit.npz")
    >>> unit.allclose(lfa.identity(A.domain))
    True
    """
    arrays = read_archive(path)
    try:
        return _read(json.loads(arrays["description"].tobytes()), arrays)
    except storage.BAD_CONTENT as error:
        raise OperatorFileError(f"path: {path} describes no operator and no result: {error!r}") from None


def _read(description: dict[str, Any], arrays: Arrays) -> Any:
    if description["format"] == storage.FORMAT:
        return storage.built(description["parts"], arrays)
    if description["format"] == record_files.FORMAT:
        return record_files.from_told(description["result"], arrays, KNOWN)
    known = f"{storage.FORMAT!r} or {record_files.FORMAT!r}"
    raise ValueError(f"the format is {description['format']!r}, not {known}")
