# test_nn.py - tracing modules to the auxact dialect
"""Names, layouts, first values and the errors of models."""

import math
import re

import numpy as np
import pytest

import auxact as aa
from auxact.nn import functional as F
from auxact.nn._module import input_names, trace


class Block(aa.nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.up = aa.nn.Linear(width, inner)
        self.down = aa.nn.Linear(inner, width)

    def forward(self, h):
        return F.relu(h + self.down(F.relu(self.up(h))))


def text_of(model, *shapes):
    return trace(model, {name: (shape, "f32") for name, shape in zip(input_names(model), shapes, strict=True)}).text


def test_names_and_layouts_are_torchs():
    model = aa.nn.Sequential(aa.nn.Linear(5, 7), aa.nn.ReLU(), Block(7, 9), aa.nn.Residual(aa.nn.Linear(7, 7, bias=False)))
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    assert shapes == {
        "0.weight": (7, 5),
        "0.bias": (7,),
        "2.up.weight": (9, 7),
        "2.up.bias": (9,),
        "2.down.weight": (7, 9),
        "2.down.bias": (7,),
        "3.0.weight": (7, 7),
    }


def test_trace_is_one_line_a_layer():
    recorded = trace(aa.nn.Sequential(aa.nn.Linear(5, 7), aa.nn.GELU("tanh"), Block(7, 9)), {"x": ((3, 5), "f32")})
    assert re.findall(r"= auxact\.(\w+) ", recorded.text)[:2] == ["linear", "gelu"]
    assert recorded.layers == ["0", "2.up", "2.down"]
    assert '%v0 = auxact.linear %x, %p0.weight, %p0.bias {name = "0"}' in recorded.text
    assert 'loc("0.Linear")' in recorded.text and "approximate = #auxact.gelu<tanh>" in recorded.text
    assert recorded.text.count("auxact.relu") == 2 and 'name = "2.relu@1"' in recorded.text


def test_first_values_are_torchs_distribution():
    model = aa.nn.Linear(10_000, 20)
    state, again, other = model.initial_state(0), model.initial_state(0), model.initial_state(1)
    assert state["weight"].dtype == np.float32
    bound = 1 / math.sqrt(10_000)
    assert np.abs(state["weight"]).max() <= bound and np.abs(state["bias"]).max() <= bound
    np.testing.assert_allclose(state["weight"].std(), bound / math.sqrt(3), rtol=0.01)
    np.testing.assert_array_equal(state["weight"], again["weight"])
    assert not np.array_equal(state["weight"], other["weight"])


def test_shared_layer_is_one_parameter():
    class Twice(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = aa.nn.Linear(4, 4)

        def forward(self, x):
            return self.inner(self.inner(x))

    recorded = trace(Twice(), {"x": ((2, 4), "f32")})
    assert recorded.text.count("auxact.parameter") == 2
    assert recorded.layers == ["inner", "inner@1"]


def test_tied_parameters_are_one():
    class Tied(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = aa.nn.ModuleList(aa.nn.Linear(4, 4, bias=False) for _ in range(2))
            self.last = aa.nn.Linear(4, 4)
            self.last.weight = self.layers[0].weight

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return self.last(x)

    model = Tied()
    assert [name for name, _ in model.named_parameters()] == ["layers.0.weight", "layers.1.weight", "last.bias"]
    assert [name for name, _ in model.named_parameters(remove_duplicate=False)][2:] == ["last.weight", "last.bias"]
    assert 'auxact.linear %v1, %layers.0.weight, %last.bias {name = "last"}' in text_of(model, (2, 4))
    # An attribute that gets another value is no parameter any more.
    model.last.bias = None
    assert list(model.initial_state()) == ["layers.0.weight", "layers.1.weight"]


def test_buffers_are_arguments_that_a_result_replaces():
    class Running(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.seen = aa.nn.Buffer((2, 4), aa.nn.initializers.constant(0.0))
            self.table = aa.nn.Buffer((2, 4), np.eye(2, 4))

        def forward(self, x):
            self.put(self.seen, self.get(self.seen) + x)
            return self.get(self.seen) + self.get(self.table)

    text = text_of(Running(), (2, 4))
    assert '%seen: tensor<2x4xf32> {auxact.buffer = "seen", auxact.replaced_by = 1 : i64}' in text
    assert '%table: tensor<2x4xf32> {auxact.buffer = "table"}' in text
    # What was put is what is read afterwards.
    assert "return %v1, %v0 : tensor<2x4xf32>, tensor<2x4xf32>" in text and "auxact.add %v0, %table" in text
    np.testing.assert_array_equal(Running().initial_state()["table"], np.eye(2, 4, dtype=np.float32))

    class Wrong(Running):
        def forward(self, x):
            self.put(self.seen, x)
            return x

    with pytest.raises(aa.ShapeError, match="shape \\(2, 4\\) for the buffer 'seen', got \\(3, 4\\)"):
        text_of(Wrong(), (3, 4))


def test_several_inputs_and_own_loss():
    class Two(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = aa.nn.Linear(3, 4), aa.nn.Linear(5, 4)

        def forward(self, left, right, target):
            logits = self.a(left) + self.b(right)
            return logits, F.cross_entropy(logits, target, label_smoothing=0.1)

    model = Two()
    assert input_names(model) == ["left", "right", "target"]
    text = trace(model, {"left": ((2, 3), "f32"), "right": ((2, 5), "f32"), "target": ((2,), "i32")}).text
    assert 'auxact.output = "loss"' in text and "tensor<2xi32>" in text


def test_flatten_and_reshape():
    text = text_of(aa.nn.Sequential(aa.nn.Flatten(), aa.nn.Linear(12, 2)), (3, 2, 6))
    assert "tensor<3x2x6xf32> -> tensor<3x12xf32>" in text
    # A reshape to the same shape is no operation.
    assert "reshape" not in text_of(aa.nn.Sequential(aa.nn.Flatten(), aa.nn.Linear(12, 2)), (3, 12))


@pytest.mark.parametrize(
    ("model", "shape", "message"),
    [
        (aa.nn.Linear(5, 2), (3, 4), "takes 5 features, the input has 4"),
        (aa.nn.Linear(5, 2), (5,), "at least 2 axes"),
        (aa.nn.Residual(aa.nn.Linear(4, 5)), (3, 4), r"\(3, 4\) and \(3, 5\) do not fit"),
    ],
)
def test_shapes_that_do_not_fit(model, shape, message):
    with pytest.raises(aa.ShapeError, match=message):
        text_of(model, shape)


def test_errors_of_modules():
    class NoSuper(aa.nn.Module):
        def __init__(self):
            self.layer = aa.nn.Linear(2, 2)

    class Branches(aa.nn.Module):
        def forward(self, x):
            return x if x else F.relu(x)

    class Stray(aa.nn.Module):
        def forward(self, x):
            return aa.nn.Linear(2, 2)(x)

    class Nothing(aa.nn.Module):
        pass

    class Flattens(aa.nn.Module):
        def forward(self, x):
            return x.reshape(-1)

    with pytest.raises(TypeError, match="super"):
        NoSuper()
    with pytest.raises(aa.AuxActError, match="branch"):
        text_of(Branches(), (2, 2))
    with pytest.raises(aa.AuxActError, match="no attribute of the model"):
        text_of(Stray(), (2, 2))
    with pytest.raises(aa.AuxActError, match="one by one"):
        text_of(Nothing(), (2, 2))
    with pytest.raises(aa.ShapeError, match="batch axis"):
        text_of(Flattens(), (2, 2))
    with pytest.raises(aa.AuxActError, match="only inside a compiled program"):
        aa.nn.ReLU()(np.zeros((2, 2), np.float32))
    with pytest.raises(TypeError, match="at position 1"):
        aa.nn.Sequential(aa.nn.ReLU(), 3)
    for sizes, error, message in [
        ((0, 3), aa.ShapeError, "expected in_features ≥ 1, got 0"),
        ((3, -1), aa.ShapeError, "expected out_features ≥ 1, got -1"),
        ((2.5, 3), TypeError, "expected in_features to be an integer, got 2.5"),
        ((3, "4"), TypeError, "expected out_features to be an integer, got '4'"),
    ]:
        with pytest.raises(error, match=message):
            aa.nn.Linear(*sizes)
    assert aa.nn.Linear(np.int64(2), 3).weight.shape == (3, 2)
    with pytest.raises(ValueError, match="approximate"):
        aa.nn.GELU("sigmoid")
