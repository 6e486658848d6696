# support.py - one description of a network, built twice: as an auxact model and as the float64 reference
"""Helpers of the tests that compare programs with the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

import auxact as aa
import reference

BLOCK = [("linear", 24), ("relu",), ("linear", 17)]
RESIDUAL = [("linear", 17), ("residual", BLOCK), ("relu",), ("residual", BLOCK), ("relu",), ("linear", 10)]
PERCEPTRON = [("linear", 33), ("relu",), ("linear", 17), ("gelu", "none"), ("linear", 10)]

RULES: dict[str, list[tuple[str, reference.Rule]]] = {
    "exact": [("*", reference.Rule())],
    "sign": [("*", reference.Rule("sign"))],
    "sign, large": [("*", reference.Rule("sign", epsilon=0.25, gain=2.0))],
    "sign, mean-abs": [("*", reference.Rule("sign", gain="mean-abs"))],
    "center": [("*", reference.Rule("center"))],
    "center, least squares": [("*", reference.Rule("center", scale="least-squares"))],
    "asa but the stem": [("0", reference.Rule()), ("*", reference.Rule("sign"))],
}


def build(layers: reference.Layers, features: int) -> aa.nn.Sequential:
    """The auxact model of a description."""

    def walk(inner: reference.Layers, width: int) -> tuple[list[aa.nn.Module], int]:
        modules: list[aa.nn.Module] = []
        for layer in inner:
            if layer[0] == "linear":
                modules.append(aa.nn.Linear(width, layer[1], bias=len(layer) < 3 or layer[2]))
                width = layer[1]
            elif layer[0] == "relu":
                modules.append(aa.nn.ReLU())
            elif layer[0] == "gelu":
                modules.append(aa.nn.GELU(layer[1]))
            else:
                modules.append(aa.nn.Residual(*walk(layer[1], width)[0]))
        return modules, width

    return aa.nn.Sequential(*walk(layers, features)[0])


def program_rule(rule: reference.Rule) -> aa.rules.Rule:
    """The package's rule of a reference's."""
    if rule.kind == "sign":
        return aa.rules.sign(rule.epsilon, rule.gain, rule.nonnegative)
    if rule.kind == "center":
        return aa.rules.center(rule.scale, rule.rotate or None)
    if rule.kind == "residual":
        return aa.rules.residual(rule.source, rule.fit)
    if rule.kind == "quantized":
        return aa.rules.quantized(rule.bits, group=rule.group, rotate=rule.rotate or None)
    if rule.kind == "average":
        return aa.rules.average(rule.bits, group=rule.group)
    return {"exact": aa.rules.exact, "recompute": aa.rules.recompute}[rule.kind]()


def data(layers: reference.Layers, features: int, rows: int, loss: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """An input and a target."""
    generator = np.random.default_rng(seed)
    outputs = [layer for layer in layers if layer[0] == "linear"][-1][1]
    x = generator.normal(size=(rows, features)).astype(np.float32)
    if loss == "cross_entropy":
        return x, generator.integers(0, outputs, rows).astype(np.int32)
    return x, generator.normal(size=(rows, outputs)).astype(np.float32)


def pair(
    layers: reference.Layers,
    features: int,
    rows: int,
    rules: Any,
    loss: str = "cross_entropy",
    label_smoothing: float = 0.0,
    optimizer: aa.optim.Optimizer | None = None,
    seed: int = 0,
    **options: Any,
) -> tuple[aa.Program, reference.Network, np.ndarray, np.ndarray]:
    """A program, the reference with the same state and rules, an input and a target."""
    x, y = data(layers, features, rows, loss, seed)
    prog = aa.compile(
        build(layers, features),
        (x, y),
        loss=loss,
        label_smoothing=label_smoothing,
        optimizer=optimizer,
        rules=[(pattern, program_rule(rule)) for pattern, rule in rules],
        seed=seed,
        **options,
    )
    state = {name: value.astype(np.float64) for name, value in prog.state_dict().items()}
    net = reference.Network(layers, state, rules, loss, label_smoothing)
    if options.get("precision") == "bfloat16":
        # A factor that is rounded the other way moves a sum by so much.
        net.rounded, net.doubt = True, 1e-3
    return prog, net, x, y


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """What a program hands out of bf16, its bits, as numbers."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def saved_bits(prog: aa.Program, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """The bits that the program keeps for (x, y), by layer, unpacked from their default order: bit j of a row is bit j mod 8 of byte j/8."""
    arrays = [np.ascontiguousarray(x), np.ascontiguousarray(y)]
    bits = {}
    for name, value in prog._session.run("saved", len(x), arrays, {}, True).items():
        layer = name.removeprefix("saved:")
        if value.dtype == np.int8:
            bits[layer] = np.unpackbits(value.view(np.uint8), axis=-1, bitorder="little")
        elif value.dtype == np.uint16:
            bits[layer] = from_bfloat16(value) > 0
        elif value.ndim == 2:
            bits[layer] = value > 0
    return bits


def assert_gradients(prog: aa.Program, net: reference.Network, x: np.ndarray, y: np.ndarray, tolerance: float = 1e-5) -> None:
    """Every gradient of the program against the reference's, which takes the program's bits where a value is too near to zero."""
    net.own = {}
    expected = net.run(x, y)[2]
    if net.near:
        net.own = saved_bits(prog, x, y)
        expected = net.run(x, y)[2]
    actual = prog.gradients(x, y)
    assert list(actual) and set(actual) == set(expected)
    errors = {name: reference.relative_error(actual[name], expected[name]) for name in expected}
    assert max(errors.values()) <= tolerance, errors
