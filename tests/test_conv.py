"""Convolutions as operators, against torch's own convolution; images as functions on crystals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch.nn import functional

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn import conv, from_image, to_image

FORWARD = (functional.conv1d, functional.conv2d, functional.conv3d)
TRANSPOSED = (functional.conv_transpose1d, functional.conv_transpose2d, functional.conv_transpose3d)
LAYERS = 200
LARGEST_SIDE = 400

SQUARE_LATTICE = lfa.lattices.integer(2)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep BLAS and torch to one thread: on small matrices more of them wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class Layer:
    """A drawn layer. `pixels` are the extents on the finer side: of the input, or of a transposed one's output."""

    weight: NDArray[np.float64]
    stride: tuple[int, ...]
    padding: tuple[int, ...] | None
    dilation: tuple[int, ...]
    groups: int
    transposed: bool
    pixels: tuple[int, ...]

    @property
    def kernel(self) -> tuple[int, ...]:
        return self.weight.shape[2:]

    @property
    def centre(self) -> tuple[int, ...]:
        if self.padding is not None:
            return self.padding
        return tuple(d * (k - 1) // 2 for d, k in zip(self.dilation, self.kernel, strict=True))

    @property
    def outputs(self) -> tuple[int, ...]:
        """The extents on the coarser side."""
        return tuple(n // s for n, s in zip(self.pixels, self.stride, strict=True))

    def torus(self) -> lfa.Torus:
        """Return the torus of the input pixels."""
        return lfa.lattices.integer(len(self.kernel)).torus(self.outputs if self.transposed else self.pixels)

    def operator(self, weight: Any = None, **replaced: Any) -> lfa.CrystalOperator:
        options = {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
            "transposed": self.transposed,
        }
        return conv(self.weight if weight is None else weight, **(options | replaced))


def draw_layer(seed: int) -> Layer:
    """Draw a layer whose matrix stays small; the kernel is often larger than the input."""
    rng = np.random.default_rng(seed)
    axes = seed % 3 + 1
    while True:
        stride = tuple(rng.integers(1, 4, axes).tolist())
        pixels = tuple(s * int(rng.integers(1, 8 // axes + 1)) for s in stride)
        groups, out_width, in_width = int(rng.integers(1, 4)), *rng.integers(1, 3, 2).tolist()
        if (
            max(in_width * math.prod(pixels), out_width * math.prod(pixels) // math.prod(stride)) * groups
            <= LARGEST_SIDE
        ):
            break
    kernel = tuple(rng.integers(1, 6, axes).tolist())
    dilation = tuple(rng.integers(1, 4, axes).tolist())
    padding = tuple(int(rng.integers(0, d * (k - 1) + 1)) for d, k in zip(dilation, kernel, strict=True))
    weight = rng.standard_normal((groups * out_width, in_width, *kernel))
    given = padding if rng.random() < 0.5 else None
    return Layer(weight, stride, given, dilation, groups, bool(rng.random() < 0.3), pixels)


def circular(layer: Layer, x: torch.Tensor) -> torch.Tensor:
    """Return torch's convolution of images on the torus; padding by indices, since torch wraps only once."""
    for axis, (n, s, k) in enumerate(zip(layer.pixels, layer.stride, layer.kernel, strict=True)):
        reach = (n // s - 1) * s + layer.dilation[axis] * (k - 1) + 1
        places = torch.arange(reach) - layer.centre[axis]
        x = x.index_select(2 + axis, places % n)
    convolve = FORWARD[len(layer.kernel) - 1]
    return convolve(x, torch.from_numpy(layer.weight), None, layer.stride, 0, layer.dilation, layer.groups)


def circular_transposed(layer: Layer, x: torch.Tensor) -> torch.Tensor:
    """Return torch's transposed convolution on the torus; what it puts beyond the border is wrapped and added."""
    convolve = TRANSPOSED[len(layer.kernel) - 1]
    full = convolve(x, torch.from_numpy(layer.weight), None, layer.stride, 0, 0, layer.groups, layer.dilation)
    for axis, n in enumerate(layer.pixels):
        places = (torch.arange(full.shape[2 + axis]) - layer.centre[axis]) % n
        wrapped = torch.zeros((*full.shape[: 2 + axis], n, *full.shape[3 + axis :]), dtype=full.dtype)
        full = wrapped.index_add(2 + axis, places, full)
    return full


def unit_images(channels: int, extents: tuple[int, ...]) -> torch.Tensor:
    size = channels * math.prod(extents)
    return torch.eye(size, dtype=torch.float64).reshape(size, channels, *extents)


def dense(layer: Layer) -> NDArray[np.float64]:
    """Return the layer's matrix, column by column from torch, images flattened channel by channel."""
    channels = layer.weight.shape[1] * layer.groups
    images = circular(layer, unit_images(channels, layer.pixels))
    matrix: NDArray[np.float64] = images.reshape(len(images), -1).T.numpy()
    return matrix.T if layer.transposed else matrix


def permutation(crystal: lfa.Crystal, channels: int, extents: tuple[int, ...], torus: Any) -> NDArray[np.float64]:
    """Return the matrix that takes a flattened image to a flattened function on the crystal."""
    functions = from_image(unit_images(channels, extents).numpy(), crystal, torus)
    return np.asarray(functions.reshape(len(functions), -1).T)


def compare_with_torch(seed: int) -> None:
    layer = draw_layer(seed)
    matrix = dense(layer)
    expected = np.linalg.svd(matrix, compute_uv=False)
    values = lfa.svdvals(layer.operator(), layer.torus())
    assert values.size == min(matrix.shape)
    np.testing.assert_allclose(np.sort(values, axis=None)[::-1], expected, rtol=0, atol=1e-12 * expected[0])


@pytest.mark.parametrize("seed", range(LAYERS))
def test_all_singular_values_are_those_of_torchs_convolution(seed: int) -> None:
    """Shows 2: to 1e-12 of the largest, and so many of them."""
    compare_with_torch(seed)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(LAYERS, 4000, 100))
def test_of_many_more_layers_too(start: int) -> None:
    for seed in range(start, start + 100):
        compare_with_torch(seed)


@pytest.mark.parametrize("seed", range(0, LAYERS, 4))
def test_the_sparse_matrix_is_torchs_convolution_entry_by_entry(seed: int) -> None:
    layer = draw_layer(seed)
    A, T = layer.operator(), layer.torus()
    outer, inner = layer.weight.shape[0], layer.weight.shape[1] * layer.groups
    fine, coarse = (A.codomain, A.domain) if layer.transposed else (A.domain, A.codomain)
    of_pixels = permutation(fine, inner, layer.pixels, T)
    of_outputs = permutation(coarse, outer, layer.outputs, T)
    source, goal = (of_outputs, of_pixels) if layer.transposed else (of_pixels, of_outputs)
    np.testing.assert_allclose(goal.T @ A.to_sparse(T).toarray() @ source, dense(layer), rtol=0, atol=1e-13)
    for matrix in (source, goal):
        assert set(np.unique(matrix)) <= {0, 1}
        np.testing.assert_array_equal(matrix @ matrix.T, np.eye(len(matrix)))


def test_the_drawn_layers_cover_what_they_claim() -> None:
    layers = [draw_layer(seed) for seed in range(LAYERS)]
    for axes in (1, 2, 3):
        some = [layer for layer in layers if len(layer.kernel) == axes]
        assert {s for layer in some for s in layer.stride} == {1, 2, 3}
        assert {d for layer in some for d in layer.dilation} == {1, 2, 3}
        assert {k for layer in some for k in layer.kernel} == {1, 2, 3, 4, 5}
        assert {layer.groups for layer in some} == {1, 2, 3}
        for transposed in (False, True):
            part = [layer for layer in some if layer.transposed is transposed]
            assert any(layer.padding is None for layer in part)
            assert any(layer.padding is not None for layer in part)
            wide = [d * (k - 1) >= n for x in part for d, k, n in zip(x.dilation, x.kernel, x.pixels, strict=True)]
            assert sum(wide) >= 5
            assert not all(wide)
        assert axes == 1 or any(len(set(layer.pixels)) == axes for layer in some)


@pytest.mark.parametrize("batch", [(), (4,), (2, 3)])
@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("seed", [2, 7, 12, 16, 26, 27])
def test_from_image_apply_to_image_is_torchs_convolution(seed: int, library: Any, batch: tuple[int, ...]) -> None:
    layer = draw_layer(seed)
    A, T = layer.operator(library(layer.weight)), layer.torus()
    outer, inner = layer.weight.shape[0], layer.weight.shape[1] * layer.groups
    shape = (outer, *layer.outputs) if layer.transposed else (inner, *layer.pixels)
    x = np.random.default_rng(seed).standard_normal((*batch, *shape))
    f = from_image(library(x), A.domain, T)
    assert f.shape == (*batch, A.lattice.torus(T).order, A.domain.size)
    y = to_image(A.apply(f, T), A.codomain, T)
    assert type(y) is type(library(x))
    torchs = circular_transposed if layer.transposed else circular
    expected = torchs(layer, torch.from_numpy(x).reshape(-1, *shape))
    np.testing.assert_allclose(np.asarray(y), expected.reshape(*batch, *expected.shape[1:]), rtol=0, atol=1e-13)
    np.testing.assert_array_equal(np.asarray(to_image(f, A.domain, T)), x)


def test_the_applied_layers_cover_strides_dilations_groups_and_transposed_ones() -> None:
    layers = [draw_layer(seed) for seed in (2, 7, 12, 16, 26, 27)]
    assert {layer.transposed for layer in layers} == {True, False}
    for transposed in (True, False):
        some = [layer for layer in layers if layer.transposed is transposed]
        assert any(max(layer.stride) > 1 and max(layer.dilation) > 1 and layer.groups > 1 for layer in some)
    assert {len(layer.kernel) for layer in layers} == {1, 2, 3}


Z2 = lfa.lattices.integer(2)
crystals = [
    *(lfa.Crystal(Z2, dof=3).supercell(cell) for cell in (1, 2, (2, 3), [[1, 1], [-1, 1]], [[1, 2], [0, 3]])),
    lfa.Crystal(Z2.sublattice(2), [[0.5, 0], [0, 0.5], [0, 0], [0.5, 0.5]], dof=3),
    lfa.Crystal(Z2, [[1, -2]], dof=3),
]


@pytest.mark.parametrize("crystal", crystals, ids=range(len(crystals)))
def test_from_image_puts_every_pixel_at_its_position(crystal: lfa.Crystal) -> None:
    T = Z2.torus((6, 6))
    image = np.arange(3.0 * 36).reshape(3, 6, 6)
    f = from_image(image, crystal, T)
    for point, site in np.ndindex(*crystal.positions(T).shape[:2]):
        row, column = (crystal.positions(T)[point, site].round().astype(int) % 6).tolist()
        np.testing.assert_array_equal(f[point, 3 * site : 3 * site + 3], image[:, row, column])
    np.testing.assert_array_equal(to_image(f, crystal, T), image)


def test_an_image_may_be_a_list_and_its_torus_given_in_any_order_of_periods() -> None:
    pixels = lfa.Crystal(lfa.lattices.integer(2))
    image = [[[1, 2, 3], [4, 5, 6]]]
    for torus in ((2, 3), [[2, 0], [0, 3]], [[0, 3], [2, 0]], [[-2, 0], [2, 3]]):
        f = from_image(image, pixels, torus)
        assert f.ravel().tolist() == [1, 2, 3, 4, 5, 6]
        assert to_image(f.tolist(), pixels, torus).tolist() == image


@pytest.mark.parametrize("second", [{"stride": 1}, {"stride": 2, "dilation": 2}, {"stride": (3, 1), "groups": 2}])
@pytest.mark.parametrize("first", [{"stride": 2}, {"stride": (1, 3), "padding": 0}, {"stride": 2, "transposed": True}])
def test_chained_layers_are_torchs_chained_layers(first: dict[str, Any], second: dict[str, Any]) -> None:
    rng = np.random.default_rng(1)
    w1 = rng.standard_normal((2, 2, 3, 2))
    w2 = rng.standard_normal((4, 2 // second.get("groups", 1), 2, 3))
    A = conv(w1, **first)
    B = conv(w2, **second, domain=A.codomain)
    T = lfa.lattices.integer(2).torus((12, 6) if first.get("transposed") else (12, 12))
    strides, dilation = np.broadcast_to(first["stride"], 2), (1, 1)
    extents = tuple(T.shape)
    x = rng.standard_normal((1, 2, *extents))
    centre = (0, 0) if first.get("padding") == 0 else None
    fine = tuple((np.array(extents) * strides).tolist())
    one = Layer(w1, tuple(strides.tolist()), centre, dilation, 1, bool(first.get("transposed")), fine)
    if first.get("transposed"):
        between = circular_transposed(one, torch.from_numpy(x))
    else:
        between = circular(
            Layer(w1, one.stride, centre, dilation, 1, transposed=False, pixels=extents), torch.from_numpy(x)
        )
    spacing = tuple(np.broadcast_to(second.get("dilation", 1), 2).tolist())
    stride = tuple(np.broadcast_to(second["stride"], 2).tolist())
    two = Layer(w2, stride, None, spacing, second.get("groups", 1), transposed=False, pixels=tuple(between.shape[2:]))
    f = A.apply(from_image(x[0], A.domain, T), T)
    np.testing.assert_allclose(to_image(f, A.codomain, T), between[0], rtol=0, atol=1e-13)
    g = B.apply(lfa.regroup(f, A.codomain, B.domain, T), T)
    np.testing.assert_allclose(to_image(g, B.codomain, T), circular(two, between)[0], rtol=0, atol=1e-13)


def test_chained_layers_on_one_lattice_multiply() -> None:
    rng = np.random.default_rng(5)
    A = conv(rng.standard_normal((3, 2, 3)), stride=2)
    B = conv(rng.standard_normal((2, 3, 2)), domain=A.codomain)
    product = (B @ A).to_sparse(4).toarray()
    np.testing.assert_allclose(product, (B.to_sparse(4) @ A.to_sparse(4)).toarray(), rtol=0, atol=1e-14)
    assert np.abs(product).max() > 1


@pytest.mark.parametrize("cell", [2, (1, 3), [[1, 1], [1, -1]], [[2, 1], [0, 2]]], ids=str)
def test_the_kernels_axes_are_those_of_the_pixels_whatever_the_cell(cell: Any) -> None:
    weight = np.random.default_rng(5).standard_normal((2, 1, 3, 2))
    pixels, torus = lfa.Crystal(SQUARE_LATTICE), SQUARE_LATTICE.torus((4, 6))
    plain, regrouped = (lfa.cnn.conv(weight, domain=domain) for domain in (pixels, pixels.supercell(cell)))
    np.testing.assert_allclose(
        np.sort(lfa.svdvals(regrouped, torus), axis=None), np.sort(lfa.svdvals(plain, torus), axis=None), rtol=1e-12
    )


def test_a_domain_without_axes_is_refused() -> None:
    quincunx = lfa.Crystal(SQUARE_LATTICE.sublattice([[1, 1], [1, -1]]))
    with pytest.raises(errors.CrystalMismatchError, match=r"domain: the sites .* form a lattice without axes"):
        lfa.cnn.conv(np.ones((1, 1, 3, 3)), domain=quincunx.supercell([[1, 1], [0, 2]]))


@pytest.mark.parametrize("argument", ["stride", "padding", "dilation"])
def test_arguments_that_could_overflow_are_refused(argument: str) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=f"{argument}: got {2**62}; integers of at most {2**31 - 1}"):
        lfa.cnn.conv(np.ones((1, 1, 3)), **{argument: 2**62})
    with pytest.raises(errors.InvalidArgumentError, match=f"{argument}: got True of type bool; an integer is needed"):
        lfa.cnn.conv(np.ones((1, 1, 3)), **{argument: True})


def test_the_domain_may_have_many_sites_and_any_lattice() -> None:
    rng = np.random.default_rng(6)
    w = rng.standard_normal((2, 3, 3, 3))
    T = lfa.lattices.integer(2).torus((4, 6))
    plain = conv(w, stride=(2, 1))
    supercell = lfa.Crystal(lfa.lattices.integer(2), dof=3).supercell(2)
    np.testing.assert_allclose(
        conv(w, stride=(2, 1), domain=supercell).to_sparse(T).toarray(), plain.to_sparse(T).toarray()
    )
    wide = lfa.Lattice([[0.5, 0.0], [0.25, 2.0]])
    seen = conv(w, stride=(2, 1), domain=wide)
    assert seen.domain.lattice == wide.sublattice((2, 1))
    np.testing.assert_allclose(lfa.svdvals(seen, wide.torus((4, 6))), lfa.svdvals(plain, T), rtol=1e-13)


@pytest.mark.parametrize("seed", range(1, LAYERS, 20))
def test_the_squares_sum_to_the_number_of_kernel_applications_times_those_of_the_weight(seed: int) -> None:
    layer = draw_layer(seed)
    values = lfa.svdvals(layer.operator(), layer.torus())
    # Entries of the kernel that meet on the torus act as their sum.
    seen = np.zeros((*layer.weight.shape[:2], *layer.pixels))
    for place in np.ndindex(layer.kernel):
        there = tuple(p * d % n for p, d, n in zip(place, layer.dilation, layer.pixels, strict=True))
        seen[:, :, *there] += layer.weight[:, :, *place]
    assert np.sum(values**2) == pytest.approx(math.prod(layer.outputs) * np.sum(seen**2), rel=1e-12)


@pytest.mark.parametrize("transposed", [False, True])
def test_no_singular_value_depends_on_padding(transposed: bool) -> None:
    w = np.random.default_rng(3).standard_normal((4, 2, 3, 4))
    T = lfa.lattices.integer(2).torus((6, 4))

    def values(padding: Any) -> NDArray[np.float64]:
        layer = conv(w, stride=2, dilation=(1, 2), groups=2, transposed=transposed, padding=padding)
        return np.sort(lfa.svdvals(layer, T), axis=None)

    for padding in (0, 1, (5, 0), [2, 9]):
        np.testing.assert_allclose(values(padding), values(None), rtol=0, atol=1e-13)


def test_padding_fixes_the_centre() -> None:
    assert conv(np.ones((1, 1, 4))).offsets.ravel().tolist() == [-1, 0, 1, 2]
    assert conv(np.ones((1, 1, 4)), padding=0).offsets.ravel().tolist() == [0, 1, 2, 3]
    assert conv(np.ones((1, 1, 3)), dilation=2).offsets.ravel().tolist() == [-2, 0, 2]
    assert conv(np.ones((1, 1, 2, 3)), padding=(0, 2)).offsets.min(axis=0).tolist() == [0, -2]
    assert conv(np.ones((1, 1, 2)), transposed=True, padding=0).offsets.ravel().tolist() == [-1, 0]


def test_output_padding_has_no_effect_on_a_torus() -> None:
    w = np.random.default_rng(4).standard_normal((2, 3, 3))
    plain = conv(w, stride=3, transposed=True)
    padded = conv(w, stride=3, transposed=True, output_padding=2)
    np.testing.assert_array_equal(plain.to_sparse(5).toarray(), padded.to_sparse(5).toarray())


def test_a_complex_kernel() -> None:
    rng = np.random.default_rng(8)
    w = rng.standard_normal((2, 2, 3)) + 1j * rng.standard_normal((2, 2, 3))
    A = conv(w, stride=2)
    expected = np.linalg.svd(A.to_sparse(5).toarray(), compute_uv=False)
    np.testing.assert_allclose(np.sort(lfa.svdvals(A, 5), axis=None)[::-1], expected, rtol=1e-12)


def test_a_complex_transposed_layer_is_the_transpose_and_not_the_adjoint() -> None:
    rng = np.random.default_rng(9)
    w = rng.standard_normal((2, 3, 4)) + 1j * rng.standard_normal((2, 3, 4))
    x = rng.standard_normal((2, 5)) + 1j * rng.standard_normal((2, 5))
    A = conv(w, stride=2, transposed=True, padding=0)
    y = to_image(A.apply(from_image(x, A.domain, 5), 5), A.codomain, 5)
    full = functional.conv_transpose1d(torch.from_numpy(x)[None], torch.from_numpy(w), stride=2)[0].numpy()
    full[:, : full.shape[1] - 10] += full[:, 10:]
    np.testing.assert_allclose(y, full[:, :10], rtol=0, atol=1e-13)


def test_torch_weights_stay_torch_and_pass_gradients() -> None:
    w = torch.randn(4, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    A = conv(w, stride=2, groups=2)
    assert isinstance(A.multipliers, torch.Tensor)
    values = lfa.svdvals(A, lfa.lattices.integer(2).torus((8, 6)))
    assert isinstance(values, torch.Tensor)
    (values**2).sum().backward()
    # The sum of the squares is 12 outputs times that of the weight.
    torch.testing.assert_close(w.grad, 24 * w.detach(), rtol=1e-12, atol=1e-12)


def test_gradients_of_the_largest_singular_value_are_finite_differences() -> None:
    generator = torch.Generator().manual_seed(0)
    w = torch.randn(2, 3, 3, dtype=torch.float64, generator=generator)

    def largest(weight: torch.Tensor) -> torch.Tensor:
        return lfa.svdvals(conv(weight, stride=2, dilation=2, transposed=True), 6).max()

    assert torch.autograd.gradcheck(largest, w.requires_grad_())


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.complex64])
def test_weights_of_every_precision_are_computed_in_double(kind: torch.dtype) -> None:
    w = torch.randn(3, 2, 3, generator=torch.Generator().manual_seed(1)).to(kind)
    A = conv(w)
    assert A.multipliers.dtype == kind
    values = lfa.svdvals(A, 5)
    assert values.dtype == torch.float64
    exact = conv(w.to(torch.complex128).numpy())
    np.testing.assert_allclose(values.numpy(), lfa.svdvals(exact, 5), rtol=1e-14)


def test_a_weight_is_copied() -> None:
    for w in (np.ones((1, 1, 3)), torch.ones(1, 1, 3), np.ones((2, 1, 3))):
        A = conv(w, groups=w.shape[0])
        w[...] = 7
        assert float(A.multipliers.max()) == 1


def test_integers_and_lists_are_numbers_like_any_other() -> None:
    line = conv([[[1, 0, -1]]])
    assert line.multipliers.dtype == np.float64
    np.testing.assert_allclose(np.sort(lfa.svdvals(line, 4), axis=None), [0, 0, 2, 2], atol=1e-15)


SQUARE = np.ones((4, 2, 3, 3))

bad = [
    ((np.ones((2, 2)),), {}, errors.InvalidArgumentError, r"weight: got shape \(2, 2\); \(channels, channels / groups"),
    ((np.ones((2, 0, 3)),), {}, errors.InvalidArgumentError, r"weight: got shape \(2, 0, 3\)"),
    ((np.full((1, 1, 2), np.nan),), {}, errors.NotFiniteError, r"weight: 2 entries are NaN or infinite"),
    ((torch.full((1, 1, 2), torch.inf),), {}, errors.NotFiniteError, r"weight: 2 entries are NaN or infinite"),
    (([[["a"]]],), {}, errors.MultiplierError, r"weight: got entries of type <U1; real or complex numbers"),
    (([[[1], [1, 2]]],), {}, errors.MultiplierError, r"weight: got rows of different lengths"),
    ((SQUARE,), {"stride": 0}, errors.InvalidArgumentError, r"stride: got 0; an integer of at least 1, or one for"),
    ((SQUARE,), {"stride": 1.5}, errors.InvalidArgumentError, r"stride: got 1.5 of type float; an integer is needed"),
    ((SQUARE,), {"stride": None}, errors.InvalidArgumentError, r"stride: got None"),
    ((SQUARE,), {"stride": (1, 2, 3)}, errors.InvalidArgumentError, r"stride: got \(1, 2, 3\); .* for each of 2 axes"),
    ((SQUARE,), {"stride": []}, errors.InvalidArgumentError, r"stride: got \[\];"),
    ((SQUARE,), {"stride": [[1], [1, 2]]}, errors.InvalidArgumentError, r"stride: got \[1\] of type list"),
    ((SQUARE,), {"dilation": -1}, errors.InvalidArgumentError, r"dilation: got -1; an integer of at least 1"),
    ((SQUARE,), {"padding": -1}, errors.InvalidArgumentError, r"padding: got -1; an integer of at least 0"),
    ((SQUARE,), {"padding": "same"}, errors.InvalidArgumentError, r"padding: got 'same' of type str; an integer"),
    ((np.ones((1, 1, 2)),), {"padding": (1, 1)}, errors.InvalidArgumentError, r"padding: got \(1, 1\); .* 0 is needed"),
    ((SQUARE,), {"groups": 3}, errors.InvalidArgumentError, r"groups: got 3; a positive divisor of .* 4, is needed"),
    ((SQUARE,), {"groups": 0}, errors.InvalidArgumentError, r"groups: got 0; a positive divisor"),
    ((SQUARE,), {"groups": 2.0}, errors.InvalidArgumentError, r"groups: got 2.0 of type float"),
    ((SQUARE,), {"transposed": "yes"}, errors.InvalidArgumentError, r"transposed: got 'yes'; true or false is needed"),
    ((SQUARE,), {"output_padding": 1}, errors.InvalidArgumentError, r"output_padding: got .* it needs transpo"),
    (
        (SQUARE,),
        {"output_padding": 2, "stride": 2, "transposed": True},
        errors.InvalidArgumentError,
        r"output_padding: got \(2, 2\); it has to be smaller than the stride \(2, 2\) or dilation \(1, 1\)",
    ),
    ((SQUARE,), {"domain": 3}, errors.InvalidArgumentError, r"domain: got 3 of type int; a Crystal or a Lattice"),
    (
        (SQUARE,),
        {"domain": lfa.lattices.integer(3)},
        errors.CrystalMismatchError,
        r"domain: it has dimension 3; the weight's kernel has 2 axes",
    ),
    (
        (SQUARE,),
        {"domain": lfa.Crystal(lfa.lattices.integer(2), dof=3)},
        errors.CrystalMismatchError,
        r"domain: its sites have 3 channels each; the weight takes 2",
    ),
    (
        (SQUARE,),
        {"domain": lfa.Crystal(lfa.lattices.integer(2), [[0, 0], [0.25, 0]], dof=2)},
        errors.CrystalMismatchError,
        r"the 2 sites of .* do not form a lattice",
    ),
    (
        (SQUARE,),
        {"domain": lfa.Crystal(lfa.lattices.integer(2), [[0, 0], [0.5, 0]], dof=[2, 1])},
        errors.CrystalMismatchError,
        r"different numbers of unknowns",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "options", "error", "message"), bad, ids=range(len(bad)))
def test_bad_arguments(arguments: Any, options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        conv(*arguments, **options)
    assert isinstance(caught.value, errors.CrystalError)


def test_a_stride_has_to_divide_an_explicit_torus() -> None:
    with pytest.raises(errors.TorusError, match="a stride has to divide the input"):
        lfa.svdvals(conv(SQUARE, stride=2), lfa.lattices.integer(2).torus((5, 6)))


def test_bad_images() -> None:
    pixels = lfa.Crystal(lfa.lattices.integer(2), dof=2)
    with pytest.raises(errors.InvalidArgumentError, match=r"x: got shape \(2, 3, 3\).*= \(2, 3, 4\)"):
        from_image(np.ones((2, 3, 3)), pixels, (3, 4))
    with pytest.raises(errors.InvalidArgumentError, match=r"f: got shape \(12, 1\).* = \(12, 2\)"):
        to_image(np.ones((12, 1)), pixels, (3, 4))
    for periods in ([[2, 1], [0, 2]], [[2, 0], [1, 2]], [[1, 1], [-1, 1]]):
        for call, array in ((from_image, np.ones((2, 2, 2))), (to_image, np.ones((4, 2)))):
            with pytest.raises(errors.TorusError, match="are skew; an image needs one period along each axis"):
                call(array, pixels, periods)
    with pytest.raises(errors.TorusError, match="give the torus of the pixels"):
        from_image(np.ones((2, 2, 2)), pixels.supercell([[1, 1], [-1, 1]]), 2)
