"""Bad input: every `raise` of the foundations, with the message that it gives."""

from __future__ import annotations

import ast
import inspect
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from form_errors import form_cases
from spectra_errors import spectra_cases

import crystal_lfa as lfa
from crystal_lfa import errors, frequencies, geometry, operators, spectra
from crystal_lfa.errors import (
    ArrayLibraryError,
    CrystalError,
    CrystalMismatchError,
    InvalidArgumentError,
    LatticeError,
    MemoryBudgetError,
    MultiplierError,
    NotFiniteError,
    SingularSymbolError,
    TorusError,
    TranslationInvarianceError,
)
from crystal_lfa.frequencies import Plan, Reduction, parse_memory, run_plan
from crystal_lfa.geometry.characters import harmonic_shifts
from crystal_lfa.geometry.descriptions.definitions import read_definition
from crystal_lfa.geometry.descriptions.facts import describe
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.operators.sparse_input import operator_from_sparse

LINE, PLANE = lfa.lattices.integer(1), lfa.lattices.integer(2)


def flat(length: float) -> lfa.Lattice:
    return lfa.Lattice([[1, 0], [0, length]])


SITE = lfa.Crystal(LINE)
OBLIQUE = lfa.lattices.oblique(1, 1.3, 70)
PAIR = lfa.Crystal(LINE, [0, 0.5])
LAPLACIAN = lfa.CrystalOperator(LINE, LINE, {-1: -1, 0: 2, 1: -1})
FAR = lfa.CrystalOperator(LINE, LINE, {2**53: 1})
HUGE = lfa.CrystalOperator(LINE, LINE, dict.fromkeys(range(3), 1e308))
NAN, INF, HALF = float("nan"), float("inf"), Fraction(1, 2)


def multipliers(values: Any, crystal: Any = LINE) -> Callable[[], object]:
    return lambda: lfa.CrystalOperator(crystal, crystal, values)


def plan(**options: Any) -> Callable[[], object]:
    torus = LINE.torus(4)
    return lambda: list(run_plan(Plan(torus, Reduction(torus), 2, 1), len, **options))


Case = tuple[type[Exception], str, Callable[[], object]]

lattice_cases: list[Case] = [
    (
        LatticeError,
        r"the lattices \[\[1.0, 0.0\], \[0.5, 0.8660254\]\] and \[\[1.0, 0.0\], \[0.5, 0.86602540378.*are incomm",
        lambda: lfa.Lattice([[1, 0], [0.5, 0.8660254]]).intersection(lfa.lattices.triangular()),
    ),
    (
        InvalidArgumentError,
        r"of a kind without usual path here \(nearly triangular: are ten digits of its vectors given\?\); give",
        lambda: lfa.Lattice([[2.461, 0], [-1.2305, 2.1313]]).path(),
    ),
    (LatticeError, r"vectors: got numbers of type complex128; real", lambda: lfa.Lattice([[1j]])),
    (LatticeError, r"vectors: got numbers of type <U1; real", lambda: lfa.Lattice([["a"]])),
    (LatticeError, r"vectors: got shape \(2,\); d primitive vectors with d coordinates", lambda: lfa.Lattice([1, 2])),
    (LatticeError, r"vectors: got shape \(1, 2\); d primitive vectors", lambda: lfa.Lattice([[1, 2]])),
    (LatticeError, r"vectors: got shape \(0, 0\); d primitive vectors", lambda: lfa.Lattice(np.zeros((0, 0)))),
    (LatticeError, r"vectors: got \[\[1, 2\], \[3\]\]; d primitive vectors", lambda: lfa.Lattice([[1, 2], [3]])),
    (LatticeError, r"vectors: got \[\[1.0, 2.0\], \[2.0, 4.0\]\], which are li", lambda: lfa.Lattice([[1, 2], [2, 4]])),
    (LatticeError, r"vectors: got \[\[0.0\]\], which are linearly dependent; a basis", lambda: lfa.Lattice([[0]])),
    (NotFiniteError, r"vectors: got \[\[nan\]\]; primitive vectors have to be finite", lambda: lfa.Lattice([[NAN]])),
    (LatticeError, r"lattices of dimension 1 and 2: they have to live in the same", lambda: LINE.relation(PLANE)),
    (
        LatticeError,
        r"incommensurate: .* \[\[1\.414.*\]\], miss fractions by",
        lambda: LINE.relation(lfa.Lattice([[2**0.5]])),
    ),
    (LatticeError, r"incommensurate: .*miss fractions by inf", lambda: LINE.intersection(lfa.Lattice([[1e9 + 0.5]]))),
    (
        LatticeError,
        r"incommensurate: vectors of one miss combinations of the other's by 9e-07 of their length",
        lambda: PLANE.sum(lfa.Lattice([[1, 0], [1000, 1 + 9e-7]])),
    ),
    (InvalidArgumentError, r"other: got 5 of type int; a Lattice is needed", lambda: LINE.sum(5)),
    (InvalidArgumentError, r"lattice: got 5 of type int; a Lattice is needed", lambda: lfa.Torus(5, 5)),
    (InvalidArgumentError, r"lattice: got 'x' of type str; a", lambda: lfa.Crystal.from_cartesian("x", [[0]])),
    (LatticeError, r"differ in length by a factor of 1e\+07; the zone is", lambda: flat(1e7).brillouin_zone()),
    (InvalidArgumentError, r"frequencies: got \[0\]; 2 real numbers", lambda: PLANE.brillouin_zone().contains([0])),
    (NotFiniteError, r"kappa: got NaN or infinity", lambda: PLANE.brillouin_zone().reduce([NAN, 0])),
    (InvalidArgumentError, r"numbers: got \[0.5\]; integers are", lambda: LINE.torus(4).frequencies_at([0.5])),
    (InvalidArgumentError, r"corners: got 5; a list of letters or coordinates", lambda: PLANE.path(5)),
    (InvalidArgumentError, r"corners: got \[\[0, 0\], 1\]; a letter or 2", lambda: PLANE.path(["G", [[0, 0], 1]])),
    (InvalidArgumentError, r"count: got 10001; from 1 to 10000 can be asked for", lambda: SITE.shells(10_001)),
    (LatticeError, r"vectors: Lattice.* is not a sublattice of Lattice", lambda: LINE.sublattice(LINE.refined(2))),
    (LatticeError, r"vectors: got \(\(0,\),\), which are linearly dependent; a basis", lambda: LINE.sublattice(0)),
    (
        LatticeError,
        r"vectors: got \(\(1, 2\), \(2, 4\)\), which are linearly",
        lambda: LAPLACIAN_2D.on([[1, 2], [2, 4]]),
    ),
    (LatticeError, r"factors: got \(\(0,\),\), which are linearly dependent; a basis", lambda: LINE.refined(0)),
    (LatticeError, r"vectors: got \[\[1e\+200\]\]; lengths between 1e-60 and 1e\+60", lambda: lfa.Lattice([[1e200]])),
    (LatticeError, r"vectors: got \[\[1e-200\]\]; lengths between", lambda: lfa.Lattice([[1e-200]])),
    (LatticeError, r"other: Lattice\(\[\[1.0\]\]\) is not a sublattice of", lambda: LINE.index_in(LINE.sublattice(2))),
    (LatticeError, r"incommensurate: .*miss fractions by", lambda: LINE.index_in(lfa.Lattice([[3**0.5]]))),
    (LatticeError, r"incommensurate: .*miss fractions by", lambda: LINE.sum(lfa.Lattice([[3**0.5]]))),
    (LatticeError, r"other: got a lattice of dimension 2; one of dimension 1", lambda: LINE.contains(PLANE)),
    (LatticeError, r"other: got points with lattice coordinates up to 1e\+07; up to", lambda: LINE.contains([[1e7]])),
    (InvalidArgumentError, r"other: got \[\[0.5\]\]; 2 real numbers on the last", lambda: PLANE.contains([[0.5]])),
    (InvalidArgumentError, r"points: got \[1j\]; 1 real numbers on the last", lambda: LINE.coordinates([1j])),
    (InvalidArgumentError, r"coordinates: got \[\[1\], \[1, 2\]\]; 1 real", lambda: LINE.cartesian([[1], [1, 2]])),
    (NotFiniteError, r"points: got NaN or infinity; finite", lambda: LINE.coordinates([NAN])),
    (InvalidArgumentError, r"lattices: got 3 of type int; lattices are", lambda: lfa.lattices.hasse_diagram([LINE, 3])),
    (InvalidArgumentError, r"a: got -1; a positive finite number is needed", lambda: lfa.lattices.square(-1)),
    (InvalidArgumentError, r"degrees: got 180; an angle between 0 and 180", lambda: lfa.lattices.oblique(1, 1, 180)),
    (InvalidArgumentError, r"corners: got \['G'\]; a path needs at least two", lambda: PLANE.path(["G"])),
    (InvalidArgumentError, r"corners: .* is of a kind without usual path", OBLIQUE.path),
    (InvalidArgumentError, r"corners: .* without named points here but 'G'; .* 'K'", lambda: OBLIQUE.path("GK")),
    (
        InvalidArgumentError,
        r"corners: got 'K'; the points of a square lattice are G, X, M",
        lambda: PLANE.path(["G", "K"]),
    ),
    (InvalidArgumentError, r"corners: got 'G\|X\|M'; a jump has two letters", lambda: PLANE.path(["G", "G|X|M"])),
    (InvalidArgumentError, r"corners: .* cannot begin or end with a jump", lambda: PLANE.path(["G", "X|M"])),
    (InvalidArgumentError, r"corners: got X twice in a row; each line needs", lambda: PLANE.path(["G", "X", "X"])),
    (InvalidArgumentError, r"dimension: got 4; what has dimension 1, 2 or 3", lfa.lattices.integer(4).plot),
    (InvalidArgumentError, r"has 10000 points; up to 5000 can be drawn", PLANE.torus(100).plot),
    (InvalidArgumentError, r"corners: got \[0.5\]; a letter or 2 fractional", lambda: PLANE.path(["G", [0.5]])),
    (NotFiniteError, r"corners: got \[nan, 0\]; finite coordinates", lambda: PLANE.path(["G", [NAN, 0]])),
    (InvalidArgumentError, r"points: got 1; at least two are needed", lambda: PLANE.path().sample(1)),
    (LatticeError, r"dimension: got 0; a positive integer is needed", lambda: lfa.lattices.integer(0)),
    (InvalidArgumentError, r"dimension: got 1.5 of type float; an integer", lambda: lfa.lattices.integer(1.5)),
    (InvalidArgumentError, r"vectors: got 2.0 of type float; an integer is needed", lambda: LINE.sublattice(2.0)),
    (
        InvalidArgumentError,
        r"vectors: got 3 entries; a 2-dimensional lattice needs 2",
        lambda: PLANE.sublattice((1, 2, 3)),
    ),
    (
        InvalidArgumentError,
        r"vectors: got vectors of lengths \[3, 3\]; each needs 2",
        lambda: PLANE.sublattice([[1, 2, 3]] * 2),
    ),
    (
        InvalidArgumentError,
        r"vectors: got vectors of lengths \[1, 2\]; each needs 2",
        lambda: PLANE.sublattice([1, [2, 3]]),
    ),
]

torus_cases: list[Case] = [
    (TorusError, r"periods: got 1.5 of type float; an integer is needed", lambda: LINE.torus(1.5)),
    (TorusError, r"periods: got 'a' of type str; an integer is needed", lambda: LINE.torus("a")),
    (TorusError, r"periods: got vectors of lengths \[2, 1\]; each needs 2", lambda: PLANE.torus([[1, 2], [3]])),
    (TorusError, r"periods: got None of type NoneType; an integer is needed", lambda: LINE.torus(None)),
    (TorusError, r"periods: got \(\(1, 2\), \(2, 4\)\), which are linearly dep", lambda: PLANE.torus([[1, 2], [2, 4]])),
    (TorusError, r"periods: got \(\(0,\),\), .* the torus would be infinite", lambda: lfa.svdvals(LAPLACIAN, 0)),
    (TorusError, r"periods: Lattice.* is not a sublattice of", lambda: LINE.torus(LINE.refined(2))),
    (TorusError, r"twist: got 3 numbers; one, or one a period \(2\)", lambda: PLANE.torus(4, (0, 0, 0))),
    (TorusError, r"twist: got 1j; real numbers, or fractions such", lambda: PLANE.torus(4, 1j)),
    (TorusError, r"twist: got 'half'; real numbers, or fractions such", lambda: PLANE.torus(4, ["half", 0])),
    (TorusError, r"twist: got \[0.5\]; real numbers, or fractions", lambda: LINE.torus(4, [[0.5]])),
    (NotFiniteError, r"twist: got inf; finite numbers are needed", lambda: PLANE.torus(4, (0, INF))),
    (
        TorusError,
        r"twist: got 0 beside the torus .*, which has a twist of its own",
        lambda: LINE.torus(LINE.torus(4), 0),
    ),
    (TorusError, r"cannot be seen from .*: lattices of dimension 1 and 2", lambda: LINE.torus(PLANE.torus(4))),
    (TorusError, r"cannot be seen from .* incommensurate", lambda: LINE.torus(lfa.Lattice([[2**0.5]]).torus(4))),
    (
        TorusError,
        r"periods that do not lie in Lattice.*: in its coordinates they are \[\['5/2'\]\]; .*stride has to divide",
        lambda: lfa.svdvals(LAPLACIAN.on(2), LINE.torus(5)),
    ),
    (InvalidArgumentError, r"f: got shape \(3, 1\); .* = \(4, size\)", lambda: LINE.torus(4).fourier(np.ones((3, 1)))),
    (InvalidArgumentError, r"F: got shape \(4,\); .*\(4, size\)", lambda: LINE.torus(4).inverse_fourier(np.ones(4))),
    (ArrayLibraryError, r"f: got list; an array is needed", lambda: LINE.torus(1).fourier([[1.0]])),
    (TorusError, r"periods that do not lie in", lambda: LINE.torus(4).aliases(3)),
    (InvalidArgumentError, r"frequencies: got 0.5; 1 real numbers", lambda: LINE.torus(4).frequency_index(0.5)),
    (TorusError, r"the twist \[0.25\] has no conjugate fr", lambda: LINE.torus(4, 0.25).conjugate_frequencies([1])),
    (InvalidArgumentError, r"points: got shape \(2,\); points need 1 coord", lambda: LINE.torus(4).locate([1, 2])),
    (InvalidArgumentError, r"points: got shape \(\); points need 1 coordinates", lambda: LINE.torus(4).index(3)),
    (
        InvalidArgumentError,
        r"points: got vectors of different lengths; each",
        lambda: LINE.torus(4).index([[1], [2, 3]]),
    ),
    (InvalidArgumentError, r"points: got 0.5 of type float; an integer is", lambda: LINE.torus(4).waves([[0.5]], [0])),
    (
        InvalidArgumentError,
        r"points: got numbers of type float64; integer",
        lambda: LINE.torus(4).index(np.ones((1, 1))),
    ),
    (
        InvalidArgumentError,
        r"numbers: got 4 to 4; they have to be from 0 to 3",
        lambda: LINE.torus(4).frequencies_at([4]),
    ),
    (
        InvalidArgumentError,
        r"numbers: got -1 to 2; they have to be from 0",
        lambda: LINE.torus(4).waves([[1]], [2, -1]),
    ),
]

crystal_cases: list[Case] = [
    (InvalidArgumentError, r"lattice: got 3 of type int; a Lattice is needed", lambda: lfa.Crystal(3)),
    (InvalidArgumentError, r"sites: got 0.5; a list of sites is needed", lambda: lfa.Crystal(LINE, 0.5)),
    (InvalidArgumentError, r"sites: got none; a crystal needs at least one site", lambda: lfa.Crystal(LINE, [])),
    (
        InvalidArgumentError,
        r"sites: got a site with 2 coordinates; .* dimension 1",
        lambda: lfa.Crystal(LINE, [[1, 2]]),
    ),
    (InvalidArgumentError, r"sites: got a site with 1 coordinates; .* dimension 2", lambda: lfa.Crystal(PLANE, [0, 0])),
    (InvalidArgumentError, r"sites: got 1j; real coordinates, or fractions such", lambda: lfa.Crystal(LINE, [1j])),
    (InvalidArgumentError, r"sites: got 'a'; real coordinates, or fractions such", lambda: lfa.Crystal(LINE, ["a"])),
    (NotFiniteError, r"sites: got nan; finite coordinates are needed", lambda: lfa.Crystal(LINE, [NAN])),
    (InvalidArgumentError, r"sites: numbers 0 and 2 coincide modulo the", lambda: lfa.Crystal(LINE, [0, 0.5, 3])),
    (
        InvalidArgumentError,
        r"dof: got \[0\]; one positive integer, or one a site \(1",
        lambda: lfa.Crystal(LINE, dof=0),
    ),
    (InvalidArgumentError, r"dof: got \[1, 2\]; .*\(1 sites\), is needed", lambda: lfa.Crystal(LINE, dof=[1, 2])),
    (InvalidArgumentError, r"dof: got 1.5 of type float; an integer is needed", lambda: lfa.Crystal(LINE, dof=1.5)),
    (InvalidArgumentError, r"labels: got \['a', 'b'\]; one text", lambda: lfa.Crystal(LINE, labels=["a", "b"])),
    (
        InvalidArgumentError,
        r"points: got shape \(1,\); \(sites, 1\) is",
        lambda: lfa.Crystal.from_cartesian(LINE, [0]),
    ),
    (NotFiniteError, r"points: got NaN or infinity; finite", lambda: lfa.Crystal.from_cartesian(LINE, [[NAN]])),
    (InvalidArgumentError, r"labels: got 'A'; a sequence of one text a site", lambda: lfa.Crystal(LINE, labels="A")),
    (
        InvalidArgumentError,
        r"sites: got 1234567.5; floats beyond 1e\+06 carry too few digits",
        lambda: lfa.Crystal(LINE, [1234567.5]),
    ),
    (InvalidArgumentError, r"count: got 0; from 1 to 10000 can be asked for", lambda: PAIR.shells(0)),
    (InvalidArgumentError, r"count: got 1.5 of type float; an integer is", lambda: PAIR.shells(1.5)),
    (
        TorusError,
        r"frequencies: got \[0.3\], which is none of .*; the nearest is \[0.25\]",
        lambda: PAIR.fourier_basis(4, [0.3]),
    ),
    (ArrayLibraryError, r"f: got list; an array is needed", lambda: lfa.regroup([[1.0]] * 4, SITE, SITE, 4)),
    (
        CrystalMismatchError,
        r"have different numbers of unknowns",
        lambda: lfa.Crystal(LINE, [0, 0.5], [1, 2]).primitive(),
    ),
    (
        CrystalMismatchError,
        r"the 2 sites .* they generate one of 3$",
        lambda: lfa.Crystal(LINE, [0, 1 / 3]).primitive(),
    ),
    (CrystalMismatchError, r"does not live on the lattice", lambda: SITE.in_basis_of(LINE.sublattice(2))),
    (InvalidArgumentError, r"f: got shape \(3, 1\); .* \(4, 1\)", lambda: lfa.regroup(np.ones((3, 1)), SITE, SITE, 4)),
    (
        InvalidArgumentError,
        r"source: got 3 of type int; a Crystal or a La",
        lambda: lfa.regroup(np.ones((4, 1)), 3, SITE, 4),
    ),
    (CrystalMismatchError, r"target: .* does not describe the", lambda: lfa.regroup(np.ones((4, 1)), SITE, PAIR, 4)),
    (AssertionError, r"have full rank", lambda: rationals.column_hermite(rationals.rational_matrix([[0]]))),
]

operator_cases: list[Case] = [
    (
        InvalidArgumentError,
        r"domain: got 2 of type int; a Crystal or a Lattice",
        lambda: lfa.CrystalOperator(2, LINE, {}),
    ),
    (
        InvalidArgumentError,
        r"codomain: got None of type NoneType; a Cryst",
        lambda: lfa.CrystalOperator(LINE, None, {}),
    ),
    (MultiplierError, r"multipliers: got list; a mapping \{offset: matrix\} is needed", multipliers([1, 2])),
    (MultiplierError, r"multipliers: the offset \(1,\) is given twice; each", multipliers({1: 1, (1,): 2})),
    (MultiplierError, r"multipliers: got the offset 0.5; 1 integers are needed", multipliers({0.5: 1})),
    (MultiplierError, r"multipliers: got the offset 'ab'; 1 integers are needed", multipliers({"ab": 1})),
    (MultiplierError, r"multipliers: got the offset \(1, 2\); 1 integers", multipliers({(1, 2): 1})),
    (MultiplierError, r"multipliers: got the offset 1; 2 integers are needed", multipliers({1: 1}, PLANE)),
    (MultiplierError, r"offset 18014398509481984; its entries have to be at most", multipliers({2**54: 1})),
    (MultiplierError, r"the result's offsets reach \(18014398509481984,\); entries", lambda: FAR @ FAR),
    (NotFiniteError, r"A: its numbers overflow float64; scale it", lambda: lfa.svdvals(HUGE, 4)),
    (NotFiniteError, r"dtype: the numbers overflow or vanish in", lambda: lfa.svdvals(HUGE, 4, dtype="float32")),
    (MultiplierError, r"multipliers\[\(0,\)\]: got shape \(2, 2\); .* = \(1, 1\) is", multipliers({0: np.eye(2)})),
    (MultiplierError, r"multipliers\[\(0,\)\]: got shape \(\); .* = \(2, 2\)", multipliers({0: 1.0}, PAIR)),
    (MultiplierError, r"multipliers\[\(0,\)\]: got a masked array; plain", multipliers({0: np.ma.ones((1, 1))})),
    (MultiplierError, r"multipliers\[\(0,\)\]: got rows of different lengths", multipliers({0: [[1, 2], [3]]}, PAIR)),
    (MultiplierError, r"multipliers\[\(0,\)\]: got entries of type <U1; real or com", multipliers({0: "a"})),
    (MultiplierError, r"multipliers\[\(0,\)\]: got None of type NoneType; numbers or", multipliers({0: None})),
    (NotFiniteError, r"multipliers: 1 entries are NaN or infinite, .* \(1, 0, 0\)", multipliers({0: 1, 1: NAN})),
    (NotFiniteError, r"multipliers: 2 entries are NaN or", multipliers({0: torch.tensor([[INF, 1], [1, NAN]])}, PAIR)),
    (ArrayLibraryError, r"libraries meet: numpy.ndarray, torch.Ten", multipliers({0: 1, 1: torch.ones(1, 1)})),
    (
        CrystalMismatchError,
        r"codomain: it lives on Lattice\(\[\[2.0\]\]\), the domain on Lattice\(\[\[1.0\]\]\); one lattice is needed",
        lambda: lfa.CrystalOperator(LINE, LINE.sublattice(2), {}),
    ),
    (AttributeError, r"lattice: a CrystalOperator is immutable", lambda: setattr(LAPLACIAN, "lattice", PLANE)),
    (AttributeError, r"domain: a CrystalOperator is immutable", lambda: delattr(LAPLACIAN, "domain")),
    (CrystalMismatchError, r"the operators .* live in 1 and 2 dimensions", lambda: LAPLACIAN + LAPLACIAN_2D),
    (
        CrystalMismatchError,
        r"a sum's domains: the crystals",
        lambda: LAPLACIAN - lfa.identity(lfa.Crystal(LINE, dof=2)),
    ),
    (CrystalMismatchError, r"a sum's codomains: the crystals", lambda: LAPLACIAN + TO_THE_MIDDLES),
    (
        CrystalMismatchError,
        r"a product's inner crystals: .*; shifting the second by \['-1/2'\] would make them equal$",
        lambda: LAPLACIAN @ TO_THE_MIDDLES,
    ),
    (NotFiniteError, r"factor: got nan; a finite number is needed", lambda: NAN * LAPLACIAN),
    (NotFiniteError, r"factor: got .*inf.*; a finite number", lambda: np.complex128(INF) * LAPLACIAN),
    (NotFiniteError, r"factor: got nan; a finite", lambda: LAPLACIAN * np.array(NAN)),
    (InvalidArgumentError, r"divisor: got 0; a number other than zero is needed", lambda: LAPLACIAN / 0),
    (NotFiniteError, r"divisor: got inf; a finite number is needed", lambda: LAPLACIAN / INF),
    (
        InvalidArgumentError,
        r"f: got shape \(3, 1\); its last axes .* = \(4, 1\)",
        lambda: LAPLACIAN.apply(np.ones((3, 1)), 4),
    ),
    (ArrayLibraryError, r"f: got list; an array is needed", lambda: LAPLACIAN.apply([[1]], 1)),
    (
        InvalidArgumentError,
        r"kappa: got shape \(2,\); the last axis has to have length 1",
        lambda: LAPLACIAN.symbol([0, 0]),
    ),
    (InvalidArgumentError, r"kappa: got shape \(\); the last axis", lambda: LAPLACIAN.symbol(0.5)),
    (InvalidArgumentError, r"kappa: got .*torus.*; an array of real", lambda: LAPLACIAN.symbol(LINE.torus(4))),
    (NotFiniteError, r"kappa: got NaN or infinity; finite", lambda: LAPLACIAN.symbol([NAN])),
]

run_cases: list[Case] = [
    (InvalidArgumentError, r"A: got ndarray; an Operator is needed", lambda: lfa.svdvals(np.eye(2), 4)),
    (
        InvalidArgumentError,
        r"dtype: got 'int64'; one of float32, complex64, flo",
        lambda: lfa.svdvals(LAPLACIAN, 4, dtype="int64"),
    ),
    (InvalidArgumentError, r"dtype: got <class 'numpy.float16'>; one of", lambda: LAPLACIAN.astype(np.float16)),
    (InvalidArgumentError, r"memory: got 'lots'; a positive number of bytes, or text", lambda: parse_memory("lots")),
    (InvalidArgumentError, r"memory: got 0; a number of bytes between 1 and 2\^63", lambda: parse_memory(0)),
    (
        MemoryBudgetError,
        r"memory: 1 GB cannot hold the result \(8.8 TB for 1099511627776 frequencies\).*at least \d+ bytes are needed",
        lambda: lfa.svdvals(LAPLACIAN, 2**40),
    ),
    (InvalidArgumentError, r"progress: got 'bar'; False, True or a callable", plan(progress="bar")),
    (InvalidArgumentError, r"executor: got 4; an object with the interface of conc", plan(executor=4)),
]


def read_matrix(matrix: Any, N: Any, crystal: Any = LINE, **options: Any) -> Callable[[], object]:
    return lambda: operator_from_sparse(matrix, crystal, N, **options)


matrix_cases: list[Case] = [
    (InvalidArgumentError, r"matrix: got NoneType; a scipy sparse matrix or a numpy array is", read_matrix(None, 4)),
    (
        InvalidArgumentError,
        r"matrix: got shape \(3, 3\); \(8, 8\) is needed, for 4 lattice points \(of the torus N\) with 2 unknowns each",
        read_matrix(np.eye(3), 4, PAIR),
    ),
    (MultiplierError, r"matrix: got entries of type <U1; real or complex numbers are", read_matrix([["a"]], 1)),
    (
        NotFiniteError,
        r"matrix: 2 entries are NaN or infinite, the first at \(1, 0\); finite numbers are needed",
        read_matrix([[1, 2], [NAN, INF]], 2),
    ),
    (InvalidArgumentError, r"rtol: got -1; a number that is not neg", read_matrix(np.eye(4), 4, rtol=-1)),
    (InvalidArgumentError, r"periodic: got \(True,\); True or False is", read_matrix(np.eye(4), 4, periodic=(True,))),
    (
        InvalidArgumentError,
        r"N: got the periods \[\[2, 1\], \[0, 2\]\]; with periodic=False a diagonal N, a box, is needed",
        read_matrix(np.eye(4), [[2, 1], [0, 2]], PLANE, periodic=False),
    ),
    (
        InvalidArgumentError,
        r"N: got a box of \(4,\) points whose rows reach as far as \(3,\) .* at least \(7,\) is needed \(the row of",
        read_matrix(LAPLACIAN.to_sparse(4), 4, periodic=False),
    ),
    (
        TranslationInvarianceError,
        r"deviate from their mean by up to 0.75 of .* at most rtol = 1e-12 is needed .* worst is row 0 \(lattice point",
        read_matrix(np.diag([1, 0, 0, 0]), 4),
    ),
]

LAZY = (3 * lfa.identity(LINE) + lfa.adjacency(LINE)).inv()
FORTH = lfa.CrystalOperator(LINE, lfa.Crystal(LINE, dof=2), {0: [[1], [2]]})
MIXED = lfa.Crystal(LINE, [0, 0.5], dof=[1, 2])


def couple(*coupling: Any, **options: Any) -> Callable[[], object]:
    return lambda: lfa.CrystalOperator.from_couplings(PAIR, PAIR, [coupling], **options)


algebra_cases: list[Case] = [
    (AssertionError, r"linearly independent", lambda: harmonic_shifts(((0,),))),
    (
        MemoryBudgetError,
        r"torus: the matrix of an operator without finite r.*couples all 100000 p.* 160 GB; use apply",
        lambda: LAZY.to_sparse(100_000),
    ),
    (
        SingularSymbolError,
        r"inv: the symbol of Crys.* is singular at every frequency; pinv\(\) is not",
        (FORTH @ FORTH.H).inv,
    ),
    (SingularSymbolError, r"inv: CrystalOp.* is zero; pinv\(\) is as well", lambda: lfa.zero(LINE, LINE).inv()),
    (
        SingularSymbolError,
        r"is singular at kappa = \(0\), and at the opp.*; a twist such as 1/2 keeps",
        lambda: lfa.eigvals(LAPLACIAN.inv(), 4),
    ),
    (
        SingularSymbolError,
        r"is singular at kappa = \(1/3\), and at the opposite frequencies; a",
        lambda: lfa.eigvals((lfa.identity(LINE) + lfa.adjacency(LINE)).inv(), LINE.torus(6)),
    ),
    (
        SingularSymbolError,
        r"kappa = \(0, 0\), \(0, 1/14\), .* and 3 more, and at the opp",
        lambda: lfa.norm((lfa.stencil([[0, -2, 0], [0, 4, 0], [0, -2, 0]]) + 0j * lfa.identity(PLANE)).inv(), 14),
    ),
    (SingularSymbolError, r"is singular at kappa = \(0, 0\)", lambda: lfa.norm(LAPLACIAN_2D.on(2).inv(), 6)),
    (InvalidArgumentError, r"divisor: got 0; a number other than zero", lambda: LAZY / 0),
    (NotFiniteError, r"factor: got nan; a finite number is needed", lambda: LAZY * NAN),
    (InvalidArgumentError, r"exponent: got 100000; at most 10000 is possible", lambda: LAZY**100_000),
    (InvalidArgumentError, r"exponent: got 0.5 of type float; an integer", lambda: LAZY**0.5),
    (CrystalMismatchError, r"a power: it needs an operator from a crystal to itself; got", lambda: FORTH**2),
    (CrystalMismatchError, r"inv: got symbols of shape \(2, 1\); square ones are needed, or pinv", FORTH.inv),
    (InvalidArgumentError, r"rtol: got 2; a number from 0 to below 1 is needed", lambda: FORTH.pinv(rtol=2)),
    (InvalidArgumentError, r"other: got 3 of type int; an operator is needed", lambda: LAPLACIAN.allclose(3)),
    (
        MultiplierError,
        r"array: got shape \(3,\); a lattice of dimension 2 needs 2 axes, or two more",
        lambda: lfa.stencil([1, 2, 3], PLANE),
    ),
    (MultiplierError, r"centre: got \[1\]; one integer an axis \(2\)", lambda: lfa.stencil([[1]], centre=1)),
    (
        MultiplierError,
        r"values: got shape \(3,\); one number, or one an unknown \(2\)",
        lambda: lfa.diagonal([1, 2, 3], PAIR),
    ),
    (InvalidArgumentError, r"shell: got 0; 1 for nearest", lambda: lfa.adjacency(LINE, 0)),
    (InvalidArgumentError, r"crystal: the neighbours 0 and 1 have 1 and 2 unknowns", lambda: lfa.adjacency(MIXED)),
    (MultiplierError, r"of a site with itself at offset 0 a Hermitian matrix", couple(0, 0, 0, 1j, hermitian=True)),
    (MultiplierError, r"couplings: got \(0, 1\); \(row site, column site, offset, value\) is", couple(0, 1)),
    (MultiplierError, r"couplings: got row site 2 in .*; sites are 0 to 1", couple(2, 0, 0, 1)),
    (MultiplierError, r"couplings: got column site -1 in .*; sites are 0 to 1", couple(0, -1, 0, 1)),
    (MultiplierError, r"couplings: got the offset \(0, 1\); 1 integers are", couple(0, 0, (0, 1), 1)),
    (MultiplierError, r"couplings: got a value of shape \(2,\) in .*; \(1, 1\) is needed", couple(0, 0, 0, [1, 2])),
    (CrystalMismatchError, r"diagonal: it needs domain and codomain with the same sites", FORTH.diagonal),
    (
        InvalidArgumentError,
        r"order: got \(\(1, 1\), \(2, 2\)\), which is singular",
        lambda: LAPLACIAN_2D.strictly_lower([[1, 1], [2, 2]]),
    ),
    (InvalidArgumentError, r"rows: got 1; unknowns of the cell are 0 to 0", lambda: LAPLACIAN.select(1)),
    (InvalidArgumentError, r"operators: got 3; a list of rows of operators", lambda: lfa.block(3)),
    (InvalidArgumentError, r"operators: got rows of lengths \[1, 2\]", lambda: lfa.block([[LAZY], [LAZY, LAZY]])),
    (InvalidArgumentError, r"operators: got 'A'; an operator, or 0, is", lambda: lfa.block([["A"]])),
    (InvalidArgumentError, r"operators: column 1 has no operator, so its", lambda: lfa.block([[LAZY, 0], [LAZY, 0]])),
    (InvalidArgumentError, r"path: got one through the dual of", lambda: lfa.bands(LAPLACIAN, PLANE.path())),
    (InvalidArgumentError, r"bins: got 0; a positive integer", lambda: lfa.density_of_states(LAPLACIAN, 4, bins=0)),
    (InvalidArgumentError, r"A: .* is not known to be Hermitian", lambda: lfa.density_of_states(FAR, 4)),
    (
        CrystalMismatchError,
        r"A: eigenvalues belong to an operator from a crystal to itself; the crystals .* differ",
        lambda: lfa.eigvals(FORTH, 4),
    ),
]

LAPLACIAN_2D = lfa.CrystalOperator(PLANE, PLANE, {(0, 0): 4, (1, 0): -1, (-1, 0): -1, (0, 1): -1, (0, -1): -1})
TO_THE_MIDDLES = lfa.CrystalOperator(LINE, lfa.Crystal(LINE, [0.5]), {0: 1})


def defined(text: str) -> Callable[[], object]:
    """Return what reads a definition from a file, and makes its torus."""

    def read() -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cell.toml"
            path.write_text(text)
            return read_definition(str(path)).torus()

    return read


def on_torus(*periods: int, twist: Any = None) -> Callable[[], object]:
    return lambda: read_definition("square").torus(periods or None, twist)


NUMBERS = 'finite numbers, or fractions as text such as "1/3", are needed'

definition_cases: list[Case] = [
    (InvalidArgumentError, r"kagame: this is neither a name nor a file; .*bcc", lambda: read_definition("kagame")),
    (InvalidArgumentError, r"no/kagame: there is no such file; a TOML", lambda: read_definition("no/kagame")),
    (InvalidArgumentError, r"\.: --parameters belong to names; a file has", lambda: read_definition(".", [1])),
    (InvalidArgumentError, r"got 1 of a b; b missing", lambda: read_definition("rectangular", [1])),
    (InvalidArgumentError, r"square: --parameters: got 2 of \[a\]$", lambda: read_definition("square", [1, 2])),
    (InvalidArgumentError, r"dimension: got 9; up to 8 can be described", lambda: read_definition("integer", [9])),
    (InvalidArgumentError, r"integer: dimension: got 1/2; an integer", lambda: read_definition("integer", [HALF])),
    (InvalidArgumentError, r"square: a: got -1.0; a positive", lambda: read_definition("square", [-1])),
    (InvalidArgumentError, r"cell.toml: unknown key 'site'; valid keys are vectors, sites,", defined("site = 1")),
    (InvalidArgumentError, r"vectors: the file is empty; d vectors of d numbers, such as", defined("")),
    (InvalidArgumentError, r"vectors: the file has none; d vectors", defined("dof = 1")),
    (InvalidArgumentError, r"vectors: the file has 1 that are not of 1 numbers", defined("vectors = [[1, 2]]")),
    (InvalidArgumentError, f"vectors: got 'x'; {NUMBERS}", defined("vectors = [['x']]")),
    (InvalidArgumentError, f"vectors: got 'sqrt\\(.\\)'; {NUMBERS}", defined("vectors = [['sqrt(.)']]")),
    (InvalidArgumentError, f"vectors: got '1/0'; {NUMBERS}", defined("vectors = [['1/0']]")),
    (InvalidArgumentError, f"vectors: got nan; {NUMBERS}", defined("vectors = [[nan]]")),
    (InvalidArgumentError, f"vectors: got True; {NUMBERS}", defined("vectors = [[true]]")),
    (InvalidArgumentError, r"sites: got one of 2 coordinates; 1 each", defined("vectors = [[1]]\nsites = [[0, 0]]")),
    (InvalidArgumentError, r"sites: got 5001; up to 5000", defined(f"vectors = [[1]]\nsites = {[0] * 5001}")),
    (
        InvalidArgumentError,
        r"cell.toml: sites: numbers 0 and 1 coincide",
        defined("vectors = [[1]]\nsites = [[0], [1]]"),
    ),
    (InvalidArgumentError, r"dof: got 1.5; an integer of at most 18", defined("vectors = [[1]]\ndof = 1.5")),
    (InvalidArgumentError, r"labels: got 1; a list of texts is", defined("vectors = [[1]]\nlabels = 1")),
    (InvalidArgumentError, r"cartesian: got 'yes'; true or", defined("vectors = [[1]]\ncartesian = 'yes'")),
    (InvalidArgumentError, r"torus: got 1.5; an integer of", defined("vectors = [[1]]\ntorus = 1.5")),
    (TorusError, r"torus: got 2 integers; 1 is needed", defined("vectors = [[1]]\ntorus = [1, 2]")),
    (TorusError, r"cell.toml: torus: periods: got \(\(0,\),\)", defined("vectors = [[1]]\ntorus = 0")),
    (TorusError, r"twist: got 2 numbers; 1 is needed", defined("vectors = [[1]]\ntorus = 2\ntwist = [0, 0]")),
    (TorusError, r"--torus: got 3 integers; 1 or 2 \(multiples of the vectors\) or 4", on_torus(1, 2, 3)),
    (TorusError, r"--twist: got 3 numbers; 1, or 2 \(one a period\) is needed", on_torus(2, twist=[0, 0, 0])),
    (TorusError, r"--twist: got one, but no torus; --torus is needed as well", on_torus(twist=[0])),
    (
        InvalidArgumentError,
        r"shells: got 10000, for which .* sites around would have to be looked at; up to 2.0e\+06 are",
        lambda: describe(lfa.Crystal(lfa.Lattice([[1, 0], [0, 1e-9]])), shells=10_000),
    ),
    (InvalidArgumentError, r"shells: got a very long int; from 1 to 10000", lambda: describe(SITE, shells=10**5000)),
]

CASES = [
    *lattice_cases,
    *torus_cases,
    *crystal_cases,
    *operator_cases,
    *matrix_cases,
    *algebra_cases,
    *form_cases,
    *spectra_cases,
    *run_cases,
    *definition_cases,
]


@pytest.mark.parametrize(("error", "message", "call"), CASES, ids=[f"{i}-{c[0].__name__}" for i, c in enumerate(CASES)])
def test_bad_input_is_refused(error: type[Exception], message: str, call: Callable[[], object]) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert type(caught.value) is error


# That no `raise` is forgotten -----------------------------------------------------------------------------------

FOUNDATIONS = (errors, geometry, frequencies, operators, spectra)


def sources(module: ModuleType) -> list[Path]:
    file = Path(inspect.getfile(module))
    return sorted(file.parent.rglob("*.py")) if file.name == "__init__.py" else [file]


def statements(file: Path) -> list[tuple[int, int]]:
    """Return the first and last line of every `raise` with an exception."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [(n.lineno, n.end_lineno or n.lineno) for n in ast.walk(tree) if isinstance(n, ast.Raise) and n.exc]


def lines_passed(error: BaseException | None) -> Iterator[tuple[str, int]]:
    """Yield the file and line of every frame that an exception, or one it was raised from, went through."""
    while error is not None:
        traceback = error.__traceback__
        while traceback is not None:
            yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
            traceback = traceback.tb_next
        error = error.__context__


def test_every_raise_of_the_foundations_is_triggered() -> None:
    passed: set[tuple[str, int]] = set()
    for error, _, call in CASES:
        with pytest.raises(error) as caught:
            call()
        passed.update(lines_passed(caught.value))
    missing = [
        f"{file}:{first}"
        for module in FOUNDATIONS
        for file in sources(module)
        for first, last in statements(file)
        if not any((str(file), line) in passed for line in range(first, last + 1))
    ]
    assert not missing, "\n".join(missing)


# The classes ----------------------------------------------------------------------------------------------------


def test_every_exception_has_one_base_and_a_built_in_one() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert kind.__doc__
        if issubclass(kind, Warning):
            continue
        assert issubclass(kind, CrystalError)
        if kind is not CrystalError:
            assert issubclass(kind, (ValueError, TypeError, MemoryError, ImportError))


def test_a_missing_library_names_the_command_that_installs_it() -> None:
    error = errors.MissingLibraryError.for_extra("matplotlib", "plotting", "plot")
    assert str(error) == "plotting needs matplotlib, which is not installed: pip install 'crystal-lfa[plot]'"
    assert isinstance(error, ImportError)
