# Installs what a bare Debian 12 machine lacks: Debian packages and a Python
# environment in .venv. Sourced by scripts/run.sh; can be run alone as well.
# Everything here is idempotent and quick when nothing is missing.

# Debian packages that the goals need, as "package" or "package:command". With a
# command, any program of that name on PATH will do (a newer cmake from PyPI, say).
DEBIAN_BUILD=(
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools libomp-22-dev lld-22
  nlohmann-json3-dev libgtest-dev zlib1g-dev
  g++:g++ cmake:cmake ninja-build:ninja ccache:ccache git:git
)
DEBIAN_PYTHON=(python3:python3 python3-venv python3-dev)
DEBIAN_FORMAT=(clang-format-22:clang-format-22)
DEBIAN_BENCH=(libdnnl-dev)

# The one version of PyTorch that the comparisons are made with.
TORCH_VERSION=2.13.0

STEP=0
STEPS=1
step() { STEP=$((STEP + 1)); printf '[%d/%d] %s\n' "$STEP" "$STEPS" "$*"; }
note() { printf '      %s\n' "$*"; }
fail() { printf 'auxact: %s\n' "$*" >&2; exit 1; }

# Prints the packages among the arguments that are not installed.
missing_debian() {
  local entry package command
  for entry in "$@"; do
    package=${entry%%:*}
    command=${entry#"$package"}
    command=${command#:}
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
    # A Python that is not Debian's brings its own headers and venv module.
    case $package in
      python3-venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' >/dev/null 2>&1 && continue ;;
      python3-dev) "${PYTHON:-python3}" -c 'import os, sysconfig as s; raise SystemExit(not os.path.exists(s.get_path("include") + "/Python.h"))' >/dev/null 2>&1 && continue ;;
    esac
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ]; then continue; fi
    printf '%s\n' "$package"
  done
}

install_debian() {
  step "Debian packages"
  command -v dpkg-query >/dev/null 2>&1 ||
    fail "this machine has no dpkg; install MLIR 22.1 by hand and build with cmake (README, \"Without make\")."
  local missing
  mapfile -t missing < <(missing_debian "$@")
  if [ ${#missing[@]} -eq 0 ]; then
    note "all there"
    return
  fi
  note "missing: ${missing[*]}"
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 ||
      fail "missing Debian packages, and neither root nor sudo to install them: run \`apt-get install ${missing[*]}\` as root."
    sudo=(sudo)
  fi
  # A third-party source that cannot be reached makes `update` fail without harm;
  # whether the packages can be had is asked below.
  "${sudo[@]}" apt-get update -qq >/dev/null 2>&1 || note "apt-get update reported an error; going on with the lists that are here"
  local package
  for package in "${missing[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 ||
      fail "Debian package $package is not offered here; auxact needs Debian 12's archives 'bookworm' and 'bookworm-security' in apt's sources."
  done
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "${missing[@]}" >/dev/null ||
    fail "apt-get could not install ${missing[*]} (its message is above)."
  note "installed ${#missing[@]} package(s)"
}

VENV=.venv
VENV_PYTHON=$VENV/bin/python

install_python() {
  step "Python packages in $VENV"
  local python=${PYTHON:-python3}
  "$python" -c 'import sys; raise SystemExit(sys.version_info < (3, 10))' 2>/dev/null ||
    fail "auxact needs Python 3.10 or newer as $python; install python3 or set PYTHON."
  if ! "$VENV_PYTHON" -c 'import pip' >/dev/null 2>&1; then
    rm -rf "$VENV"
    "$python" -m venv "$VENV" || fail "$python cannot make a virtual environment; install python3-venv."
  fi
  # The stamp names what was installed; any change of the list installs again.
  local stamp=$VENV/.auxact-requirements
  if cmp -s python/requirements-dev.txt "$stamp"; then
    note "all there"
    return
  fi
  "$VENV_PYTHON" -m pip install -qq --disable-pip-version-check -r python/requirements-dev.txt ||
    fail "pip could not install python/requirements-dev.txt (its message is above)."
  cp python/requirements-dev.txt "$stamp"
  note "installed what python/requirements-dev.txt lists"
}

# ptxas and libdevice, unless the machine has them where the compiler looks before
# .venv or instead of it (docs/GPU.md). Tests run as in the activated environment,
# which is how the compiler comes to know of .venv.
install_cuda() {
  step "ptxas and libdevice of the CUDA toolkit"
  export VIRTUAL_ENV=$PWD/$VENV
  local folder program= library= packages
  for folder in "${CUDA_HOME:-/usr/local/cuda}" /usr/local/cuda; do
    [ -x "$folder/bin/ptxas" ] && program=$folder/bin/ptxas
    [ -e "$folder/nvvm/libdevice/libdevice.10.bc" ] && library=$folder
  done
  [ -n "$program" ] || program=$(command -v ptxas || true)
  if [ -n "$program" ] && [ -n "$library" ]; then
    note "the machine's: $program"
    return
  fi
  packages=$("$VENV_PYTHON" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nvidia/cu13
  if [ -x "$packages/bin/ptxas" ] && [ -e "$packages/nvvm/libdevice/libdevice.10.bc" ]; then
    note "all there"
    return
  fi
  "$VENV_PYTHON" -m pip install -qq --disable-pip-version-check -r python/requirements-cuda.txt ||
    fail "pip could not install python/requirements-cuda.txt (its message is above)."
  note "installed what python/requirements-cuda.txt lists"
}

# A CPU build of PyTorch. The local version "+cpu" is what CPU-only wheels are
# called: pip finds it wherever it is configured with a place that has them, and it
# never drags in CUDA. Elsewhere PyPI's own build is taken, which on x86-64 brings
# several gigabytes of CUDA libraries along; AUXACT_TORCH names another to install.
install_torch() {
  step "PyTorch $TORCH_VERSION (CPU) in $VENV"
  local pip=("$VENV_PYTHON" -m pip install -qq --disable-pip-version-check)
  if "$VENV_PYTHON" -c "import torch; raise SystemExit(torch.__version__.split('+')[0] != '$TORCH_VERSION')" >/dev/null 2>&1; then
    note "all there"
    return
  fi
  if [ -n "${AUXACT_TORCH:-}" ]; then
    "${pip[@]}" "$AUXACT_TORCH" || fail "pip could not install AUXACT_TORCH=$AUXACT_TORCH."
  elif "${pip[@]}" "torch==$TORCH_VERSION+cpu" 2>/dev/null; then
    :
  else
    note "pip knows no CPU build; taking PyPI's, which may bring several GB of CUDA (AUXACT_TORCH=<wheel> avoids that)"
    "${pip[@]}" "torch==$TORCH_VERSION" || fail "pip could not install torch $TORCH_VERSION (its message is above)."
  fi
  note "installed $("$VENV_PYTHON" -c 'import torch; print(torch.__version__)')"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  cd "$(dirname "$0")/.."
  STEPS=2
  install_debian "${DEBIAN_BUILD[@]}" "${DEBIAN_PYTHON[@]}"
  install_python
fi
