# test_program.py - entries, state, learning rate, reports, bundles and fit
"""The behaviour of programs, numbers aside."""

import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import auxact as aa
import reference
from support import RESIDUAL, RULES, build, data, pair

SGD = aa.optim.SGD(0.05, momentum=0.9)


@pytest.fixture(scope="module")
def made():
    """One program for the tests that leave its state as it was."""
    return pair(RESIDUAL, 19, 16, RULES["asa but the stem"], optimizer=SGD)


def test_step_lowers_the_loss_and_counts():
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["asa but the stem"], optimizer=SGD)
    losses = [prog.step(x, y)["loss"] for _ in range(20)]
    assert losses[-1] < 0.5 * losses[0]
    assert prog.steps == 20 and isinstance(losses[0], float)


def test_learning_rate_is_a_scalar_of_the_step():
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["exact"], optimizer=aa.optim.SGD(0.5))
    before, gradients = prog.state_dict(), prog.gradients(x, y)
    prog.step(x, y, lr=0.25)
    np.testing.assert_allclose(prog.state_dict()["5.bias"], before["5.bias"] - 0.25 * gradients["5.bias"], rtol=1e-6, atol=1e-7)
    assert prog.lr == 0.5
    prog.lr = 0.0
    before = prog.state_dict()
    prog.step(x, y)
    np.testing.assert_array_equal(prog.state_dict()["5.bias"], before["5.bias"])


def test_inputs_by_name(made):
    prog, _, x, y = made
    by_position = prog.gradients(x, y)
    by_name = prog.gradients(y=y, x=x)
    np.testing.assert_array_equal(by_position["0.weight"], by_name["0.weight"])


def test_several_inputs():
    class Two(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = aa.nn.Linear(3, 4), aa.nn.Linear(5, 4)

        def forward(self, left, right):
            return self.a(left) + self.b(right)

    left, right = np.ones((2, 3), np.float32), np.ones((2, 5), np.float32)
    prog = aa.compile(Two(), {"left": left, "right": right}, loss="mean_squared_error")
    state = prog.state_dict()
    expected = left @ state["a.weight"].T + state["a.bias"] + right @ state["b.weight"].T + state["b.bias"]
    np.testing.assert_allclose(prog.predict(left, right), expected, rtol=1e-5)
    np.testing.assert_array_equal(prog.predict(right=right, left=left), prog.predict(left, right))


@pytest.mark.parametrize("rows", [1, 5, 16, 21, 37])
def test_any_number_of_rows(made, rows):
    prog, net, _, _ = made
    x, y = data(RESIDUAL, 19, rows, "cross_entropy", 9)
    prediction, loss, _ = net.run(x, y)
    assert reference.relative_error(prog.predict(x), prediction) <= 1e-5
    found = prog.evaluate(x, y)
    assert found["loss"] == pytest.approx(loss, rel=1e-4)
    assert found["accuracy"] == pytest.approx(np.mean(prediction.argmax(axis=1) == y))


@pytest.mark.parametrize("rows", [4, 7])
def test_several_labels_a_row(rows):
    """Logits of three dimensions, as those of a sequence."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=(rows, 5, 6)).astype(np.float32)
    y = generator.integers(0, 3, (rows, 5))
    prog = aa.compile(aa.nn.Sequential(aa.nn.Linear(6, 3)), (x[:4], y[:4]), loss="cross_entropy")
    state = {name: value.astype(np.float64) for name, value in prog.state_dict().items()}
    logits = x @ state["0.weight"].T + state["0.bias"]
    loss = np.log(np.exp(logits).sum(axis=-1)) - np.take_along_axis(logits, y[..., None], axis=-1)[..., 0]
    found = prog.evaluate(x, y)
    assert found["loss"] == pytest.approx(loss.mean(), rel=1e-5)
    assert found["accuracy"] == pytest.approx(np.mean(logits.argmax(axis=-1) == y))


def test_state_dict_round_trip(made):
    prog, _, x, _ = made
    state = prog.state_dict()
    assert state["1.0.weight"].shape == (24, 17) and state["1.0.weight"].dtype == np.float32
    before = prog.predict(x)
    prog.load_state_dict({name: np.zeros_like(value) for name, value in state.items()})
    assert np.all(prog.predict(x) == 0)
    prog.load_state_dict(state)
    np.testing.assert_array_equal(prog.predict(x), before)


def test_first_values_are_the_modules(made):
    _, _, x, y = made
    model = build(RESIDUAL, 19)
    again = aa.compile(model, (x, y), loss="cross_entropy", seed=7)
    for name, value in model.initial_state(7).items():
        np.testing.assert_array_equal(again.state_dict()[name], value)


def test_memory_report(made):
    prog = made[0]
    report = prog.memory_report()
    assert sum(row.saved_bytes for row in report.by_layer) == report.saved_bytes
    assert report.peak_bytes == report.arena_bytes + report.state_bytes
    assert report.lower_bound_bytes <= report.arena_bytes
    exact = pair(RESIDUAL, 19, 16, RULES["exact"], optimizer=SGD)[0].memory_report()
    assert report.saved_bytes < exact.saved_bytes / 4
    assert "peak" in str(report) and "sign" in str(report)
    assert prog.memory_report("predict").saved_bytes == 0


def test_a_relus_mask_and_the_sign_bits_of_its_output_are_one_value(made):
    rows = {row.name: row for row in made[0].memory_report().by_layer}
    # Both readers of the bits of layer 1.1's output: its own backward and 1.2's weight gradient.
    assert sorted([rows["1.1"].saved_bytes, rows["1.2"].saved_bytes]) == [0, 16 * 4]


@pytest.mark.parametrize(
    ("stage", "word"),
    [
        ("model", "auxact.linear"),
        ("step", "auxact.save"),
        ("linalg", "linalg.generic"),
        ("plan", "auxact.launch"),
        ("llvm", "llvm.func"),
    ],
)
def test_print_ir(made, stage, word):
    assert word in made[0].print_ir(stage=stage)


def test_views_until_the_next_call(made):
    prog, _, x, y = made
    view, copied = prog.gradients(x, y, copy=False), prog.gradients(x, y)
    np.testing.assert_array_equal(view["0.weight"], copied["0.weight"])
    assert copied["0.weight"].flags.owndata or copied["0.weight"].base is not None


def test_views_of_predictions(made):
    prog, _, x, _ = made
    copied = prog.predict(x)
    view = prog.predict(x, copy=False)
    np.testing.assert_array_equal(view, copied)
    # The next call writes where the view lies, and not where the copy does.
    prog.predict(np.zeros_like(x))
    assert not np.array_equal(view, copied)
    np.testing.assert_array_equal(prog.predict(x), copied)
    # Rows of several batches are put side by side whatever is asked for.
    long = np.concatenate([x, -x])
    np.testing.assert_array_equal(prog.predict(long, copy=False), prog.predict(long))


def test_compile_report(tmp_path):
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["exact"], optimizer=SGD)
    report = prog.compile_report()
    for stage in ("model: ", "step (16 rows)", "step, linalg, kernels: ", "plan: "):
        assert stage in report
    assert "predict (16 rows)" not in report
    prog.predict(x)
    assert "predict (16 rows)" in prog.compile_report()
    # What a bundle holds is compiled already.
    prog.save(tmp_path / "run.auxact")
    other = aa.load(tmp_path / "run.auxact")
    other.step(x, y)
    assert other.compile_report() == ""


@pytest.mark.parametrize("optimizer", [SGD, aa.optim.AdamW(1e-3)], ids=["sgd", "adamw"])
def test_bundle_resumes_to_the_same_bits(tmp_path, optimizer):
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["center"], optimizer=optimizer)
    for _ in range(3):
        prog.step(x, y)
    prog.lr = 0.01
    prog.save(tmp_path / "run.auxact")
    other = aa.load(tmp_path / "run.auxact")
    assert (other.steps, other.lr, other.target) == (3, 0.01, prog.target)
    for _ in range(3):
        assert other.step(x, y)["loss"] == prog.step(x, y)["loss"]
    for name, value in prog.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name], value)
    np.testing.assert_array_equal(other.predict(x), prog.predict(x))
    assert other.memory_report() == prog.memory_report()


def test_a_loaded_program_saves_and_runs_on_other_threads(tmp_path):
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["sign"], optimizer=SGD, threads=2)
    prog.save(tmp_path / "one.auxact")
    for threads in (1, 2, 5):
        other = aa.load(tmp_path / "one.auxact", threads=threads)
        other.save(tmp_path / "two.auxact")
        again = aa.load(tmp_path / "two.auxact")
        assert again.step(x, y)["loss"] == other.step(x, y)["loss"]
        # A batch size that the bundle does not hold is compiled from the model that it holds.
        np.testing.assert_array_equal(again.evaluate(x[:3], y[:3])["loss"], other.evaluate(x[:3], y[:3])["loss"])
        if threads == 1:
            first = other.state_dict()
        for name, value in other.state_dict().items():
            np.testing.assert_array_equal(value, first[name])


def test_a_bundle_is_safetensors(tmp_path):
    """Any reader of safetensors sees the weights."""
    numpy = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    prog, _, _, _ = pair(RESIDUAL, 19, 16, RULES["sign"], optimizer=SGD)
    prog.save(tmp_path / "run.auxact")
    arrays = numpy.load_file(tmp_path / "run.auxact")
    for name, value in prog.state_dict().items():
        np.testing.assert_array_equal(arrays[name], value)


def test_the_peak_is_what_is_allocated():
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["asa but the stem"], optimizer=SGD)
    prog.step(x, y)
    assert prog._session.allocated_bytes() == prog.memory_report().peak_bytes


def test_mlir_file(tmp_path):
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["exact"], optimizer=SGD)
    path = tmp_path / "model.mlir"
    path.write_text(_model_text(19, 16))
    other = aa.compile(path, (x, y), loss="cross_entropy", optimizer=SGD, seed=3)
    other.load_state_dict(prog.state_dict())
    assert other.step(x, y)["loss"] == prog.step(x, y)["loss"]
    bound = 1 / np.sqrt(17)
    assert 0.5 * bound < np.abs(aa.compile(path, loss="cross_entropy").state_dict()["1.0.bias"]).max() <= bound


def test_layers_of_an_mlir_file(tmp_path):
    """Groups of blocks find their layers however the file is written."""
    _, _, x, y = pair(RESIDUAL, 19, 16, RULES["exact"])
    plain, dense = tmp_path / "plain.mlir", tmp_path / "dense.mlir"
    plain.write_text(_model_text(19, 16))
    dense.write_text('// auxact.linear {name = "1.extra"}\n' + plain.read_text().replace('name = "', 'name="'))
    rules = aa.rules.ara([["1", "3"]])
    first, second = (aa.compile(path, (x, y), loss="cross_entropy", rules=rules) for path in (plain, dense))
    assert {row.name: row.rule for row in first.memory_report("gradients").by_layer}["3.0"] == "residual"
    assert second.print_ir() == first.print_ir()
    np.testing.assert_array_equal(second.gradients(x, y)["3.0.weight"], first.gradients(x, y)["3.0.weight"])


def _model_text(features, rows):
    from auxact.nn._module import trace

    return trace(build(RESIDUAL, features), {"x": ((rows, features), "f32")}).text


def test_own_loss_and_appended_loss():
    class Own(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = aa.nn.Linear(4, 3)

        def forward(self, x, y):
            logits = self.layer(x)
            return logits, aa.nn.functional.cross_entropy(logits, y)

    x, y = np.ones((2, 4), np.float32), np.array([0, 2])
    own = aa.compile(Own(), (x, y), optimizer=SGD)
    appended = aa.compile(aa.nn.Sequential(aa.nn.Linear(4, 3)), (x, y), loss="cross_entropy", optimizer=SGD)
    assert own.step(x, y)["loss"] == appended.step(x, y)["loss"]
    with pytest.raises(aa.CompileError, match="loss"):
        aa.compile(Own(), (x, y), loss="cross_entropy")


def test_fit(capsys):
    prog, _, x, y = pair(RESIDUAL, 19, 16, RULES["asa but the stem"], optimizer=SGD)
    images, labels = np.concatenate([x, x]), np.concatenate([y, y])
    seen = []

    class Watch(aa.Callback):
        def on_epoch_start(self, prog, epoch):
            seen.append(("start", epoch))

        def on_step(self, prog, epoch, step, loss):
            seen.append(("step", step))

        def on_epoch_end(self, prog, epoch, metrics):
            seen.append(("end", sorted(metrics)))
            if epoch == 1:
                raise aa.StopTraining

    history = aa.fit(prog, aa.data.Batches(images, labels, batch_size=16), 5, [Watch()], validation=(x, y))
    assert seen == [
        *[
            ("start", 0),
            ("step", 0),
            ("step", 1),
            ("end", ["loss", "validation_accuracy", "validation_loss"]),
        ],
        *[
            ("start", 1),
            ("step", 2),
            ("step", 3),
            ("end", ["loss", "validation_accuracy", "validation_loss"]),
        ],
    ]
    assert len(history.losses) == 4 and len(history.epochs) == 2
    # Not a terminal: nothing is printed.
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
    aa.fit(prog, [{"x": x, "y": y}], 1, progress=True)
    assert "epoch 1/1" in capsys.readouterr().err
    with pytest.raises(aa.InputError, match="no batch in epoch 2"):
        aa.fit(prog, iter([(x, y)]), 2)


def test_interrupt_stops_a_loop():
    script = textwrap.dedent(
        """
        import numpy as np
        import auxact as aa

        x, y = np.ones((64, 100), np.float32), np.zeros(64, np.int32)
        model = aa.nn.Sequential(aa.nn.Linear(100, 200), aa.nn.ReLU(), aa.nn.Linear(200, 10))
        prog = aa.compile(model, (x, y), loss="cross_entropy", optimizer=aa.optim.SGD(0.01))
        prog.step(x, y)
        try:
            print("ready", flush=True)
            while True:
                prog.step(x, y)
        except KeyboardInterrupt:
            prog.step(x, y)
            print("stopped", flush=True)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20)[0] == "stopped\n"
    finally:
        process.kill()


def test_other_threads_run_during_steps():
    """A step without the GIL lets another Python thread go on."""
    layers = [("linear", 1024), ("relu",), ("linear", 1024), ("relu",), ("linear", 10)]
    prog, _, x, y = pair(layers, 1024, 512, RULES["exact"], optimizer=SGD, threads=1)
    prog.step(x, y)
    counts, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counts[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    interval = sys.getswitchinterval()
    try:
        # With the GIL kept, the counter would stand still for the whole of this call.
        sys.setswitchinterval(0.5)
        before = counts[0]
        prog._session.run("step", 512, [x, y], {"lr": 0.01, "step": 2.0}, True)
        assert counts[0] - before > 1000
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()
