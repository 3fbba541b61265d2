"""Results in files: what is saved comes back bit by bit, and nothing else is read."""

from __future__ import annotations

import ast
import inspect
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stored_files import forge

import crystal_lfa as lfa
from crystal_lfa import spectra as room
from crystal_lfa.errors import OperatorFileError
from crystal_lfa.operators.archives import read_archive
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.hints import conforms
from crystal_lfa.spectra.results import Result
from crystal_lfa.spectra.storage import KNOWN

LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
GRAPHENE = lfa.adjacency(lfa.crystals.honeycomb())
TWISTED = lfa.lattices.triangular().torus([[3, 1], [-1, 4]], twist=[Fraction(1, 3), 0.123456789])


def mixed(seed: int = 0, *, real: bool = True) -> lfa.CrystalOperator:
    """Return an operator between crystals of one and of several sites, on a triangular lattice."""
    rng = np.random.default_rng(seed)
    lattice = lfa.lattices.triangular()
    domain = lfa.Crystal(lattice, [[0, 0], ["1/3", 0.123]], dof=[2, 1], labels=["a", "b"])
    codomain = lfa.Crystal(lattice, [[0.5, 0.25]], dof=2)
    offsets = [(0, 0), (1, 0), (-1, 2)]
    numbers = rng.standard_normal((2, 3, 2, 3))
    matrices = numbers[0] if real else numbers[0] + 1j * numbers[1]
    return lfa.CrystalOperator(domain, codomain, dict(zip(offsets, matrices, strict=True)))


def layer(dtype: Any = torch.float64) -> lfa.CrystalOperator:
    weight = np.random.default_rng(5).standard_normal((3, 2, 3, 3))
    return lfa.cnn.conv(torch.tensor(weight, dtype=dtype), stride=2)


def two_grid() -> lfa.Operator:
    identity = lfa.identity(LAPLACIAN.domain)
    P = lfa.interpolation(LAPLACIAN.domain, 2)
    smoother = identity - 0.2 * LAPLACIAN
    return smoother @ (identity - P @ (P.H @ LAPLACIAN @ P).inv() @ P.H @ LAPLACIAN) @ smoother


SUBJECTS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "laplacian": lambda: (LAPLACIAN, (6, 5)),
    "several sites on a twisted skew torus": lambda: (mixed(), TWISTED),
    "complex": lambda: (mixed(real=False), mixed().lattice.torus((4, 3), twist=0.5)),
    "strided": lambda: (lfa.cnn.conv(np.random.default_rng(1).standard_normal((4, 2, 3, 3)), stride=2), (8, 6)),
    "composed": lambda: (two_grid(), LAPLACIAN.lattice.torus(8, twist=0.5)),
    "on a torus": lambda: (lfa.svd(mixed(), (3, 4)).clip(0.5, 1.0).to_operator(), None),
    "made of one on a torus": lambda: (2 * lfa.svd(lfa.svd(mixed(), 3).to_operator()).operator, 3),
}


def again(thing: Any, path: Path) -> Any:
    thing.save(path / "result.npz")
    return lfa.load(path / "result.npz")


def assert_same(one: Any, other: Any) -> None:
    """Check that two arrays have the same bits; the second may be one of another library."""
    expected = to_numpy(other)
    assert isinstance(one, np.ndarray | np.generic)
    assert one.dtype == expected.dtype
    assert one.shape == expected.shape
    assert one.tobytes() == expected.tobytes()


def functions(crystal: lfa.Crystal, torus: lfa.Torus) -> Any:
    return np.random.default_rng(3).standard_normal((2, torus.order, crystal.size))


def same_place(one: Any, other: Any) -> bool:
    """Tell whether lattices or tori agree in every exact number."""
    lattices = (one, other) if isinstance(one, lfa.Lattice) else (one.lattice, other.lattice)
    numbers = [(lattice.root, lattice.exact_matrix) for lattice in lattices]
    own = [(torus.period_vectors, torus.exact_twist) for torus in (one, other) if isinstance(torus, lfa.Torus)]
    return numbers[0] == numbers[1] and (not own or own[0] == own[1])


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("name", SUBJECTS)
def test_decompositions_come_back(name: str, keep: bool, tmp_path: Path) -> None:
    found = lfa.svd(*SUBJECTS[name](), keep, memory="1MB")
    loaded = again(found, tmp_path)
    assert type(loaded) is lfa.SVD
    assert repr(loaded) == repr(found)
    assert same_place(loaded.torus, found.torus)
    assert loaded.operator.content_hash() == found.operator.content_hash()
    assert loaded.content_hash() == found.content_hash()
    assert (loaded.is_real, loaded.steps, loaded.factors.kept) == (found.is_real, (), keep)
    mine, theirs = loaded.factors.plan, found.factors.plan
    assert (mine.halved, mine.chunk, mine.concurrency) == (theirs.halved, theirs.chunk, theirs.concurrency)
    assert_same(loaded.values, found.values)
    assert not loaded.values.flags.writeable
    if keep:
        assert_same(loaded.u, found.u)
        assert_same(loaded.vh, found.vh)
    x = functions(found.domain, found.torus)
    assert_same(loaded.apply(x), found.apply(x))
    for i in (0, 1, found.values.size - 1):
        assert_same(loaded.left(i), found.left(i))
        assert_same(loaded.right(i), found.right(i))
        assert loaded.locate(i) == found.locate(i)


def negated(values: Any) -> Any:
    return np.where(values > 1, -values, values)


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("derive", "steps"),
    [
        (lambda found: found.truncate(rank=7), ("truncate(rank=7)",)),
        (lambda found: found.truncate(tol=0.5).pinv(), ("truncate(tol=0.5)", "pinv()")),
        (lambda found: found.clip(0.5, 1.5), ("clip(0.5, 1.5)",)),
        (lambda found: found.pinv(0.1), ("pinv(0.1)",)),
        (lambda found: found.map(negated), ("map(negated)",)),
        (lambda found: found.map(lambda s: 3 - s).pinv().clip(None, 1), ("map(<lambda>)", "pinv()", "clip(None, 1)")),
    ],
)
def test_derived_decompositions_come_back(derive: Any, steps: tuple[str, ...], keep: bool, tmp_path: Path) -> None:
    for found in (derive(lfa.svd(mixed(), TWISTED, keep)), derive(lfa.svd(LAPLACIAN, 6, keep))):
        loaded = again(found, tmp_path)
        assert loaded.steps == found.steps == steps
        assert loaded.is_real == found.is_real
        assert loaded.domain.is_same_as(found.domain)
        assert_same(loaded.values, found.values)
        x = functions(found.domain, found.torus)
        assert_same(loaded.apply(x), found.apply(x))
        assert_same(loaded.left(3), found.left(3))
        assert_same(loaded.pinv().apply(loaded.apply(x)), found.pinv().apply(found.apply(x)))
        # What was derived can be derived from again, saved again, and is the same file.
        assert again(loaded, tmp_path).content_hash() == found.content_hash()


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("complex64"), torch.float32, None])
def test_the_precision_of_factors_comes_back(dtype: Any, tmp_path: Path) -> None:
    found = lfa.svd(mixed(), 4, keep=False, dtype=dtype)
    loaded = again(found, tmp_path)
    x = functions(found.domain, found.torus).astype(np.float32)
    assert_same(loaded.apply(x), found.apply(x))
    assert_same(loaded.left(0), found.left(0))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_tensors_come_back_as_arrays(dtype: torch.dtype, tmp_path: Path) -> None:
    found = lfa.svd(layer(dtype), (8, 8))
    loaded = again(found, tmp_path)
    for name in ("values", "u", "vh"):
        assert_same(getattr(loaded, name), getattr(found, name))
    x = functions(found.domain, found.torus)
    np.testing.assert_allclose(loaded.apply(x), to_numpy(found.apply(torch.tensor(x))), rtol=1e-13, atol=1e-13)
    # Computed again by another library, vectors of equal values may differ, what they make up does not.
    unkept = again(lfa.svd(layer(dtype), (8, 8), keep=False), tmp_path)
    np.testing.assert_allclose(unkept.apply(x), loaded.apply(x), rtol=1e-12, atol=1e-12)
    norm = lfa.norm(layer(dtype), (8, 8))
    assert_same(again(norm, tmp_path).value, norm.value)
    graph = lfa.eig(lfa.stencil(torch.tensor([-1.0, 2.0, -1.0], dtype=torch.float64)), 5)
    assert_same(again(graph, tmp_path).symbol_vectors, graph.symbol_vectors)


def test_gradients_are_left_behind(tmp_path: Path) -> None:
    found = replace(NORM, value=torch.tensor(8.0, dtype=torch.float64, requires_grad=True))
    loaded = again(found, tmp_path)
    assert_same(loaded.value, found.value)
    assert loaded.value.dtype == np.float64


@pytest.mark.parametrize("name", ["laplacian", "composed"])
def test_eigenvectors_come_back(name: str, tmp_path: Path) -> None:
    found = lfa.eig(*SUBJECTS[name]())
    loaded = again(found, tmp_path)
    assert type(loaded) is lfa.Eig
    assert repr(loaded) == repr(found)
    assert same_place(loaded.torus, found.torus)
    assert (loaded.is_hermitian, loaded.is_real) == (found.is_hermitian, found.is_real)
    assert_same(loaded.values, found.values)
    assert_same(loaded.symbol_vectors, found.symbol_vectors)
    assert_same(loaded.vector(2), found.vector(2))
    assert loaded.content_hash() == found.content_hash()


@pytest.mark.parametrize("name", SUBJECTS)
def test_operators_on_tori_come_back(name: str, tmp_path: Path) -> None:
    found = lfa.svd(*SUBJECTS[name]()).to_operator()
    loaded = again(found, tmp_path)
    assert type(loaded) is lfa.TorusOperator
    assert repr(loaded) == repr(found)
    assert loaded.is_real == found.is_real
    assert same_place(loaded.torus, found.torus)
    assert loaded.domain.is_same_as(found.domain)
    assert loaded.codomain.labels == found.codomain.labels
    assert_same(loaded.symbols, found.symbols)
    x = functions(found.domain, found.torus)
    assert_same(loaded.apply(x), found.apply(x))
    assert_same((loaded @ loaded.H).symbols, (found @ found.H).symbols)


@pytest.mark.parametrize("path", [None, ["G", "K", "M", "G"], [(0, 0), (0.1, 1 / 3), (0.5, 0)]])
def test_bands_come_back(path: Any, tmp_path: Path) -> None:
    found = lfa.bands(GRAPHENE, path, points=30)
    loaded = again(found, tmp_path)
    assert repr(loaded) == repr(found)
    assert loaded.ticks == found.ticks
    assert (loaded.path.labels, loaded.path.lines) == (found.path.labels, found.path.lines)
    assert loaded.operator.content_hash() == found.operator.content_hash()
    for name in ("values", "frequencies", "distance"):
        assert_same(getattr(loaded, name), getattr(found, name))
    assert lfa.bands(GRAPHENE, loaded.path, points=30).content_hash() == found.content_hash()


def test_jumps_of_paths_come_back(tmp_path: Path) -> None:
    found = lfa.bands(lfa.adjacency(lfa.Crystal(lfa.lattices.fcc())), ["G", "U|K", "G"], points=20)
    assert again(found, tmp_path).path.lines == found.path.lines


def test_densities_ranges_and_suprema_come_back(tmp_path: Path) -> None:
    for found in (
        lfa.density_of_states(GRAPHENE, 12, bins=9),
        room.density_of_singular_values(mixed(), 8),
        room.numerical_range(GRAPHENE, 4),
        lfa.smallest_singular_value(LAPLACIAN, 6),
    ):
        loaded = again(found, tmp_path)
        assert type(loaded) is type(found)
        assert repr(loaded) == repr(found)
        for field in fields(found):
            if isinstance(getattr(found, field.name), np.ndarray):
                assert_same(getattr(loaded, field.name), getattr(found, field.name))
    torus = mixed().lattice.torus([[3, 1], [0, 3]])
    radius = lfa.spectral_radius(GRAPHENE, 5)
    for found in (lfa.norm(mixed(), torus), lfa.norm(mixed(), torus, dtype="float32"), radius):
        loaded = again(found, tmp_path)
        assert type(loaded) is type(found)
        assert_same(loaded.value, found.value)
        assert_same(loaded.frequency, found.frequency)
        assert same_place(loaded.lattice, found.lattice)
        assert float(loaded) == float(found)
        assert repr(loaded) == repr(found)
    unbounded = replace(found, upper=float("inf"), limit=True, skipped=3)
    loaded = again(unbounded, tmp_path)
    assert (loaded.upper, loaded.limit, loaded.skipped, loaded.certified) == (float("inf"), True, 3, False)


def test_every_result_is_known_to_files() -> None:
    results = {name for name, kind in vars(room).items() if isinstance(kind, type) and issubclass(kind, Result)}
    assert results | {"TorusOperator"} == set(KNOWN)
    # Whatever is no array and no number has a type that is checked.
    for kind in KNOWN.values():
        for field in fields(kind):
            assert isinstance(field.type, str)
            ast.parse(field.type, mode="eval")


def test_nothing_in_a_file_is_code(tmp_path: Path) -> None:
    lfa.svd(mixed(), TWISTED).map(lambda values: values + 1).save(tmp_path / "result.npz")
    with zipfile.ZipFile(tmp_path / "result.npz") as archive:
        for name in archive.namelist():
            with pytest.raises((pickle.UnpicklingError, EOFError, ValueError)):
                pickle.loads(archive.read(name))  # noqa: S301 - that it is none is the test
    arrays = read_archive(tmp_path / "result.npz")
    assert {array.dtype.kind for array in arrays.values()} <= set("biufc")
    assert "module" not in json.loads(arrays["description"].tobytes())


def test_equal_results_make_equal_files(tmp_path: Path) -> None:
    for name in ("one", "other"):
        lfa.svd(LAPLACIAN, 4).save(tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [">f8", "<c8", "bool", "int8"])
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)])
def test_arrays_of_every_layout_come_back(tmp_path: Path, order: Any, dtype: str, shape: tuple[int, ...]) -> None:
    from crystal_lfa.operators.archives import write_archive

    array = np.ones(shape, dtype=dtype, order=order)
    write_archive({"description": array, "strided": np.arange(20.0)[::3]}, tmp_path / "arrays.npz")
    found = read_archive(tmp_path / "arrays.npz")
    assert_same(found["description"], array.astype(array.dtype.newbyteorder("=")))
    assert_same(found["strided"], np.arange(20.0)[::3])
    with np.load(tmp_path / "arrays.npz") as plain:
        assert plain["description"].shape == shape


# Files that are refused -----------------------------------------------------------------------------------------


def parts(**changed: Any) -> Callable[[Any], None]:
    return lambda description: description["result"]["record"]["parts"].update(changed)


def torus_of(description: Any) -> Any:
    return description["result"]["record"]["parts"]["torus"]["Torus"]


FOUND = lfa.svd(LAPLACIAN, 4)
CHOSEN = lfa.svd(mixed(), 4).pinv().map(lambda values: -values)
EIG = lfa.eig(LAPLACIAN, 4)
TABLE = FOUND.to_operator()
BANDS = lfa.bands(LAPLACIAN, points=9)
STATES = lfa.density_of_states(LAPLACIAN, 4, bins=5)
NORM = lfa.norm(LAPLACIAN, 4)

WRONG: list[tuple[Any, Any, dict[str, Any]]] = [
    (FOUND, parts(dtype="object"), {}),
    (FOUND, parts(dtype={"tuple": []}), {}),
    (FOUND, parts(chunk=-1), {}),
    (FOUND, parts(chunk=True), {}),
    (FOUND, parts(concurrency={"float": "0x1p0"}), {}),
    (FOUND, parts(steps={"tuple": [3]}), {}),
    (FOUND, parts(steps="truncate"), {}),
    (FOUND, parts(u=None), {}),
    (FOUND, parts(halved=1), {}),
    (FOUND, parts(u={"array": "absent"}), {}),
    (FOUND, parts(surprise=1), {}),
    (FOUND, parts(operator={"record": {"kind": "SVD", "parts": {}}}), {}),
    (FOUND, parts(operator={"operator": {"prefix": "", "parts": []}}), {}),
    (FOUND, parts(torus={"Torus": {}}), {}),
    (FOUND, parts(torus={"os.system": "true"}), {}),
    (FOUND, parts(torus={"one": 1, "two": 2}), {}),
    (FOUND, parts(torus=[1]), {}),
    (FOUND, lambda d: torus_of(d).update(twist=["1/3", "0"]), {}),
    (FOUND, lambda d: torus_of(d).update(periods=[[10**15, 0], [0, 10**15]]), {}),
    (FOUND, lambda d: torus_of(d).update(periods=[[1.5, 0], [0, 4]]), {}),
    (FOUND, lambda d: torus_of(d)["lattice"].update(matrix=[["2", "0"], ["0", "1"]]), {}),
    (FOUND, lambda d: torus_of(d)["lattice"].update(matrix=[["1", "0", "0"], ["0", "1", "0"]]), {}),
    (FOUND, lambda d: torus_of(d)["lattice"].update(root=[["nan"]]), {}),
    (FOUND, lambda d: d["result"].clear(), {}),
    (FOUND, lambda d: d["result"]["record"].update(kind="StoredSVD"), {}),
    (FOUND, lambda d: d["result"]["record"].update(kind="Eig"), {}),
    (FOUND, lambda d: d["result"]["record"].update(kind="os.system"), {}),
    (FOUND, lambda d: d.update(result=json.loads("[" * 900 + "]" * 900)), {}),
    (FOUND, None, {"values": FOUND.values[:3]}),
    (FOUND, None, {"values": np.ones((16, 1), dtype=np.int64)}),
    (FOUND, None, {"u": FOUND.u[:, :, 0]}),
    (FOUND, None, {"vh": FOUND.vh.real.copy()}),
    (CHOSEN, None, {"columns": np.full((16, 2), 2)}),
    (CHOSEN, None, {"columns": np.full((16, 2), -1)}),
    (CHOSEN, None, {"columns": np.zeros((16, 3), dtype=np.int64)}),
    (CHOSEN, None, {"signs": np.ones((1, 1))}),
    (CHOSEN, None, {"signs": np.ones((16, 2), dtype=np.complex128)}),
    (EIG, None, {"values": EIG.values[:, 0]}),
    (EIG, None, {"symbol_vectors": EIG.symbol_vectors[:5]}),
    (EIG, parts(values={"array": "operator.offsets0"}), {}),
    (TABLE, None, {"symbols": TABLE.symbols[:5]}),
    (TABLE, None, {"symbols": TABLE.symbols * np.nan}),
    (TABLE, parts(symbols=3), {}),
    (TABLE, parts(is_real="no"), {}),
    (BANDS, None, {"values": BANDS.values[:5]}),
    (BANDS, None, {"frequencies": BANDS.frequencies[:, :1]}),
    (BANDS, None, {"distance": BANDS.distance.astype(np.float32)}),
    (BANDS, parts(ticks={"tuple": [{"tuple": [{"float": "0x0p0"}]}]}), {}),
    (BANDS, lambda d: d["result"]["record"]["parts"]["path"]["Path"].update(labels=["G"]), {}),
    (BANDS, lambda d: d["result"]["record"]["parts"]["path"]["Path"].update(labels=["G", 1, "M", "G"]), {}),
    (BANDS, lambda d: d["result"]["record"]["parts"]["path"]["Path"]["lines"][0][0].append("0x0p0"), {}),
    (BANDS, lambda d: d["result"]["record"]["parts"]["path"]["Path"]["lines"][0].append(["0x0p0", "0x0p0"]), {}),
    (BANDS, lambda d: d["result"]["record"]["parts"]["path"]["Path"]["lines"][0].__setitem__(0, ["inf", "0"]), {}),
    (STATES, None, {"edges": STATES.edges[:3]}),
    (STATES, None, {"density": STATES.density.astype(np.int64)}),
    (NORM, None, {"frequency": NORM.frequency.astype(np.int64)}),
    (NORM, parts(lower={"float": "four"}), {}),
    (NORM, parts(lower={"complex": ["0x0p0", "0x0p0"]}), {}),
    (NORM, parts(lower={"complex": ["0x0p0"]}), {}),
    (NORM, parts(lattice={"Crystal": {}}), {}),
    (NORM, parts(lattice=None), {}),
]


@pytest.mark.parametrize(("thing", "change", "arrays"), WRONG, ids=range(len(WRONG)))
def test_files_that_describe_no_result_are_refused(tmp_path: Path, thing: Any, change: Any, arrays: Any) -> None:
    path = forge(thing, tmp_path / "result.npz", change, **arrays)
    with pytest.raises(OperatorFileError, match=r"path: .*result\.npz describes no operator and no result: "):
        lfa.load(path)


def test_fields_with_defaults_may_be_missing(tmp_path: Path) -> None:
    """As in files from before there was such a field."""
    path = forge(NORM, tmp_path / "result.npz", lambda d: d["result"]["record"]["parts"].pop("skipped"))
    assert lfa.load(path).skipped == 0
    path = forge(NORM, tmp_path / "result.npz", lambda d: d["result"]["record"]["parts"].pop("lower"))
    with pytest.raises(OperatorFileError, match="missing 1 required positional argument: 'lower'"):
        lfa.load(path)


def test_bytes_changed_at_random_are_noticed(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "result.npz"
    CHOSEN.save(path)
    expected = CHOSEN.content_hash()
    whole = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    for _ in range(300):
        damaged = whole.copy()
        damaged[rng.integers(len(whole))] ^= rng.integers(1, 256, dtype=np.uint8)
        path.write_bytes(damaged.tobytes())
        try:
            loaded = lfa.load(path)
        except OperatorFileError:
            continue
        assert loaded.content_hash() == expected


def test_files_cut_short_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "result.npz"
    FOUND.save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(OperatorFileError, match="is no file of an operator or a result"):
            lfa.load(path)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "trap"),)

    np.savez(tmp_path / "objects.npz", values=np.array([Trap()], dtype=object))
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Trap()))
    for name in ("objects", "pickle"):
        with pytest.raises(OperatorFileError, match="is no file of an operator or a result"):
            lfa.load(tmp_path / f"{name}.npz")
    assert not (tmp_path / "trap").exists()


def test_headers_cannot_ask_for_more_than_the_file_has(tmp_path: Path) -> None:
    """Members that claim more bytes than there are, in their own header or in the archive's directory."""
    import tracemalloc

    FOUND.save(tmp_path / "result.npz")
    whole = (tmp_path / "result.npz").read_bytes()
    claims = [
        whole.replace(b"'shape': (16, 1)", b"'shape': (9**9,)"),
        whole.replace(b"'shape': (16, 1), }  ", b"'shape': (16, 10**9), }"[:23]),
    ]
    with zipfile.ZipFile(tmp_path / "result.npz") as archive:
        size = archive.getinfo("values.npy").file_size
    claims.append(whole.replace(size.to_bytes(4, "little"), (2**31).to_bytes(4, "little")))
    for claim in claims:
        assert claim != whole
        (tmp_path / "result.npz").write_bytes(claim)
        tracemalloc.start()
        with pytest.raises(OperatorFileError, match="is no file of an operator or a result"):
            lfa.load(tmp_path / "result.npz")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10_000_000


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    NORM.save(tmp_path / "result.npz")
    with pytest.raises(OperatorFileError, match="result: value is a list, which cannot be saved"):
        replace(NORM, value=[1]).save(tmp_path / "result.npz")
    with pytest.raises(OperatorFileError, match=r"result: value is a ndarray, which cannot be saved"):
        replace(NORM, value=np.array([None])).save(tmp_path / "result.npz")
    with pytest.raises(OperatorFileError, match=r"this SVD could not be read again: .*do not fit"):
        replace(FOUND, values=FOUND.values[:2]).save(tmp_path / "result.npz")
    assert lfa.load(tmp_path / "result.npz").content_hash() == NORM.content_hash()
    with pytest.raises(lfa.errors.InvalidArgumentError, match="it cannot be written"):
        NORM.save(tmp_path / "absent" / "result.npz")


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (1, int, True), (True, int, False), (np.int32(1), int, True), (1.5, int, False),
        (1, float, True), (np.float32(1), float, True), ("1", float, False), (1j, float, False), (1, complex, True),
        (None, None, True), (0, None, False), (None, int | None, True), ("a", int | None, False),
        ((1, 2), tuple[int, ...], True), ((1, "2"), tuple[int, ...], False), ((), tuple[int, ...], True),
        ((1, "2"), tuple[int, str], True), ((1,), tuple[int, str], False), ([1], tuple[int, ...], False),
        (np.eye(2), np.typing.NDArray[np.float64], True), (np.eye(2), np.typing.NDArray[np.int64], False),
        (np.eye(2), np.typing.NDArray[Any], True), (np.eye(2), np.typing.NDArray[np.floating[Any]], True),
        (1.0, np.typing.NDArray[Any], False), (object(), Any, True), ("a", str, True),
    ],
)  # fmt: skip
def test_values_conform_to_hints(value: Any, hint: Any, expected: bool) -> None:
    assert conforms(value, hint) is expected


def test_saving_has_one_signature() -> None:
    for kind in (lfa.SVD, lfa.Eig, lfa.TorusOperator, lfa.Bands, lfa.DensityOfStates, lfa.Supremum):
        assert list(inspect.signature(kind.save).parameters) == ["self", "path"]
