# conftest.py - limits and a kernel cache of its own for the whole suite
"""Loaded by pytest before any test."""

import os
import resource
import tempfile

# A pass that eats memory must fail its own test and leave the machine alone. PyTorch
# reserves more addresses than it uses, hence more than the 8 GB of the lit suite.
resource.setrlimit(resource.RLIMIT_AS, (16_000_000_000, resource.getrlimit(resource.RLIMIT_AS)[1]))

# Kernels that an earlier build of the compiler left must not be found.
_cache = tempfile.TemporaryDirectory(prefix="auxact-test-cache-")
os.environ["AUXACT_CACHE_DIR"] = _cache.name
