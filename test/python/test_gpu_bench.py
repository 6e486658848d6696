# test_gpu_bench.py - what of the GPU benchmark can be proved without a GPU
"""benchmarks/gpu: its plan without a GPU, its references, its rivals, its tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks/gpu"
sys.path.insert(0, str(FOLDER))

import auxact._auxact  # noqa: E402
import kernels  # noqa: E402
from report import Report  # noqa: E402

BUILD = Path(auxact._auxact.__file__).parents[2]
EXECUTOR = BUILD / "lib/libauxact-simt-cuda.so"


def described():
    return [description for description, _ in kernels.all_kernels()]


@pytest.fixture
def folder(tmp_path):
    """A bundle's folder without code: what is there to plan."""
    step = {"name": "exact, bfloat16", "file": "steps/exact.auxact"}
    content = {"chips": ["sm_90a"], "runner": "auxact-run-bundle", "kernels": described(), "steps": [step]}
    (tmp_path / "bundle.json").write_text(json.dumps(content))
    return tmp_path


def bench(*arguments):
    # A driver that is not there, also where the machine has one.
    environment = {**os.environ, "AUXACT_CUDA_DRIVER": "/nowhere/libcuda.so.1"}
    return subprocess.run([sys.executable, str(FOLDER / "bench.py"), *map(str, arguments)], env=environment, capture_output=True, text=True, check=False)


def test_without_a_gpu_it_says_what_it_would_run(folder):
    run = bench(folder)
    assert run.returncode == 0, run.stderr
    first, *rest = run.stdout.splitlines()
    assert first.startswith("Nothing is measured: no CUDA driver (/nowhere/libcuda.so.1")
    assert f"  check: {len(described())} kernels for sm_90a against PyTorch in float64" in rest
    assert any(line.startswith("  linear: 4096 x 4096 x 4096, bfloat16: forward; ") for line in rest)
    assert any("weight gradient, signs unpacked first; against PyTorch's" in line for line in rest)
    assert any(line.startswith("  bandwidth: update_8192_4096, 671 MB") for line in rest)
    assert "  step: exact, bfloat16 against eager, compiled, checkpointed, packed signs; peak memory planned and measured" in rest
    assert not (folder / "results").exists()


def test_some_parts_only(folder):
    run = bench(folder, "--parts=steps")
    assert run.returncode == 0
    assert "step: exact" in run.stdout
    assert "linear:" not in run.stdout


def test_wrong_arguments(folder, tmp_path):
    run = bench(folder, "--parts=check,nothing")
    assert run.returncode == 2
    assert "no part nothing; there are check, linear, bandwidth, steps" in run.stderr
    (tmp_path / "empty").mkdir()
    run = bench(tmp_path / "empty")
    assert run.returncode == 1
    assert "holds no bundle.json; `make bench-gpu-bundle` makes such a folder" in run.stderr


def test_every_kernel_has_its_own_name():
    names = [description["name"] for description in described()]
    assert len(set(names)) == len(names)


def test_tables(tmp_path, capsys):
    report = Report({"gpu": "NVIDIA H200 (1)", "driver": "13.0"})
    report.table("Times", ["kernel", "us"], [["forward", 12.3456]], "A note.")
    assert "| forward | 12.3 |" in capsys.readouterr().out
    path = report.write(tmp_path / "results")
    assert path.name == f"{report.facts['date']}-nvidia-h200-1.md"
    assert "## Times\n\nA note.\n\n| kernel | us |\n|---|---|\n| forward | 12.3 |" in path.read_text()
    data = json.loads(path.with_suffix(".json").read_text())
    assert data["sections"][0]["rows"] == [["forward", 12.3456]]
    assert data["facts"]["driver"] == "13.0"


@pytest.mark.torch
class TestWithTorch:
    @pytest.fixture(autouse=True)
    def modules(self):
        pytest.importorskip("torch", reason="PyTorch is not installed; `make check-torch` installs it and runs these")

    def test_bits_are_the_kernels_bits(self):
        import references
        import torch
        from kernel_harness import pack

        positive = np.random.default_rng(0).standard_normal((5, 37)) > 0
        packed = references.pack(torch.from_numpy(positive))
        np.testing.assert_array_equal(packed.numpy(), pack(positive))
        np.testing.assert_array_equal(references.unpack(packed, 37).numpy(), positive)

    def test_references_agree_with_kernels_on_the_cpu(self):
        """The text of every small kernel, compiled for this CPU, computes what its reference says."""
        import kernel_harness
        import references
        import torch

        kernel_harness.COMPILER = str(BUILD / "bin/auxact-compile-kernels")
        if not os.path.exists(kernel_harness.COMPILER):
            pytest.skip("the kernel compiler is not built")
        chosen = [(d, text) for d, text in kernels.all_kernels(small_only=True) if d["precision"] == "float32"]
        compiled = kernel_harness.compile_kernels("".join(text for _, text in chosen))
        seen = set()
        for description, _ in chosen:
            seen.add(description["kind"])
            values = references.arguments_of(description)
            arguments = [kernel_harness.unaligned(value.numpy()) for value in values.values()]
            named = dict(zip(values, arguments, strict=True))
            in_place = description.get("in_place", {})
            dtypes = {"f32": np.float32, "i8": np.uint8}
            results = [
                named[in_place[str(number)]] if str(number) in in_place else kernel_harness.guarded(tuple(r["shape"]), dtypes[r["dtype"]])[0]
                for number, r in enumerate(description["results"])
            ]
            # An argument that is overwritten is passed as both; the reference has its own copy.
            compiled[description["name"]](arguments, results)
            for number, (got, wanted) in enumerate(zip(results, references.expected(description, values), strict=True)):
                got = torch.from_numpy(got.copy())
                assert references.fault(description, number, got, wanted) is None, description["name"]
        assert seen == set(references.KINDS)

    def test_wrong_results_are_faults(self):
        import references
        import torch

        description = next(d for d in described() if d["kind"] == "forward_signs")
        y, bits = references.expected(description, references.arguments_of(description))
        assert references.fault(description, 0, y.float(), y) is None
        assert references.fault(description, 0, y.float() * 1.001, y) == "relative error 1.0e-03 of 1e-05"
        assert references.fault(description, 0, torch.full_like(y, torch.nan), y) == "not finite"
        wrong = bits.clone()
        wrong[3, 1] ^= 4
        assert references.fault(description, 1, wrong, bits) == "1 bits differ"

    @staticmethod
    def rival(way, seed=0):
        import rivals
        import torch

        torch.manual_seed(seed)
        model = rivals.Perceptron(24, 3, 5)
        x, y = torch.randn(40, 24), torch.randint(5, (40,))
        return model, rivals.Rival(way, model, x, y, "float32"), x, y

    def test_checkpointing_is_the_same_step(self):
        import torch

        eager, one, _, _ = self.rival("eager")
        checkpointed, other, _, _ = self.rival("checkpointed")
        for _ in range(3):
            torch.testing.assert_close(one.step(), other.step())
        for a, b in zip(eager.parameters(), checkpointed.parameters(), strict=True):
            torch.testing.assert_close(a, b)

    def test_packed_signs_are_what_weight_gradients_see(self):
        import references
        import torch

        exact, one, _, _ = self.rival("eager")
        packed, other, x, _ = self.rival("packed signs")
        torch.testing.assert_close(one.step(), other.step())  # the forward pass is the exact one
        # Gradients that reach no weight are exact, so biases agree; weights do not.
        for a, b in zip(exact.parameters(), packed.parameters(), strict=True):
            if a.dim() == 1:
                torch.testing.assert_close(a.grad, b.grad)
        first = packed.hidden[0]
        # The bias gradient is the column sum of delta; take delta from the exact model.
        exact, _, x, y = self.rival("eager")
        hidden = exact.hidden[0](x)
        hidden.retain_grad()
        out = exact.last(torch.relu(exact.hidden[1](torch.relu(hidden))))
        torch.nn.functional.cross_entropy(out, y).backward()
        expected = hidden.grad.T @ torch.where(x > 0, references.EPSILON, -references.EPSILON)
        torch.testing.assert_close(first.weight.grad, expected)

    def test_packed_signs_keep_fewer_bytes(self):
        import rivals
        import torch

        kept = []
        model, _, x, _ = self.rival("eager")
        hooks = rivals.PackedSigns(x.shape[0])
        with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.append(hooks.pack_hook(t)) or t, lambda t: t):
            model(x)
        activations = [item for item in kept if isinstance(item, tuple)]
        assert len(activations) >= 5  # of three layers and two relus
        assert sum(bits.nbytes for bits, _, _ in activations) * 24 <= sum(40 * 24 * 4 for _ in activations)

    def test_arrays_for_the_runner(self, tmp_path):
        import steps
        import torch

        x, y = torch.randn(5, 3), torch.arange(5)
        steps.write_npz(tmp_path / "data.npz", {"x": ("<f4", x.shape, steps.raw(x)), "y": ("<i4", y.shape, steps.raw(y.int()))})
        with np.load(tmp_path / "data.npz") as data:
            np.testing.assert_array_equal(data["x"], x.numpy())
            np.testing.assert_array_equal(data["y"], y.numpy().astype(np.int32))

    def test_what_the_runner_prints(self):
        import steps

        text = (
            "step 1: loss 2.302585\nstep 50: loss 1.250000\ntarget cuda:sm_90a on NVIDIA H200\n"
            "memory of step, in bytes: state 100, arena 200, input slots 50; planned 350, allocated 351\n"
            "time of a step: median 1.250 ms, mean 1.300 ms, over 49 steps after the first\n"
        )
        assert steps.read_runner(text) == {"loss": 1.25, "milliseconds": 1.25, "planned": 350, "allocated": 351}
        with pytest.raises(ValueError, match="printed no milliseconds"):
            steps.read_runner(text.replace("time", "duration"))

    def test_rivals_that_do_not_fit(self):
        import rivals
        import torch

        model = rivals.Perceptron(24, 2, 5)
        with pytest.raises(ValueError, match="no rival 'nothing'"):
            rivals.Rival("nothing", model, torch.randn(40, 24), torch.zeros(40, dtype=torch.long), "float32")
        with pytest.raises(ValueError, match="as many rows as columns"):
            rivals.Rival("packed signs", model, torch.randn(24, 24), torch.zeros(24, dtype=torch.long), "float32")

    @pytest.mark.skipif(not EXECUTOR.exists(), reason="the executor is not built")
    def test_a_bundle_on_the_executor(self, tmp_path, monkeypatch):
        """Made and run as on a GPU, but for the driver: every kernel against PyTorch, and every step once."""
        out = tmp_path / "bundle"
        make = [sys.executable, str(FOLDER / "make_bundle.py"), "--build", str(BUILD), "--out", str(out)]
        make += ["--small", "--chips=sm_90a", "--images=nvvm"]
        made = subprocess.run(make, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr

        monkeypatch.setenv("AUXACT_CUDA_DRIVER", str(EXECUTOR))
        # The folder's own copy of the script, as it will run elsewhere.
        run = subprocess.run([sys.executable, str(out / "bench.py"), "--results", str(tmp_path)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        assert f"{len(list(kernels.all_kernels(small_only=True)))} kernels, 0 wrong." in run.stdout
        assert "PyTorch sees no GPU: nothing is timed." in run.stdout

        import steps
        from bundle import Bundle

        bundle = Bundle(out)
        found = {step["name"]: steps.ours(bundle, step, 6, tmp_path) for step in bundle.steps}
        assert set(found) == {"exact, float32", "sign, float32", "exact, bfloat16", "sign, bfloat16"}
        for figures in found.values():
            assert 1.5 < figures["loss"] < 3.5  # log(10), more or less
            assert figures["allocated"] == pytest.approx(figures["planned"], rel=0.01)
            assert figures["milliseconds"] > 0
        assert found["sign, float32"]["planned"] < found["exact, float32"]["planned"]

    @pytest.mark.skipif(not EXECUTOR.exists(), reason="the executor is not built")
    def test_a_wrong_kernel_is_found(self, tmp_path, monkeypatch):
        """The code of a sum where a relu was promised: the check names it, and its status tells."""
        import make_bundle

        chosen = [(d, text) for d, text in kernels.all_kernels(small_only=True) if d["name"] in ("add_relu_33_100", "add_relu_64_128")]
        wrong = [(d, text.replace("maximumf", "minimumf") if d["name"] == "add_relu_33_100" else text) for d, text in chosen]
        make_bundle.compile_kernels(BUILD / "bin/auxact-compile-kernels", "sm_90a", ["nvvm"], wrong, tmp_path)
        content = {"chips": ["sm_90a"], "runner": "", "kernels": [d for d, _ in wrong], "steps": []}
        (tmp_path / "bundle.json").write_text(json.dumps(content))
        monkeypatch.setenv("AUXACT_CUDA_DRIVER", str(EXECUTOR))
        command = [sys.executable, str(FOLDER / "bench.py"), str(tmp_path), "--parts=check", "--results", str(tmp_path)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 1
        assert "2 kernels, 1 wrong." in run.stdout
        assert "| add_relu_33_100 | r: relative error" in run.stdout
