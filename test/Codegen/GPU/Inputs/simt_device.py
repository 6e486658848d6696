"""A CUDA device through its driver library: the SIMT executor's, in tests."""

import ctypes

import numpy as np

MAX_DYNAMIC_SHARED = 8


class DeviceError(Exception):
    """The driver's name of what went wrong, and the executor's report."""


class Device:
    """The first device of a driver library, with its primary context."""

    def __init__(self, path):
        self.driver = ctypes.CDLL(path)
        self.driver.auxactSimtLastReport.restype = ctypes.c_char_p
        self.generation = 0
        self._call("cuInit", 0)
        self._retain()

    def _call(self, name, *arguments):
        result = getattr(self.driver, name)(*arguments)
        if result:
            text = ctypes.c_char_p()
            self.driver.cuGetErrorName(result, ctypes.byref(text))
            raise DeviceError(f"{name}: {(text.value or b'?').decode()}: {self.driver.auxactSimtLastReport().decode()}")

    def _retain(self):
        context = ctypes.c_void_p()
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), 0)
        self._call("cuCtxSetCurrent", context)

    def reset(self):
        """A fresh context: what failed is forgotten, and everything that was allocated or loaded."""
        self._call("cuDevicePrimaryCtxRelease_v2", 0)
        self.generation += 1
        self._retain()

    def allocate(self, size):
        address = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(max(size, 1)))
        return address

    def free(self, address):
        self._call("cuMemFree_v2", address)

    def upload(self, address, array):
        array = np.ascontiguousarray(array)
        self._call("cuMemcpyHtoDAsync_v2", address, ctypes.c_void_p(array.ctypes.data), ctypes.c_size_t(array.nbytes), None)

    def download(self, array, address):
        values = np.empty(array.shape, array.dtype)
        self._call("cuMemcpyDtoHAsync_v2", ctypes.c_void_p(values.ctypes.data), address, ctypes.c_size_t(values.nbytes), None)
        array[...] = values

    def load(self, image):
        module = ctypes.c_void_p()
        self._call("cuModuleLoadDataEx", ctypes.byref(module), image, 0, None, None)
        return module

    def unload(self, module):
        self._call("cuModuleUnload", module)

    def function(self, module, name, shared_bytes):
        function = ctypes.c_void_p()
        self._call("cuModuleGetFunction", ctypes.byref(function), module, name.encode())
        self._call("cuFuncSetAttribute", function, MAX_DYNAMIC_SHARED, shared_bytes)
        return function

    def launch(self, function, blocks, threads, shared_bytes, addresses):
        parameters = (ctypes.c_void_p * len(addresses))(*[ctypes.addressof(address) for address in addresses])
        self._call("cuLaunchKernel", function, *blocks, *threads, shared_bytes, None, parameters, None)


class DeviceKernel:
    """A compiled kernel; calling it launches its grids, as calling a kernel for the host runs its tasks."""

    tasks = 1

    def __init__(self, device, symbol, image, grids, workspace_bytes, seconds):
        self.device, self.symbol, self.image, self.grids = device, symbol, image, grids
        self.workspace_bytes, self.seconds = workspace_bytes, seconds
        self._functions, self._generation = None, None

    def _load(self):
        if self._generation != self.device.generation:
            module = self.device.load(self.image)
            self._functions = [self.device.function(module, grid["function"], grid["shared_bytes"]) for grid in self.grids]
            self._generation = self.device.generation
        return self._functions

    def __call__(self, inputs, results, order=None):
        """Every array has an allocation of just its size; a result that is an input's array shares its memory."""
        functions = self._load()
        # By where they lie: those with the same start are one array.
        addresses = {}
        for array in [*inputs, *results]:
            if array.ctypes.data not in addresses:
                addresses[array.ctypes.data] = self.device.allocate(array.nbytes)
        for array in inputs:
            self.device.upload(addresses[array.ctypes.data], array)
        workspace = self.device.allocate(self.workspace_bytes)
        arguments = [*[addresses[array.ctypes.data] for array in [*inputs, *results]], workspace]
        for grid, function in zip(self.grids, functions):
            self.device.launch(function, grid["blocks"], grid["threads"], grid["shared_bytes"], arguments)
        for array in results:
            self.device.download(array, addresses[array.ctypes.data])
        for address in [*addresses.values(), workspace]:
            self.device.free(address)
