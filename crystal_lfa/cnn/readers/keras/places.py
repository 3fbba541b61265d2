"""Where in a file of weights the layers of a Keras model have their kernels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crystal_lfa.cnn.readers.keras.config import Branch, Node, snake_case, walk
from crystal_lfa.cnn.readers.keras.geometry import FORMS
from crystal_lfa.cnn.readers.keras.store import Store

__all__ = ["Places", "kernel_count", "legacy_arrays", "legacy_places", "places"]

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
"""What the layers of a model stand under, since Keras 3 and before."""

_KERNEL = re.compile(r"(?:^|[/_])(?:kernel|W)(?:_[0-9]+)?(?::[0-9]+)?$")
"""What kernels have been called: "kernel", "depthwise_kernel:0", in Keras 1 "convolution2d_1_W"."""


@dataclass(frozen=True, slots=True)
class Places:
    """The kernels of the layers of a model.

    Attributes
    ----------
    kernels : mapping from layers to paths of arrays
        Of the convolutions that are found.
    left : mapping from paths of arrays to layers
        The other arrays that have the axes of a kernel, each with the innermost layer that is known to hold it.
    own : set of str
        Those of them that are that layer's own, and not of a layer in it that its configuration does not list.
    """

    kernels: Mapping[Node, tuple[str, ...]]
    left: Mapping[str, Node]
    own: frozenset[str]


def kernel_count(node: Node) -> int:
    """Return how many kernels a convolution has."""
    return 2 if FORMS[node.kind].kind == "separable" else 1


def places(model: Node, store: Store) -> Places:
    """Return where the kernels are in a file of Keras 3, whose groups are named after classes, not layers.

    Where a group does not carry its layer's name, as those of early versions do not, the groups of a class in one
    model belong to its layers of this class in order, if there are as many.
    """
    groups: dict[str, Node] = {}
    _place(model, "", store, groups)
    kernels = {}
    for path, node in groups.items():
        if node.kind in FORMS:
            own = [f"{path}/vars/{number}" for number in range(kernel_count(node))]
            if all(name in store.arrays for name in own):
                kernels[node] = tuple(own)
    claimed = {name for names in kernels.values() for name in names}
    left: dict[str, Node] = {}
    direct: set[str] = set()
    for name in store.arrays:
        if store.is_kernel(name) and name not in claimed:
            holder = _holder(name, groups)
            left[name] = groups[holder]
            if name.rpartition("/")[0] == f"{holder}/vars".lstrip("/"):
                direct.add(name)
    return Places(kernels, left, frozenset(direct))


def _holder(name: str, groups: Mapping[str, Node]) -> str:
    parts = name.split("/")
    prefixes = ("/".join(parts[:length]) for length in range(len(parts) - 1, -1, -1))
    return next(prefix for prefix in prefixes if prefix in groups)


def _place(node: Node, path: str, store: Store, groups: dict[str, Node]) -> None:
    groups[path] = node
    for branch in node.branches:
        for inner, group in _members(branch, path, store):
            _place(inner, group, store, groups)


def _members(branch: Branch, path: str, store: Store) -> Iterator[tuple[Node, str]]:
    """Yield the layers in a branch with their groups, as far as these are in the file."""
    names = _CONTAINERS if branch.attribute == "layers" else (branch.attribute,)
    bases = [f"{path}/{name}".lstrip("/") for name in names]
    base = next((base for base in bases if base in store.children), None)
    if base is None:
        return
    if not branch.is_list:
        yield branch.nodes[0], base
        return
    layers = list(branch.nodes)
    groups = list(store.children[base])
    for layer, group in (*_by_name(layers, groups, base, store), *_by_class(layers, groups)):
        yield layer, f"{base}/{group}"


def _by_name(layers: list[Node], groups: list[str], base: str, store: Store) -> list[tuple[Node, str]]:
    """Take out the layers and groups that carry the same name."""
    named: dict[str, str] = {}
    for group in groups:
        name = store.text(f"{base}/{group}/vars", "name")
        if name is not None:
            named[name] = group
    found = []
    for layer in tuple(layers):
        if layer.name in named:
            group = named.pop(layer.name)
            found.append((layer, group))
            layers.remove(layer)
            groups.remove(group)
    return found


def _by_class(layers: Sequence[Node], groups: Sequence[str]) -> list[tuple[Node, str]]:
    """Match the layers of each class with the groups named after it, in order, if there are as many."""
    kinds: dict[str, list[Node]] = {}
    for layer in layers:
        kinds.setdefault(snake_case(layer.kind), []).append(layer)
    numbered: dict[str, list[str]] = {}
    for group in groups:
        numbered.setdefault(group if group in kinds else re.sub(r"_[0-9]+$", "", group), []).append(group)
    pairs = []
    for kind, nodes in kinds.items():
        own = numbered.get(kind, [])
        if len(own) == len(nodes):
            pairs += list(zip(nodes, own, strict=True))
    return pairs


def legacy_places(model: Node, store: Store, root: str) -> Places:
    """Return where the kernels are in a file with a group for each of the model's layers, named after it.

    A model in the model has the arrays of all its layers in its one group, with paths that end in the layer's name,
    or at least in the order of its layers, those that are trained first.
    """
    kernels: dict[Node, tuple[str, ...]] = {}
    left: dict[str, Node] = {}
    own: set[str] = set()
    for top in (node for branch in model.branches for node in branch.nodes):
        group = f"{root}/{top.name}".lstrip("/")
        arrays = legacy_arrays(store, group)
        ways = list(walk(top))
        found = _assigned(ways, [path for path in arrays if _KERNEL.search(path)], group)
        kernels.update(found)
        claimed = {path for paths in found.values() for path in paths}
        for path in arrays:
            if path not in claimed:
                left[path] = holder = _named_holder(path, ways)
                if f"{group}/".endswith(f"{path.rpartition('/')[0]}/") or path.split("/")[-2] == holder.name:
                    own.add(path)
    return Places(kernels, left, frozenset(own))


def legacy_arrays(store: Store, group: str) -> list[str]:
    """Return the paths of the arrays in a layer's group that have the axes of a kernel, in their order."""
    names = store.texts(group, "weight_names") or []
    paths = dict.fromkeys(f"{group}/{name}" for name in names)
    return [path for path in paths if path in store.arrays and store.is_kernel(path)]


def _assigned(ways: Sequence[tuple[Node, ...]], arrays: Sequence[str], group: str) -> dict[Node, tuple[str, ...]]:
    """Return the kernels of the convolutions among the layers of one group."""
    convolutions = [way for way in ways if way[-1].kind in FORMS]
    found = {way[-1]: _by_path(way, arrays, group) for way in convolutions}
    taken = [path for paths in found.values() for path in paths]
    if all(len(found[way[-1]]) == kernel_count(way[-1]) for way in convolutions) and len(set(taken)) == len(taken):
        return found
    in_order = sorted(convolutions, key=_is_frozen)
    if sum(kernel_count(way[-1]) for way in in_order) != len(arrays):
        return {node: paths for node, paths in found.items() if len(paths) == kernel_count(node)}
    rest = iter(arrays)
    return {way[-1]: tuple(next(rest) for _ in range(kernel_count(way[-1]))) for way in in_order}


def _by_path(way: Sequence[Node], arrays: Iterable[str], group: str) -> tuple[str, ...]:
    """Return the arrays whose paths end in the names of the layers on the way, as many of these as make them few."""
    names = [node.name for node in way]
    for start in range(len(names)):
        tail = "/" + "/".join(names[start:])
        inside = [path for path in arrays if _owner(path, group).endswith(tail)]
        if len(inside) == kernel_count(way[-1]):
            return tuple(inside)
    return ()


def _owner(path: str, group: str) -> str:
    """Return the path of the layer of an array in a group; Keras 1 wrote "name_W" where now is "name/kernel"."""
    rest, _, last = f"/{path.removeprefix(group).lstrip('/')}".rpartition("/")
    old = re.match(r"(.+)_W(?:_[0-9]+)?(?::[0-9]+)?$", last)
    return rest if old is None else f"{rest}/{old[1]}"


def _is_frozen(way: Sequence[Node]) -> bool:
    return any(node.config.get("trainable") is False for node in way)


def _named_holder(path: str, ways: Sequence[tuple[Node, ...]]) -> Node:
    """Return the innermost layer whose name stands in a path, else the outermost."""
    parts = path.split("/")
    named = {way[-1].name: way[-1] for way in ways}
    return next((named[part] for part in reversed(parts[:-1]) if part in named), ways[0][-1])
