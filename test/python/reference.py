# reference.py - an independent implementation of the learning rules in NumPy, float64
#
# Written from the mathematics alone and sharing no code with the package. It is itself checked by finite
# differences (test_reference.py). A network is a list of layers, `("linear", out)`, `("relu",)`, `("gelu",
# "none" | "tanh")`, `("residual", [layers])`; names are torch.nn's.
"""Forward pass, backward pass and optimizers in float64."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import reference_forms

Array = np.ndarray
Layers = Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Rule:
    """A learning rule: kind is exact, sign, residual, recompute, center, quantized, average or
    learned bias (the negative control); or a form of kept values: quantized or derivative_table."""

    kind: str = "exact"
    epsilon: float = 0.01
    gain: float | str = 100.0
    nonnegative: bool = False
    source: str = ""
    scale: str = "ratio"
    rotate: int = 0
    bits: int = 0
    group: int = 256
    fit: bool = False


def initial_state(layers: Layers, features: int, seed: int) -> dict[str, Array]:
    """Parameters, float32, of the size that torch.nn would give them."""
    generator = np.random.default_rng(seed)
    state: dict[str, Array] = {}

    def walk(inner: Layers, prefix: str, width: int) -> int:
        for index, layer in enumerate(inner):
            name = f"{prefix}{index}"
            if layer[0] == "linear":
                bound = 1 / math.sqrt(width)
                state[f"{name}.weight"] = generator.uniform(-bound, bound, (layer[1], width)).astype(np.float32)
                if len(layer) < 3 or layer[2]:
                    state[f"{name}.bias"] = generator.uniform(-bound, bound, layer[1]).astype(np.float32)
                width = layer[1]
            elif layer[0] == "residual":
                assert walk(layer[1], name + ".", width) == width
        return width

    walk(layers, "", features)
    return state


def linear_names(layers: Layers, prefix: str = "") -> list[str]:
    """Names of the linear layers in order."""
    names = []
    for index, layer in enumerate(layers):
        if layer[0] == "linear":
            names.append(f"{prefix}{index}")
        elif layer[0] == "residual":
            names.extend(linear_names(layer[1], f"{prefix}{index}."))
    return names


def round_to_bfloat16(x: Array) -> Array:
    """The nearest numbers that have 8 bits of fraction, one of them implied; ties to even."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32).astype(np.float64)


@dataclass
class Network:
    """One network with its rules and its state.

    Attributes:
        rounded: whether the factors of every matrix product and what is kept for the backward are rounded to
            bf16: an activation by a linear layer, a weight, the gradient of a layer's output, what a GELU
            keeps. Everything else is exact; a sum over what such a product reads is over the rounded values.
        own: the program's own bits, by layer, used only where the float64 value is too near to zero to say
            (|x| < doubt·max|x|).
        probes: a tensor V by linear layer, added to the forward pass as V·â with â the layer's auxiliary
            times its gain: the derivative of the loss in V at 0 is the weight gradient that the rule
                promises, by definition and without any backward code.
        near: number of values found too near to zero in the last forward pass.
        indicator: learning indicators of the last pass, by layer: per row for the auxiliary as stored and
            times the gain.
    """

    layers: Layers
    state: Mapping[str, Array]
    rules: Sequence[tuple[str, Rule]] = (("*", Rule()),)
    loss: str = "cross_entropy"
    label_smoothing: float = 0.0
    rounded: bool = False
    doubt: float = 1e-5
    means: dict[str, Array] = field(default_factory=dict)
    own: Mapping[str, Array] = field(default_factory=dict)
    probes: Mapping[str, Array] = field(default_factory=dict)
    near: int = 0
    indicator: dict[str, tuple[Array, Array]] = field(default_factory=dict)
    new_means: dict[str, Array] = field(default_factory=dict)
    forms: Mapping[str, Rule] = field(default_factory=dict)
    biases: dict[str, Array] = field(default_factory=dict)
    bias_gradients: dict[str, Array] = field(default_factory=dict)

    def rule(self, name: str) -> Rule:
        return next(rule for pattern, rule in self.rules if fnmatch.fnmatchcase(name, pattern))

    def positive(self, name: str, x: Array, like: Array | None = None) -> Array:
        """Where x > 0, by the program's own bits where x is too near to zero to say."""
        doubt = np.abs(x) < self.doubt * np.max(np.abs(x if like is None else like), initial=0.0)
        self.near += int(np.count_nonzero(doubt & (x != 0)))
        if name in self.own:
            return np.where(doubt, self.own[name][:, : x.shape[1]].astype(bool), x > 0)
        return x > 0

    def round(self, x: Array) -> Array:
        return round_to_bfloat16(x) if self.rounded else x

    def run(self, x: Array, y: Array | None = None) -> tuple[Array, float, dict[str, Array]]:
        """Prediction, loss and gradients (both empty without labels)."""
        self.near = 0
        self.inputs: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        x = np.asarray(x, np.float64)
        self.input = x
        prediction, backward = self._chain(self.layers, "", x)
        if y is None:
            return prediction, math.nan, {}
        if self.loss == "cross_entropy":
            loss, delta = cross_entropy(prediction, y, self.label_smoothing)
        else:
            difference = prediction - np.asarray(y, np.float64)
            loss, delta = float(np.mean(difference**2)), 2 * difference / difference.size
        self.input_gradient = backward(delta)
        return prediction, loss, {name: self.gradients[name] for name in self.state if name in self.gradients}

    def _chain(self, layers: Layers, prefix: str, x: Array) -> tuple[Array, Callable[[Array], Array]]:
        steps: list[Callable[[Array], Array]] = []
        for index, layer in enumerate(layers):
            x, backward = self._layer(layer, f"{prefix}{index}", x)
            steps.append(backward)

        def run_backward(delta: Array) -> Array:
            for step in reversed(steps):
                delta = step(delta)
            return delta

        return x, run_backward

    def _layer(self, layer: tuple[Any, ...], name: str, x: Array) -> tuple[Array, Callable[[Array], Array]]:
        kind = layer[0]
        if kind == "linear":
            return self._linear(name, x)
        if kind == "relu":
            mask = self.positive(name, x)
            return np.where(mask, x, 0.0), lambda delta: np.where(mask, delta, 0.0)
        if kind == "gelu":
            value, slope = gelu(x, layer[1])[0], self._kept_slope(name, layer[1], self.round(x))
            return value, lambda delta: delta * slope
        if kind == "residual":
            inner, backward = self._chain(layer[1], name + ".", x)
            return x + inner, lambda delta: delta + backward(delta)
        raise ValueError(kind)

    def _kept_slope(self, name: str, approximate: str, x: Array) -> Array:
        """The derivative of GELU from what is kept of its input."""
        form = self.forms.get(name, Rule())
        if form.kind == "derivative_table":
            borders, levels = reference_forms.step_function(lambda v: gelu(v, approximate)[1], 2**form.bits)
            return levels[np.searchsorted(borders, x)]
        if form.kind == "quantized":
            x = reference_forms.quantised(x, form.bits, form.group)
        return gelu(x, approximate)[1]

    def _linear(self, name: str, x: Array) -> tuple[Array, Callable[[Array], Array]]:
        weight = self.round(np.asarray(self.state[f"{name}.weight"], np.float64))
        bias = self.state.get(f"{name}.bias")
        rule = self.rule(name)
        self.inputs[name] = x
        seen, stored, factor = self._auxiliary(name, rule, x)
        applied = factor * stored
        self.indicator[name] = (learning_indicator(seen, stored), learning_indicator(seen, applied))
        if rule.kind in ("exact", "recompute", "residual"):
            applied = self.round(applied)
        output = self.round(seen) @ weight.T
        if bias is not None:
            output = output + np.asarray(bias, np.float64)
        if name in self.probes:
            output = output + applied @ self.probes[name].T

        def backward(delta: Array) -> Array:
            delta = self.round(delta)
            self.gradients[f"{name}.weight"] = delta.T @ applied
            if bias is not None:
                self.gradients[f"{name}.bias"] = delta.sum(axis=0)
            if rule.kind == "learned bias":
                self.bias_gradients[name] = (delta @ weight).sum(axis=0)
            return delta @ weight

        return output, backward

    def _auxiliary(self, name: str, rule: Rule, x: Array) -> tuple[Array, Array, float]:
        """What the forward pass sees, the auxiliary as stored, and the gain."""
        if rule.kind in ("exact", "recompute"):
            return x, x, 1.0
        if rule.kind == "residual":
            shared = self.inputs[rule.source]
            return x, reference_forms.fitted(x, shared) if rule.fit else shared, 1.0
        if rule.kind == "quantized" and not rule.rotate:
            return x, reference_forms.quantised(x, rule.bits, rule.group), 1.0
        if rule.kind == "learned bias":
            bias = self.biases.setdefault(name, np.random.default_rng(len(name)).normal(size=x.shape[1]) * 0.1)
            return x + bias, np.broadcast_to(bias, x.shape), 1.0
        if rule.kind == "average":
            return x, reference_forms.averaged(x, rule.bits, rule.group), 1.0
        if rule.rotate:
            mean = self.means.get(name, np.zeros(x.shape[1]))
            bits = 1 if rule.kind == "center" else 2
            self.new_means[name] = x.mean(axis=0)
            centered = reference_forms.rotated(x - mean, rule.rotate, bits, lambda z: self.positive(name, z))
            return x, mean + centered, 1.0
        if rule.kind == "sign":
            positive = self.positive(name, x)
            signs = positive.astype(np.float64) if rule.nonnegative else np.where(positive, 1.0, -1.0)
            auxiliary = rule.epsilon * signs
            if rule.gain == "mean-abs":
                count = np.count_nonzero(positive) if rule.nonnegative else x.size
                length = float(np.sum(x if rule.nonnegative else np.abs(x))) / count if count else 0.0
                return x + auxiliary, auxiliary, length / rule.epsilon
            return x + auxiliary, auxiliary, float(rule.gain)
        if rule.kind == "center":
            mean = self.means.get(name, np.zeros(x.shape[1]))
            signs = np.where(self.positive(name, x - mean, x), 1.0, -1.0)
            seen = x
            if x is not self.input:
                x = self.round(x)
            centered = x - mean
            total = float(np.sum(np.abs(centered)))
            if rule.scale == "ratio":
                scale = float(np.sum(centered**2)) / total if total else 0.0
            else:
                scale = total / centered.size
            self.new_means[name] = x.mean(axis=0)
            return seen, mean + scale * signs, 1.0
        raise ValueError(rule.kind)


def cross_entropy(logits: Array, labels: Array, smoothing: float) -> tuple[float, Array]:
    """Mean loss over the batch and its gradient in the logits."""
    rows, classes = logits.shape
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    target = np.full((rows, classes), smoothing / classes)
    target[np.arange(rows), labels] += 1.0 - smoothing
    return float(-(target * log_softmax).sum() / rows), (np.exp(log_softmax) - target) / rows


def gelu(x: Array, approximate: str) -> tuple[Array, Array]:
    """Value and derivative."""
    if approximate == "none":
        phi = 0.5 * (1 + np.vectorize(math.erf, otypes=[np.float64])(x / math.sqrt(2)))
        return x * phi, phi + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    tanh = np.tanh(inner)
    slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
    return 0.5 * x * (1 + tanh), 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * slope


def learning_indicator(h: Array, a: Array) -> Array:
    """⟨a, 2h − a⟩ / (‖h‖² + 1e-6), one value a row."""
    return np.sum(a * (2 * h - a), axis=1) / (np.sum(h * h, axis=1) + 1e-6)


@dataclass
class Optimizer:
    """SGD or AdamW over a dictionary of float64 arrays, which `step` changes in place."""

    kind: str = "sgd"
    lr: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    clip_grad_norm: float | None = None
    count: int = 0
    memory: dict[str, Any] = field(default_factory=dict)

    def step(self, state: dict[str, Array], gradients: Mapping[str, Array]) -> None:
        self.count += 1
        norm = math.sqrt(sum(float(np.sum(g * g)) for g in gradients.values()))
        scale = 1.0 if self.clip_grad_norm is None else min(1.0, self.clip_grad_norm / (norm + 1e-6))
        for name, gradient in gradients.items():
            gradient = gradient * scale
            if self.kind == "sgd":
                gradient = gradient + self.weight_decay * state[name]
                if self.momentum:
                    # torch starts the velocity at the first gradient, which is momentum·0 + g.
                    velocity = self.momentum * self.memory.get(name, 0.0) + gradient
                    self.memory[name] = velocity
                    gradient = gradient + self.momentum * velocity if self.nesterov else velocity
                state[name] = state[name] - self.lr * gradient
            else:
                first, second = self.memory.get(name, (0.0, 0.0))
                first = self.beta1 * first + (1 - self.beta1) * gradient
                second = self.beta2 * second + (1 - self.beta2) * gradient * gradient
                self.memory[name] = (first, second)
                hat1, hat2 = first / (1 - self.beta1**self.count), second / (1 - self.beta2**self.count)
                state[name] = state[name] * (1 - self.lr * self.weight_decay) - self.lr * hat1 / (np.sqrt(hat2) + self.eps)


def relative_error(actual: Array, expected: Array) -> float:
    """‖actual − expected‖ / ‖expected‖, and ‖actual‖ where the expected one is zero."""
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape, f"{actual.shape} and {expected.shape}"
    size = float(np.linalg.norm(expected))
    return float(np.linalg.norm(actual - expected)) / (size if size else 1.0)
