"""Makes the folder that bench.py runs from: kernels, training steps, the runner, and the scripts.

    PYTHONPATH=build/python benchmarks/gpu/make_bundle.py --build build --out build/bench-gpu

Needs no GPU. Kernels are compiled one by one for every chip; steps are bundles for all chips at once.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import kernels

CHIPS = ("sm_80", "sm_89", "sm_90a")
SCRIPTS = ("bench.py", "bundle.py", "bundled.py", "driver.py", "references.py", "report.py", "rivals.py", "steps.py", "timing.py")
RUNNER = "auxact-run-bundle"

# The perceptron of the steps. No momentum: the bundles hold the state, and would be
# twice as large.
MODEL = {"width": 2048, "layers": 6, "classes": 512, "batch": 8192, "rate": 0.01, "momentum": 0.0}
SMALL_MODEL = {"width": 96, "layers": 3, "classes": 10, "batch": 64, "rate": 0.01, "momentum": 0.0}


def compile_kernels(compiler, chip, images, chosen, out):
    """Compiles kernels for a chip and adds to each description where its code lies."""
    folder = out / "kernels" / chip
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as made:
        command = [str(compiler), f"--target=cuda:{chip}", f"--images={','.join(images)}", "-o", made]
        run = subprocess.run(command, input="".join(text for _, text in chosen), text=True, capture_output=True, check=False)
        if run.returncode:
            raise SystemExit(f"make_bundle.py: {chip}: {run.stderr.strip()}")
        described = json.loads(Path(made, "kernels.json").read_text())
        for description, _ in chosen:
            name = description["name"]
            found = {}
            for image in images:
                path = Path(made, f"{name}.{image}")
                if path.exists():  # no cubin where there is no ptxas
                    shutil.move(path, folder / path.name)
                    found[image] = f"kernels/{chip}/{path.name}"
            code = {"grids": described[name]["grids"], "workspace_bytes": described[name]["workspace_bytes"], "images": found}
            description.setdefault("code", {})[chip] = code


def make_steps(model, chips, images, out):
    """A bundle for each rule and precision; returns their descriptions."""
    import numpy as np

    import auxact as aa

    (out / "steps").mkdir()
    x = np.zeros((model["batch"], model["width"]), np.float32)
    y = np.zeros(model["batch"], np.int32)
    first, *others = [f"cuda:{chip}" for chip in chips]
    described = []
    for precision in ("float32", "bfloat16"):
        for name, rules in (("exact", aa.rules.exact()), ("sign", aa.rules.asa())):
            layers = []
            for _ in range(model["layers"] - 1):
                layers += [aa.nn.Linear(model["width"], model["width"]), aa.nn.ReLU()]
            network = aa.nn.Sequential(*layers, aa.nn.Linear(model["width"], model["classes"]))
            options = {"loss": "cross_entropy", "optimizer": aa.optim.SGD(lr=model["rate"]), "rules": rules}
            program = aa.compile(network, (x, y), target=first, images=images, precision=precision, **options)
            file = f"steps/{name}-{precision}.auxact"
            program.save(out / file, targets=others)
            inputs = [spec["name"] for spec in program._spec("step", model["batch"])["inputs"]]
            described.append({"name": f"{name}, {precision}", "file": file, "inputs": inputs, "rule": name, "precision": precision, **model})
    return described


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build")
    parser.add_argument("--out", default="build/bench-gpu", help="folder to make; one that is there is replaced")
    parser.add_argument("--chips", default=",".join(CHIPS))
    parser.add_argument("--images", default="cubin,ptx", help="forms of code, the first that a driver takes is run")
    parser.add_argument("--small", action="store_true", help="small kernels and steps only, for tests")
    options = parser.parse_args()
    out, tools = Path(options.out), Path(options.build) / "bin"
    chips, images = options.chips.split(","), options.images.split(",")
    if out.exists():
        if not (out / "bundle.json").exists():
            raise SystemExit(f"make_bundle.py: '{out}' is there and holds no bundle; name another folder")
        shutil.rmtree(out)
    out.mkdir(parents=True)
    chosen = list(kernels.all_kernels(options.small))
    for chip in chips:
        compile_kernels(tools / "auxact-compile-kernels", chip, images, chosen, out)
        print(f"{len(chosen)} kernels for {chip}")
    steps = make_steps(SMALL_MODEL if options.small else MODEL, chips, images, out)
    print(f"{len(steps)} training steps for {', '.join(chips)}")
    shutil.copy2(tools / RUNNER, out / RUNNER)
    for script in SCRIPTS:
        shutil.copy2(Path(__file__).parent / script, out / script)
    content = {"chips": chips, "runner": RUNNER, "kernels": [description for description, _ in chosen], "steps": steps}
    (out / "bundle.json").write_text(json.dumps(content, indent=1) + "\n")
    print(f"made {out}: copy it to a machine with a GPU, and run python3 bench.py there")


if __name__ == "__main__":
    main()
