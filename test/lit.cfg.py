"""How the lit suite is found and run; the paths come from lit.site.cfg.py."""

import os
import resource
import shutil
import subprocess

import lit.formats
from lit.llvm import llvm_config
from lit.llvm.subst import ToolSubst

config.name = "auxact"
config.test_format = lit.formats.ShTest(not llvm_config.use_lit_shell)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit", "lib", "python", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.auxact_obj_root, "test")

llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_environment("FILECHECK_OPTS", "--enable-var-scope")
# Kernels that one test compiles must not be found by another run of the suite.
llvm_config.with_environment("AUXACT_CACHE_DIR", os.path.join(config.test_exec_root, "cache"))
llvm_config.with_environment("OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "2"))

# Where a CUDA toolkit may be: named by the user, or installed beside the tests'
# interpreter from PyPI.
llvm_config.with_system_environment(["CUDA_HOME", "VIRTUAL_ENV"])
config.environment.setdefault("VIRTUAL_ENV", os.path.dirname(os.path.dirname(config.python)))

llvm_config.use_default_substitutions()
# Before lit's own, which is the interpreter that runs lit.
config.substitutions.insert(0, ("%python", f'"{config.python}"'))
config.substitutions.append(("%models", os.path.join(config.test_source_root, "Inputs")))
llvm_config.add_tool_substitutions(
    [ToolSubst(tool, unresolved="ignore") for tool in os.listdir(config.auxact_tools_dir)],
    [config.auxact_tools_dir],
)

# A pattern set that does not terminate, or a pass that eats memory, must fail its
# own test and leave the machine alone: every process that a test starts inherits
# these limits, and lit ends a test that only waits.
resource.setrlimit(resource.RLIMIT_AS, (8_000_000_000, 8_000_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (240, 240))
try:
    import psutil  # noqa: F401  (lit needs it to end a test with all its children)

    lit_config.maxIndividualTestTime = 400
except ImportError:
    lit_config.note("no psutil: tests that wait for ever are not ended")


def has_python_module(name):
    probe = subprocess.run([config.python, "-c", f"import {name}"], capture_output=True, check=False)
    return probe.returncode == 0


# What the machine offers, for REQUIRES lines. Found by looking, never assumed.
if os.path.exists("/proc/cpuinfo"):
    with open("/proc/cpuinfo") as cpuinfo:
        flags = cpuinfo.read().split()
    if {"avx2", "fma"} <= set(flags):
        config.available_features.add("avx2")
    if {"avx512f", "avx512bw", "avx512vl", "avx512dq"} <= set(flags):
        config.available_features.add("avx512")
if shutil.which("ld.lld", path=os.pathsep.join([config.llvm_tools_dir, os.environ.get("PATH", "")])):
    config.available_features.add("lld")

run_bundle = os.path.join(config.auxact_tools_dir, "auxact-run-bundle")
if os.path.exists(run_bundle):
    config.available_features.add("run-bundle")
    config.substitutions.append(("%run_bundle", run_bundle))


def has_ptxas():
    """By the compiler's own rules, so that tests and product use the same one."""
    tool = os.path.join(config.auxact_tools_dir, "auxact-check-cubins")
    found = subprocess.run([tool, "--find-toolkit"], env=config.environment, capture_output=True, text=True, check=False).stdout
    return "ptxas /" in found and "libdevice /" in found


# The driver library that runs GPU kernels on the CPU is not built everywhere.
simt_driver = os.path.join(config.auxact_obj_root, "lib", "libauxact-simt-cuda.so")
if os.path.exists(simt_driver):
    config.available_features.add("simt")
    config.substitutions.append(("%simt_driver", simt_driver))
if has_ptxas():
    config.available_features.add("ptxas")
if has_python_module("numpy"):
    config.available_features.add("numpy")
