"""The CUDA driver through ctypes: memory, kernels of a bundle, graphs, events.

Only functions that auxact's runtime calls as well, so that a library which stands in for a driver serves both.
AUXACT_CUDA_DRIVER names such a library; otherwise libcuda.so.1 is opened.
"""

import ctypes
import os

_POINTER = ctypes.c_void_p
_ADDRESS = ctypes.c_uint64
_MAJOR, _MINOR = 75, 76  # attributes: compute capability
_DYNAMIC_SHARED = 8  # attribute of a function: largest dynamic shared memory


class DriverError(RuntimeError):
    """A call of the driver failed, or there is no driver; the text is one sentence."""


class Driver:
    """One device, its primary context (the one that PyTorch uses) and a stream of its own."""

    def __init__(self, index=0):
        path = os.environ.get("AUXACT_CUDA_DRIVER") or "libcuda.so.1"
        try:
            self._library = ctypes.CDLL(path)
        except OSError as error:
            raise DriverError(f"no CUDA driver ({error})") from error
        self._call("cuInit", 0)
        count = ctypes.c_int()
        self._call("cuDeviceGetCount", ctypes.byref(count))
        if index >= count.value:
            raise DriverError(f"no GPU number {index}: the driver knows {count.value}")
        device = ctypes.c_int()
        self._call("cuDeviceGet", ctypes.byref(device), index)
        name = ctypes.create_string_buffer(256)
        self._call("cuDeviceGetName", name, 256, device)
        self.name = name.value.decode()
        self.capability = tuple(self._attribute(a, device) for a in (_MAJOR, _MINOR))
        version = ctypes.c_int()
        self._call("cuDriverGetVersion", ctypes.byref(version))
        self.version = f"{version.value // 1000}.{version.value % 1000 // 10}"
        context = _POINTER()
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._call("cuCtxSetCurrent", context)
        self.stream = _POINTER()
        self._call("cuStreamCreate", ctypes.byref(self.stream), 1)

    def _attribute(self, attribute, device):
        value = ctypes.c_int()
        self._call("cuDeviceGetAttribute", ctypes.byref(value), attribute, device)
        return value.value

    def _call(self, name, *arguments):
        result = getattr(self._library, name)(*arguments)
        if result:
            text = ctypes.c_char_p()
            self._library.cuGetErrorName(result, ctypes.byref(text))
            raise DriverError(f"{name}: {(text.value or b'unknown error').decode()} ({result})")

    def chips(self, available):
        """Those of the names "sm_80", "sm_90a", … whose code may run here, the nearest first."""
        own = self.capability[0] * 10 + self.capability[1]
        fitting = {name: int(name.strip("sm_a")) for name in available}
        # With an "a": for this very capability. Without: also for later ones, by way of its PTX.
        fitting = {name: number for name, number in fitting.items() if number == own or (number < own and not name.endswith("a"))}
        return sorted(fitting, key=fitting.get, reverse=True)

    def allocate(self, size):
        address = _ADDRESS()
        self._call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(max(size, 1)))
        return address.value

    def free(self, address):
        self._call("cuMemFree_v2", _ADDRESS(address))

    def fill(self, address, size, byte):
        self._call("cuMemsetD8Async", _ADDRESS(address), ctypes.c_ubyte(byte), ctypes.c_size_t(size), self.stream)

    def upload(self, address, host, size):
        self._call("cuMemcpyHtoDAsync_v2", _ADDRESS(address), _POINTER(host), ctypes.c_size_t(size), self.stream)
        self.synchronize()

    def download(self, host, address, size):
        self._call("cuMemcpyDtoHAsync_v2", _POINTER(host), _ADDRESS(address), ctypes.c_size_t(size), self.stream)
        self.synchronize()

    def copy(self, to, source, size):
        self._call("cuMemcpyDtoDAsync_v2", _ADDRESS(to), _ADDRESS(source), ctypes.c_size_t(size), self.stream)

    def synchronize(self):
        self._call("cuStreamSynchronize", self.stream)

    def load(self, images, grids):
        """The functions of `grids` out of the first image that the driver takes, ready for launch()."""
        module, refusals = _POINTER(), []
        for image in images:
            try:
                self._call("cuModuleLoadDataEx", ctypes.byref(module), ctypes.c_char_p(image), 0, None, None)
                break
            except DriverError as error:
                refusals.append(str(error))
        else:
            raise DriverError("the driver takes none of the kernel's images: " + ", ".join(refusals))
        functions = []
        for grid in grids:
            function = _POINTER()
            self._call("cuModuleGetFunction", ctypes.byref(function), module, grid["function"].encode())
            if grid["shared_bytes"] > 48 * 1024:
                self._call("cuFuncSetAttribute", function, _DYNAMIC_SHARED, grid["shared_bytes"])
            functions.append(function)
        return functions

    def launch(self, functions, grids, addresses):
        """Enqueues the grids of a kernel one after another; all get the same pointers."""
        values = [_ADDRESS(address) for address in addresses]
        parameters = (_POINTER * len(values))(*[ctypes.addressof(value) for value in values])
        for function, grid in zip(functions, grids, strict=True):
            self._call("cuLaunchKernel", function, *grid["blocks"], *grid["threads"], grid["shared_bytes"], self.stream, parameters, None)

    def capture(self, enqueue):
        """What `enqueue` puts on the stream, as a function that replays it."""
        self._call("cuStreamBeginCapture_v2", self.stream, 1)
        graph, instance = _POINTER(), _POINTER()
        try:
            enqueue()
        finally:
            self._call("cuStreamEndCapture", self.stream, ctypes.byref(graph))
        self._call("cuGraphInstantiateWithFlags", ctypes.byref(instance), graph, ctypes.c_ulonglong(0))
        self._call("cuGraphDestroy", graph)
        return lambda: self._call("cuGraphLaunch", instance, self.stream)

    def seconds(self, enqueue):
        """Time on the device of what `enqueue` puts on the stream."""
        events = []
        for _ in range(2):
            event = _POINTER()
            self._call("cuEventCreate", ctypes.byref(event), 0)
            events.append(event)
        self._call("cuEventRecord", events[0], self.stream)
        enqueue()
        self._call("cuEventRecord", events[1], self.stream)
        self._call("cuEventSynchronize", events[1])
        milliseconds = ctypes.c_float()
        self._call("cuEventElapsedTime", ctypes.byref(milliseconds), *events)
        for event in events:
            self._call("cuEventDestroy_v2", event)
        return milliseconds.value / 1e3
