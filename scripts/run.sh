#!/usr/bin/env bash
# Carries out one goal of the Makefile, step by step. Environment:
#   BUILD_DIR  build folder (default build)     JOBS  parallel jobs (default: cores)
#   PYTHON     the Python .venv is made from    ARGS  more arguments for demo, bench or pytest
#   CMAKE_ARGS more arguments for the first configuration of the build folder
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/setup.sh

BUILD_DIR=${BUILD_DIR:-build}
JOBS=${JOBS:-$(nproc)}
ARGS=${ARGS:-}

# A folder that was configured for another Python (by hand, say) is configured
# again, or the package would be built for an interpreter that the tests don't use.
configure() {
  step "configure ($BUILD_DIR)"
  local python=$PWD/$VENV_PYTHON
  if [ -f "$BUILD_DIR/build.ninja" ] && grep -qx "Python_EXECUTABLE:.*=$python" "$BUILD_DIR/CMakeCache.txt"; then
    note "already configured"
    return
  fi
  mkdir -p "$BUILD_DIR"
  cmake -G Ninja -S . -B "$BUILD_DIR" -DCMAKE_BUILD_TYPE=Release \
    -DPython3_EXECUTABLE="$python" -DPython_EXECUTABLE="$python" ${CMAKE_ARGS:-} >"$BUILD_DIR/configure.log" 2>&1 || {
    cat "$BUILD_DIR/configure.log" >&2
    rm -f "$BUILD_DIR/build.ninja"
    fail "CMake could not configure the build (its message is above)."
  }
}

build() {
  step "build (Release, $JOBS jobs${CCACHE_DISABLE:+, without ccache})"
  ninja -C "$BUILD_DIR" -j "$JOBS" "$@" || fail "the build failed (the compiler's message is above)."
}

# Tests import the package from the source tree and its extension module from the
# build folder.
python_tests() {
  step "Python tests${1:+ ($*)}"
  PYTHONPATH="$PWD/$BUILD_DIR/python" "$VENV_PYTHON" -m pytest -q test/python "$@" $ARGS || fail "a Python test failed (see above)."
}

cxx_files() { git ls-files --cached --others --exclude-standard '*.cpp' '*.h'; }

# What the gates found of every GPU kernel (docs/GPU.md says how to read it).
gate_tables() {
  local table
  for table in "$BUILD_DIR"/test/Codegen/GPU/Output/*.table; do
    if [ -f "$table" ]; then cat "$table"; fi
  done
}

format_check() {
  step "format of C++ (clang-format-22)"
  cxx_files | xargs -r clang-format-22 --dry-run -Werror || fail "C++ is not formatted; run \`make format\`."
  step "format and lint of Python (ruff)"
  "$VENV/bin/ruff" format --check . || fail "Python is not formatted; run \`make format\`."
  "$VENV/bin/ruff" check . || fail "ruff found a fault in Python (see above)."
  step "spelling, of names as well (codespell)"
  git ls-files | xargs "$VENV/bin/codespell" || fail "codespell found a misspelt word (see above)."
  git ls-files | tr '/_.-' '    ' | "$VENV/bin/codespell" - >/tmp/auxact-names.$$ || {
    cat /tmp/auxact-names.$$ >&2
    rm -f /tmp/auxact-names.$$
    fail "codespell found a misspelt file name (see above)."
  }
  rm -f /tmp/auxact-names.$$
  step "tests that test something, deprecated calls, stray marks"
  "$VENV_PYTHON" scripts/check_sources.py || fail "scripts/check_sources.py found a fault (see above)."
}

case ${1:-} in
  build)
    STEPS=2
    missing=$(missing_debian "${DEBIAN_BUILD[@]}" | tr '\n' ' ')
    [ -z "$missing" ] || fail "missing Debian packages: $missing(\`make check\` or \`bash scripts/setup.sh\` installs them)."
    configure
    build
    ;;
  check)
    STEPS=7
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    install_cuda
    configure
    build
    step "lit and unit tests"
    ninja -C "$BUILD_DIR" check-auxact || fail "a lit or unit test failed (see above)."
    python_tests
    gate_tables
    ;;
  check-quick)
    STEPS=6
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    install_cuda
    configure
    build
    step "quick lit and unit tests"
    ninja -C "$BUILD_DIR" check-auxact-quick || fail "a lit or unit test failed (see above)."
    ;;
  check-torch)
    STEPS=7
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    install_cuda
    install_torch
    configure
    build
    python_tests -m torch
    ;;
  demo)
    STEPS=5
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    configure
    build
    step "train the demo: exact, ASA and ARA"
    PYTHONPATH="$PWD/$BUILD_DIR/python" "$VENV_PYTHON" examples/digits.py $ARGS || fail "the demo failed (see above)."
    ;;
  readme)
    STEPS=5
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    configure
    build
    step "run the demo and update README.md"
    PYTHONPATH="$PWD/$BUILD_DIR/python" "$VENV_PYTHON" scripts/update_readme.py $ARGS || fail "README.md could not be updated (see above)."
    ;;
  bench)
    STEPS=5
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}" "${DEBIAN_BENCH[@]}"
    install_python
    configure
    build
    step "benchmarks"
    PYTHONPATH="$PWD/$BUILD_DIR/python" "$VENV_PYTHON" benchmarks/linear.py $ARGS || fail "a benchmark failed (see above)."
    ;;
  bench-gpu-bundle)
    STEPS=6
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    install_cuda
    configure
    build
    step "kernels and training steps for GPUs"
    PYTHONPATH="$PWD/$BUILD_DIR/python" "$VENV_PYTHON" benchmarks/gpu/make_bundle.py --build "$BUILD_DIR" --out "$BUILD_DIR/bench-gpu" $ARGS || fail "the bundle could not be made (see above)."
    ;;
  docs)
    STEPS=3
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    configure
    step "op and pass pages"
    ninja -C "$BUILD_DIR" auxact-doc || fail "the pages could not be generated (see above)."
    ;;
  check-docs)
    STEPS=3
    install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
    configure
    step "are the op and pass pages current?"
    ninja -C "$BUILD_DIR" check-auxact-doc || fail "docs/ is not current; run \`make docs\` and commit."
    ;;
  format)
    STEPS=4
    install_debian "${DEBIAN_FORMAT[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    step "format C++ (clang-format-22)"
    cxx_files | xargs -r clang-format-22 -i
    step "format Python (ruff)"
    "$VENV/bin/ruff" format -q . && "$VENV/bin/ruff" check -q --fix .
    ;;
  check-format)
    STEPS=6
    install_debian "${DEBIAN_FORMAT[@]}" "${DEBIAN_PYTHON[@]}"
    install_python
    format_check
    ;;
  *) fail "unknown goal '${1:-}'; \`make help\` lists them." ;;
esac
