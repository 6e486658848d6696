# __init__.py - the public names of the package
"""auxact: an MLIR compiler for memory-efficient training with auxiliary activations.

A model of :mod:`auxact.nn`, or a ``.mlir`` file, becomes a compiled program whose memory is known before it
runs::

    import auxact as aa

    model = aa.nn.Sequential(aa.nn.Linear(784, 1024), aa.nn.ReLU(), aa.nn.Linear(1024, 10))
    prog = aa.compile(model, (x, y), loss="cross_entropy", optimizer=aa.optim.SGD(lr=0.05, momentum=0.9),
    rules=aa.rules.asa()) print(prog.memory_report())
    loss = prog.step(x, y)["loss"]
"""

from . import data, logs, models, nn, optim, rules, schedules
from ._device import DeviceArray
from .callbacks import Callback, Checkpoint, StopTraining
from .compiling import compile, load  # noqa: A004 - the public names
from .errors import (
    AuxActError,
    BundleError,
    CacheWarning,
    CheckpointWarning,
    CompileError,
    CopyWarning,
    DataError,
    DeviceError,
    DTypeError,
    InputError,
    NanLossError,
    ShapeError,
    TargetError,
)
from .fitting import History, fit
from .program import Program
from .report import LayerMemory, MemoryReport

__version__ = "0.1.0"

__all__ = [
    "AuxActError",
    "BundleError",
    "CacheWarning",
    "Callback",
    "Checkpoint",
    "CheckpointWarning",
    "CompileError",
    "CopyWarning",
    "DTypeError",
    "DataError",
    "DeviceArray",
    "DeviceError",
    "History",
    "InputError",
    "LayerMemory",
    "MemoryReport",
    "NanLossError",
    "Program",
    "ShapeError",
    "StopTraining",
    "TargetError",
    "__version__",
    "compile",
    "data",
    "fit",
    "load",
    "logs",
    "models",
    "nn",
    "optim",
    "rules",
    "schedules",
]
