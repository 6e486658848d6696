"""Kernels of the bundle on a device: loaded, given arguments, run, compared."""

from pathlib import Path

import references
import torch


class BundledKernel:
    """One kernel with its arguments in device memory."""

    def __init__(self, driver, folder, description, chip):
        self.description, self._driver = description, driver
        code = description["code"][chip]
        self._grids = code["grids"]
        images = [(Path(folder) / path).read_bytes() + (b"\0" if path.endswith(".ptx") else b"") for path in code["images"].values()]
        self._functions = driver.load(images, self._grids)
        self._values = references.arguments_of(description)
        self._arguments = {}
        for name, value in self._values.items():
            self._arguments[name] = driver.allocate(value.nbytes)
        in_place = description.get("in_place", {})
        self._results, self._owned = [], list(self._arguments.values())
        for number, result in enumerate(description["results"]):
            if str(number) in in_place:
                self._results.append(self._arguments[in_place[str(number)]])
                continue
            address = driver.allocate(self._empty(result).nbytes)
            self._results.append(address)
            self._owned.append(address)
        workspace = code["workspace_bytes"]
        self._workspace = driver.allocate(workspace)
        self._owned.append(self._workspace)
        driver.fill(self._workspace, workspace, 0xFF)  # NaN, should anything read it before it is written
        self.upload()

    @staticmethod
    def _empty(value):
        return torch.empty(value["shape"], dtype=references.DTYPES[value["dtype"]])

    def upload(self):
        """Fresh arguments: a kernel may overwrite its own."""
        for name, value in self._values.items():
            self._driver.upload(self._arguments[name], value.data_ptr(), value.nbytes)

    def enqueue(self):
        self._driver.launch(self._functions, self._grids, [*self._arguments.values(), *self._results, self._workspace])

    def results(self):
        arrays = []
        for result, address in zip(self.description["results"], self._results, strict=True):
            array = self._empty(result)
            self._driver.download(array.data_ptr(), address, array.nbytes)
            arrays.append(array)
        return arrays

    def faults(self, device="cpu"):
        """Runs once; what is wrong with the results, in words. The reference is computed on `device`."""
        self.upload()
        self.enqueue()
        got = self.results()
        wanted = references.expected(self.description, {name: value.to(device) for name, value in self._values.items()})
        found = []
        for number, (ours, theirs) in enumerate(zip(got, wanted, strict=True)):
            if fault := references.fault(self.description, number, ours.to(device), theirs):
                found.append(f"{self.description['results'][number]['name']}: {fault}")
        return found

    def free(self):
        for address in self._owned:
            self._driver.free(address)
