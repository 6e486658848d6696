# test_torch_tokens.py - tables, arrangements and losses over tokens against PyTorch
"""Forward passes to 1e-5 and gradients to 1e-4; what the plans hold; tokens that are none."""

import json

import numpy as np
import pytest

import auxact as aa
import reference

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make check-torch` installs it and runs these")
pytestmark = pytest.mark.torch

nn, F = aa.nn, aa.nn.functional
BATCH, TOKENS, FEATURES, ROWS = 3, 5, 24, 40


def tokens(*shape, rows=ROWS, seed=0):
    return np.random.default_rng(seed).integers(0, rows, shape).astype(np.int32)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def compare(model, twin, inputs, has_loss=False, **options):
    """Our model against a function of torch tensors: its named parameters, then the inputs."""
    program = aa.compile(model, inputs, **({} if has_loss else {"loss": "mean_squared_error"}), **options)
    state = {name: torch.from_numpy(value).requires_grad_() for name, value in program.state_dict().items()}
    given = [torch.from_numpy(value).long() if value.dtype.kind == "i" else torch.from_numpy(value) for value in inputs]
    result = twin(state, *given)
    loss = result if has_loss else torch.nn.functional.mse_loss(result, given[-1])
    loss.backward()
    if not has_loss:
        assert reference.relative_error(program.predict(*inputs[:-1]), result.detach().numpy()) <= 1e-5
    assert program.evaluate(*inputs)["loss"] == pytest.approx(loss.item(), rel=1e-5, abs=1e-7)
    gradients = program.gradients(*inputs)
    for name, parameter in state.items():
        assert reference.relative_error(gradients[name], parameter.grad.numpy()) <= 1e-4, name
    return program


class Encoder(nn.Module):
    """Tokens, positions and a class token; one position is read."""

    def __init__(self, padding=None, index=0):
        super().__init__()
        self.embed = nn.Embedding(ROWS, FEATURES, padding_idx=padding)
        self.positions = nn.Parameter((TOKENS + 1, FEATURES), numbers(TOKENS + 1, FEATURES, seed=1))
        self.token = nn.Parameter((1, FEATURES), numbers(1, FEATURES, seed=2))
        self.inner = nn.Linear(FEATURES, FEATURES)
        self.index = index

    def forward(self, words):
        x = F.cat([self.get(self.token), self.embed(words)], 1) + self.get(self.positions)
        return F.select(F.relu(self.inner(x)), 1, self.index)


@pytest.mark.parametrize(("padding", "index"), [(None, 0), (3, -1)])
def test_embedding_positions_class_token(padding, index):
    def twin(state, words, _target):
        x = torch.nn.functional.embedding(words, state["embed.weight"], padding_idx=padding)
        x = torch.cat([state["token"].expand(BATCH, 1, FEATURES), x], 1) + state["positions"]
        x = torch.relu(torch.nn.functional.linear(x, state["inner.weight"], state["inner.bias"]))
        return x[:, index]

    words = tokens(BATCH, TOKENS)
    words[0, :3] = 3
    compare(Encoder(padding, index), twin, (words, numbers(BATCH, FEATURES)))


class Arranged(nn.Module):
    def __init__(self, arrange):
        super().__init__()
        self.first = nn.Linear(FEATURES, FEATURES)
        self.arrange = arrange

    def forward(self, x):
        return self.arrange(F, self.first(x))


ARRANGED = {
    "permute": (lambda f, x: f.permute(x, (0, 2, 1)), (BATCH, FEATURES, TOKENS)),
    "narrow tokens": (lambda f, x: f.narrow(x, 1, 1, 3), (BATCH, 3, FEATURES)),
    "narrow features": (lambda f, x: f.narrow(x, 2, 5, 11), (BATCH, TOKENS, 11)),
    "cat of parts": (lambda f, x: f.cat([f.narrow(x, 1, 3, 2), x], 1), (BATCH, TOKENS + 2, FEATURES)),
    "cat of features": (lambda f, x: f.cat([x, f.narrow(x, 2, 0, 7)], 2), (BATCH, TOKENS, FEATURES + 7)),
}


class Torch:
    """The same names with torch."""

    permute, narrow, cat = staticmethod(torch.permute), staticmethod(torch.narrow), staticmethod(torch.cat)


@pytest.mark.parametrize("name", ARRANGED)
def test_arrangements(name):
    arrange, shape = ARRANGED[name]
    compare(
        Arranged(arrange),
        lambda state, x, _target: arrange(Torch, torch.nn.functional.linear(x, state["first.weight"], state["first.bias"])),
        (numbers(BATCH, TOKENS, FEATURES), numbers(*shape, seed=4)),
    )


class Tied(nn.Module):
    """A table that is the last layer's weight too, and a layer used twice."""

    def __init__(self, fused=False, chunk=None, smoothing=0.0, ignored=None, bias=False, rows=ROWS):
        super().__init__()
        self.embed = nn.Embedding(rows, FEATURES)
        self.twice = nn.Linear(FEATURES, FEATURES)
        self.bias = nn.Parameter((rows,), numbers(rows, seed=3)) if bias else None
        self.fused, self.options = fused, {"label_smoothing": smoothing, "ignore_index": ignored}
        self.chunk = chunk

    def forward(self, words, labels):
        x = self.embed(words)
        x = F.gelu(self.twice(F.gelu(self.twice(x))))
        weight, bias = self.get(self.embed.weight), self.get(self.bias) if self.bias is not None else None
        if self.fused:
            return x, F.linear_cross_entropy(x, weight, labels, bias, chunk=self.chunk, **self.options)
        logits = F.linear(x, weight, bias)
        return logits, F.cross_entropy(logits, labels, **self.options)


def tied_twin(smoothing=0.0, ignored=None):
    def twin(state, words, labels):
        x = torch.nn.functional.embedding(words, state["embed.weight"])
        for _ in range(2):
            x = torch.nn.functional.gelu(torch.nn.functional.linear(x, state["twice.weight"], state["twice.bias"]))
        logits = torch.nn.functional.linear(x, state["embed.weight"], state.get("bias"))
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), label_smoothing=smoothing, ignore_index=-100 if ignored is None else ignored
        )

    return twin


def labels_with(ignored, rows=ROWS):
    labels = tokens(BATCH, TOKENS, rows=rows, seed=5)
    if ignored is not None:
        labels[0, :3] = labels[2, 4] = ignored
    return labels


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("ignored", [None, -100, 7])
def test_cross_entropy_of_tokens(smoothing, ignored):
    inputs = (tokens(BATCH, TOKENS), labels_with(ignored))
    compare(Tied(smoothing=smoothing, ignored=ignored), tied_twin(smoothing, ignored), inputs, has_loss=True)


@pytest.mark.parametrize(("smoothing", "ignored", "bias"), [(0.0, None, False), (0.1, None, True), (0.0, -100, True), (0.1, 7, False)])
def test_fused_loss(smoothing, ignored, bias):
    """Parts of 256 classes of 700, the last one smaller."""
    inputs = (tokens(BATCH, TOKENS, rows=700), labels_with(ignored, 700))
    model = Tied(True, 256, smoothing, ignored, bias, 700)
    compare(model, tied_twin(smoothing, ignored), inputs, has_loss=True)


@pytest.mark.parametrize("entry", ["step", "gradients", "evaluate"])
def test_fused_loss_never_has_all_logits(entry):
    """Nothing in the plan is as large as a number for each token and class; tables have 700 rows of 24."""
    words = tokens(8, 8, rows=700)
    program = aa.compile(Tied(True, 256, rows=700), (words, words), optimizer=aa.optim.SGD(0.1))
    plan = json.loads(program._session.entry_spec(entry, 8))
    assert max(buffer["bytes"] for buffer in plan["buffers"]) < 64 * 700 * 4
    # Nor are all parts of the logits there at once.
    parts = [buffer for buffer in plan["buffers"] if buffer["bytes"] == 64 * 256 * 4]
    assert parts
    for launch in range(len(plan["launches"])):
        assert sum(part["first"] <= launch <= part["last"] for part in parts) <= 1


def test_all_ignored_is_zero():
    labels = np.full((BATCH, TOKENS), -100, np.int32)
    words = tokens(BATCH, TOKENS)
    for fused in (False, True):
        program = aa.compile(Tied(fused, ignored=-100), (words, labels))
        assert program.evaluate(words, labels)["loss"] == 0.0
        assert all(not np.any(gradient) for gradient in program.gradients(words, labels).values())


def test_tokens_outside_the_table():
    words, labels = tokens(BATCH, TOKENS), labels_with(-100)
    program = aa.compile(Tied(ignored=-100), (words, labels))
    wrong = words.copy()
    wrong[1, 2] = ROWS
    with pytest.raises(aa.InputError, match=rf"words: expected values in \[0, {ROWS - 1}\], got {ROWS} at index \(1, 2\)"):
        program.gradients(wrong, labels)
    wrong = labels.copy()
    wrong[2, 1] = -1
    with pytest.raises(aa.InputError, match=r"labels: .*got -1 at index \(2, 1\)"):
        program.gradients(words, wrong)


def test_mean_of_batches_counts_labels():
    """The loss over several batches is the mean over all labels that count, as if they were one batch."""
    words, labels = tokens(7, TOKENS), tokens(7, TOKENS, seed=5)
    labels[0] = labels[1, 1:] = -100
    program = aa.compile(Tied(ignored=-100), (words[:3], labels[:3]))
    whole = aa.compile(Tied(ignored=-100), (words, labels))
    whole.load_state_dict(program.state_dict())
    got, expected = program.evaluate(words, labels), whole.evaluate(words, labels)
    assert got["loss"] == pytest.approx(expected["loss"], rel=1e-6)
    assert got["accuracy"] == expected["accuracy"]


def test_rows_of_a_parameter_are_no_copies():
    """Query, key and value weights in one tensor: the plan has no copy of any of them."""

    class Three(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter((3 * 32, 32), numbers(3 * 32, 32, seed=6))

        def forward(self, x):
            q, k, v = (F.linear(x, F.narrow(self.get(self.weight), 0, 32 * i, 32)) for i in range(3))
            return q + F.relu(k) + F.gelu(v)

    def twin(state, x, _target):
        q, k, v = torch.nn.functional.linear(x, state["weight"]).chunk(3, -1)
        return q + torch.relu(k) + torch.nn.functional.gelu(v)

    program = compare(Three(), twin, (numbers(8, 32), numbers(8, 32, seed=7)))
    predict = json.loads(program._session.entry_spec("predict", 8))
    assert len(predict["launches"]) == 3


def test_same_bits_for_any_number_of_threads():
    words = tokens(32, 16, rows=100)
    target = numbers(32, 16, FEATURES)

    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(100, FEATURES)

        def forward(self, words):
            return self.embed(words)

    made = [aa.compile(Table(), (words, target), loss="mean_squared_error", threads=count) for count in (1, 2)]
    first, second = (program.gradients(words, target)["embed.weight"] for program in made)
    np.testing.assert_array_equal(first, second)
