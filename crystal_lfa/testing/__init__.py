"""The laws that every operator obeys: for the library's own, and for users' operators.

>>> import crystal_lfa as lfa
>>> line = lfa.lattices.integer(1)
>>> mine = lfa.CrystalOperator(line, line, {-1: -1, 0: 2, 1: -1})
>>> lfa.testing.check(mine, line.torus(8, twist=0.5))

Nothing is returned: a law that fails raises an AssertionError which says where. `check_adjoint` is one of them on
its own; `families` are the kinds of operators that the library's own tests draw, to which `register` adds.
"""

from crystal_lfa.testing import convolutions as _convolutions  # noqa: F401 - registers its families
from crystal_lfa.testing import methods as _methods  # noqa: F401 - registers its families
from crystal_lfa.testing.families import Case, Family, families, register
from crystal_lfa.testing.laws import check, check_adjoint, laws

__all__ = ["Case", "Family", "check", "check_adjoint", "families", "laws", "register"]
