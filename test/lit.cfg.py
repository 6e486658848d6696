"""lit configuration of the auxact test suite."""

import os

import lit.formats
from lit.llvm import llvm_config

config.name = "auxact"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.auxact_obj_root
config.environment["FILECHECK_OPTS"] = "--enable-var-scope"

llvm_config.use_default_substitutions()
llvm_config.add_tool_substitutions(
    ["aux-opt"], [config.auxact_tools_dir, config.llvm_tools_dir]
)
