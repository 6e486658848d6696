"""The folder that make_bundle.py writes: what is in it."""

import json
from pathlib import Path


class Bundle:
    """What make_bundle.py wrote."""

    def __init__(self, folder):
        self.folder = Path(folder)
        path = self.folder / "bundle.json"
        if not path.exists():
            raise FileNotFoundError(f"'{folder}' holds no bundle.json; `make bench-gpu-bundle` makes such a folder")
        described = json.loads(path.read_text())
        self.kernels, self.steps, self.chips = described["kernels"], described["steps"], described["chips"]
        self.runner = self.folder / described["runner"]

    def find(self, kind, precision, layer):
        """The kernel of one kind, for a timed layer (tokens, outputs, inputs)."""
        for description in self.kernels:
            if description["kind"] == kind and description["precision"] == precision and description.get("layer") == list(layer):
                return description
        raise KeyError(f"the bundle has no {kind} in {precision} for {layer}")
