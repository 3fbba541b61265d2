"""Vectors of numbers as a numba type: one number a lane, and in each lane another matrix.

Compilers turn loops into vector instructions where they can prove that it is allowed, which for a decomposition they
seldom can. With a type whose values are vectors, an algorithm is written as for one matrix and runs on as many as a
register has lanes; where lanes part ways, `where_less` and `where_not_above` choose.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model, types

__all__ = [
    "REGISTER_BYTES",
    "all_less",
    "any_less",
    "fused",
    "fused_minus",
    "larger",
    "root",
    "smaller",
    "store_pairs",
    "vector_functions",
    "where_less",
    "where_not_above",
]

Lowering = Callable[[Any, Any, Any, Any], Any]


def _register_bytes() -> int:
    """Return the size of this processor's vector registers."""
    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        return 64
    return 32 if features.get("avx2") else 16


REGISTER_BYTES = _register_bytes()


class LanesType(types.Type):
    """A vector of floats of `bits` bits in `width` lanes."""

    def __init__(self, bits: int, width: int) -> None:
        self.bits, self.width = bits, width
        super().__init__(name=f"Lanes{bits}x{width}")

    @property
    def vector(self) -> ir.VectorType:
        """The type in LLVM."""
        return ir.VectorType(ir.DoubleType() if self.bits == 64 else ir.FloatType(), self.width)


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, lanes: LanesType) -> None:
        super().__init__(manager, lanes, lanes.vector)


def vector_functions(registers: int) -> tuple[Any, Any, Any]:
    """Return the functions that make vectors of so many registers: load, store, splat.

    ``load(array, i)`` takes as many entries of a flat contiguous array as there are lanes, from number i on;
    ``store(array, i, vector)`` writes them; ``splat(number)`` has the number in each lane.
    """

    def lanes_of(number: Any) -> LanesType:
        return LanesType(number.bitwidth, registers * REGISTER_BYTES * 8 // number.bitwidth)

    def address(context: Any, builder: Any, lanes: LanesType, kind: Any, array: Any, index: Any) -> Any:
        data = context.make_array(kind)(context, builder, array).data
        return builder.bitcast(builder.gep(data, [index]), ir.PointerType(lanes.vector))

    @intrinsic
    def load(_typing: Any, array: Any, _index: Any) -> tuple[Any, Lowering]:
        lanes = lanes_of(array.dtype)

        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            found = builder.load(address(context, builder, lanes, sig.args[0], *args))
            found.align = lanes.bits // 8
            return found

        return lanes(array, types.intp), lower

    @intrinsic
    def store(_typing: Any, array: Any, _index: Any, vector: Any) -> tuple[Any, Lowering]:
        def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            place = address(context, builder, sig.args[2], sig.args[0], args[0], args[1])
            builder.store(args[2], place).align = sig.args[2].bits // 8
            return context.get_dummy_value()

        return types.void(array, types.intp, vector), lower

    @intrinsic
    def splat(_typing: Any, number: Any) -> tuple[Any, Lowering]:
        lanes = lanes_of(number)

        def lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
            undefined = ir.Constant(lanes.vector, ir.Undefined)
            one = builder.insert_element(undefined, args[0], ir.Constant(ir.IntType(32), 0))
            everywhere = ir.Constant(ir.VectorType(ir.IntType(32), lanes.width), [0] * lanes.width)
            return builder.shuffle_vector(one, undefined, everywhere)

        return lanes(number), lower

    return load, store, splat


@intrinsic
def store_pairs(
    _typing: Any, array: Any, _places: Any, _at: Any, _offset: Any, real: Any, _imaginary: Any
) -> tuple[Any, Lowering]:
    """Write real and imaginary part of each lane l side by side to a flat array, at places[at + l] + offset."""

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        to, places, at, offset, re, im = args
        lanes: LanesType = sig.args[4]
        data = context.make_array(sig.args[0])(context, builder, to).data
        starts = builder.gep(context.make_array(sig.args[1])(context, builder, places).data, [at])
        pair = ir.VectorType(lanes.vector.element, 2)
        for lane in range(lanes.width):
            number = ir.Constant(ir.IntType(32), lane)
            both = ir.Constant(pair, ir.Undefined)
            for half, part in enumerate((re, im)):
                both = builder.insert_element(
                    both, builder.extract_element(part, number), ir.Constant(ir.IntType(32), half)
                )
            place = builder.add(builder.load(builder.gep(starts, [number])), offset)
            pointer = builder.bitcast(builder.gep(data, [place]), ir.PointerType(pair))
            builder.store(both, pointer).align = lanes.bits // 8
        return context.get_dummy_value()

    return types.void(array, _places, types.intp, types.intp, real, _imaginary), lower


def _called(builder: Any, name: str, lanes: LanesType, args: Any) -> Any:
    """Return the call of an LLVM intrinsic on vectors."""
    kind = ir.FunctionType(lanes.vector, [lanes.vector] * len(args))
    full = f"llvm.{name}.v{lanes.width}f{lanes.bits}"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, full), args)


def _instruction(name: str, operands: int) -> Any:
    """Return the function of vectors that is an LLVM intrinsic of this name."""

    def lower(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _called(builder, name, sig.return_type, args)

    def one(_typing: Any, a: Any) -> tuple[Any, Lowering]:
        return a(a), lower

    def two(_typing: Any, a: Any, b: Any) -> tuple[Any, Lowering]:
        return a(a, b), lower

    def three(_typing: Any, a: Any, b: Any, c: Any) -> tuple[Any, Lowering]:
        return a(a, b, c), lower

    return intrinsic((one, two, three)[operands - 1])


root = _instruction("sqrt", 1)
larger = _instruction("maxnum", 2)
smaller = _instruction("minnum", 2)
fused = _instruction("fma", 3)
"""a b + c, rounded once."""


@intrinsic
def fused_minus(_typing: Any, a: Any, b: Any, c: Any) -> tuple[Any, Lowering]:
    """Return c - a b, rounded once."""

    def lower(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _called(builder, "fma", sig.return_type, [builder.fneg(args[0]), *args[1:]])

    return a(a, b, c), lower


def _choice(comparison: str) -> Any:
    """Return the function of vectors a, b, x, y that takes x in the lanes where a compares to b so, else y."""

    def typed(_typing: Any, a: Any, b: Any, x: Any, y: Any) -> tuple[Any, Lowering]:
        def lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
            return builder.select(builder.fcmp_ordered(comparison, args[0], args[1]), args[2], args[3])

        return a(a, b, x, y), lower

    return intrinsic(typed)


where_less = _choice("<")
where_not_above = _choice("<=")


@intrinsic
def any_less(_typing: Any, a: Any, b: Any) -> tuple[Any, Lowering]:
    """Return whether a < b in any lane."""

    def lower(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = ir.IntType(sig.args[0].width)
        mask = builder.bitcast(builder.fcmp_ordered("<", args[0], args[1]), bits)
        return builder.icmp_unsigned("!=", mask, ir.Constant(bits, 0))

    return types.boolean(a, b), lower


@intrinsic
def all_less(_typing: Any, a: Any, b: Any) -> tuple[Any, Lowering]:
    """Return whether a < b in every lane; of what is not a number it is not."""

    def lower(_context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = ir.IntType(sig.args[0].width)
        mask = builder.bitcast(builder.fcmp_ordered("<", args[0], args[1]), bits)
        return builder.icmp_unsigned("==", mask, ir.Constant(bits, -1))

    return types.boolean(a, b), lower


class _OfTwo(AbstractTemplate):
    def generic(self, args: Any, _keywords: Any) -> Any:
        """Return the type of an operation on two vectors of one kind."""
        if len(args) == 2 and isinstance(args[0], LanesType) and args[0] == args[1]:
            return signature(args[0], args[0], args[0])
        return None


class _OfOne(AbstractTemplate):
    key = operator.neg

    def generic(self, args: Any, _keywords: Any) -> Any:
        """Return the type of an operation on one vector."""
        return signature(args[0], args[0]) if len(args) == 1 and isinstance(args[0], LanesType) else None


def _define(symbol: Any, instruction: str) -> None:
    """Make an operator of Python work on vectors."""
    infer_global(symbol)(type(f"_{instruction}", (_OfTwo,), {"key": symbol}))

    def lower(_context: Any, builder: Any, _sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args)

    lower_builtin(symbol, LanesType, LanesType)(lower)


for _symbol, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_symbol, _name)
infer_global(operator.neg)(_OfOne)
lower_builtin(operator.neg, LanesType)(lambda _context, builder, _sig, args: builder.fneg(args[0]))
