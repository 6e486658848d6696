# test_upstream_operations.py - models that hold operations of upstream's dialects
#
# arith, math, tensor and linalg beside layers: the program's gradients against central differences of the same
# function in float64 NumPy.
"""Gradients through upstream operations."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import auxact as aa
import reference

MODEL = """
func.func @model(%t: tensor<4x8xf32> {auxact.input = "t"}, %x: tensor<4x8xf32> {auxact.input = "x"},
                 %w: tensor<8x8xf32> {auxact.parameter = "w"}, %m: tensor<4x8xf32> {auxact.parameter = "m"})
    -> (tensor<f32> {auxact.output = "loss"}, tensor<4x8xf32> {auxact.output = "prediction"}) {
  %c = arith.constant dense<1.5> : tensor<4x8xf32>
  %h = auxact.linear %x, %w {name = "0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %a = arith.mulf %h, %m : tensor<4x8xf32>
  BODY
  %l = auxact.mean_squared_error %y, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l, %y : tensor<f32>, tensor<4x8xf32>
}
"""

# The text of %y, and its formula in h, m and w.
BODIES: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]]] = {
    "add, subtract, negate": (
        """%1 = arith.addf %a, %c : tensor<4x8xf32>
           %2 = arith.subf %c, %a : tensor<4x8xf32>
           %3 = arith.mulf %1, %2 : tensor<4x8xf32>
           %y = arith.negf %3 : tensor<4x8xf32>""",
        lambda h, m, w: -(h * m + 1.5) * (1.5 - h * m),
    ),
    "exp, log, divide": (
        """%1 = math.exp %a : tensor<4x8xf32>
           %2 = arith.addf %1, %c : tensor<4x8xf32>
           %3 = math.log %2 : tensor<4x8xf32>
           %y = arith.divf %3, %1 : tensor<4x8xf32>""",
        lambda h, m, w: np.log(np.exp(h * m) + 1.5) / np.exp(h * m),
    ),
    "tanh, erf, square root": (
        """%1 = math.tanh %a : tensor<4x8xf32>
           %2 = arith.addf %1, %c : tensor<4x8xf32>
           %3 = math.sqrt %2 : tensor<4x8xf32>
           %4 = math.erf %a : tensor<4x8xf32>
           %y = arith.addf %3, %4 : tensor<4x8xf32>""",
        lambda h, m, w: np.sqrt(np.tanh(h * m) + 1.5) + np.vectorize(math.erf)(h * m),
    ),
    "maximum, minimum": (
        """%1 = math.tanh %h : tensor<4x8xf32>
           %2 = arith.maximumf %a, %1 : tensor<4x8xf32>
           %y = arith.minimumf %2, %m : tensor<4x8xf32>""",
        lambda h, m, w: np.minimum(np.maximum(h * m, np.tanh(h)), m),
    ),
    "views, matrix product": (
        """%1 = tensor.collapse_shape %a [[0, 1]] : tensor<4x8xf32> into tensor<32xf32>
           %2 = tensor.expand_shape %1 [[0, 1]] output_shape [4, 8] : tensor<32xf32> into tensor<4x8xf32>
           %z = arith.constant 0.0 : f32
           %e = tensor.empty() : tensor<4x8xf32>
           %i = linalg.fill ins(%z : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
           %y = linalg.matmul ins(%2, %w : tensor<4x8xf32>, tensor<8x8xf32>) outs(%i : tensor<4x8xf32>) -> tensor<4x8xf32>""",
        lambda h, m, w: (h * m) @ w,
    ),
}


def loss(name: str, x: np.ndarray, t: np.ndarray, w: np.ndarray, m: np.ndarray) -> float:
    return float(np.mean((BODIES[name][1](x @ w.T, m, w) - t) ** 2))


@pytest.mark.parametrize("name", BODIES)
def test_gradients(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.mlir"
    path.write_text(MODEL.replace("BODY", BODIES[name][0]))
    prog = aa.compile(path)
    generator = np.random.default_rng(0)
    x, t, m = (generator.normal(size=(4, 8)).astype(np.float32) for _ in range(3))
    w = (0.3 * generator.normal(size=(8, 8))).astype(np.float32)
    prog.load_state_dict({"w": w, "m": m})
    actual = prog.gradients(t, x)
    values = {"w": w.astype(np.float64), "m": m.astype(np.float64)}
    for parameter, value in values.items():
        expected = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            for sign in (1.0, -1.0):
                moved = value.copy()
                moved[index] += sign * 1e-6
                expected[index] += sign * loss(name, x.astype(np.float64), t, **{**values, parameter: moved}) / 2e-6
        assert reference.relative_error(actual[parameter], expected) <= 1e-5, parameter


def test_rules_of_the_file(tmp_path: Path) -> None:
    """Without rules= those that the file names hold; with them they give way."""
    path = tmp_path / "model.mlir"
    path.write_text("""
      func.func @model(%x: tensor<3x8xf32> {auxact.input = "x"}, %w: tensor<8x8xf32> {auxact.parameter = "w"})
          -> (tensor<3x8xf32> {auxact.output = "prediction"}) {
        %y = auxact.linear %x, %w {name = "0", rule = #auxact.sign<epsilon = 0.5, gain = 2.0>}
            : (tensor<3x8xf32>, tensor<8x8xf32>) -> tensor<3x8xf32>
        return %y : tensor<3x8xf32>
      }""")
    generator = np.random.default_rng(0)
    x, w = generator.normal(size=(3, 8)).astype(np.float32), generator.normal(size=(8, 8)).astype(np.float32)
    for rules, length in ((None, 0.5), (aa.rules.exact(), 0.0)):
        prog = aa.compile(path, loss="mean_squared_error", rules=rules)
        prog.load_state_dict({"w": w})
        expected = (x + length * np.where(x > 0, 1.0, -1.0)) @ w.T
        assert reference.relative_error(prog.predict(x), expected) <= 1e-5
