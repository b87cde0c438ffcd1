#!/usr/bin/env bash
# Installs what Fovea builds and tests with, on Debian and Ubuntu. Asks apt only for what
# is missing: where nothing is, it changes nothing and needs no root.
#
#   utils/install-deps.sh          to build, test and use Fovea
#   utils/install-deps.sh --dev    also what .pre-commit-config.yaml runs
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

LLVM=22
packages=(
  git cmake ninja-build g++ ccache
  python3 python3-numpy                       # tests; numpy is also an independent reference
  libgtest-dev                                # unit tests
  llvm-$LLVM-dev libmlir-$LLVM-dev            # the compiler framework
  llvm-$LLVM-tools mlir-$LLVM-tools           # mlir-tblgen; lit, FileCheck
  libomp-$LLVM-dev                            # the parallel runtime that kernels call
  clang-format-$LLVM                          # the test `style`
)
# Without it all works, but that lit does not end a test that hangs.
WISHED=python3-psutil
case "${1:-}" in
  "") ;;
  --dev) packages+=(clang-tidy pre-commit) ;;
  *) fail "expected no argument or --dev, got $1" ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  fail "expected Debian or Ubuntu (apt-get), found neither. Install these by your own means:" \
    "CMake >= 3.21, Ninja, a C++17 compiler, Python 3 with NumPy, GoogleTest," \
    "LLVM and MLIR $LLVM with their tools (lit, FileCheck) as shared libraries, LLVM's OpenMP runtime;" \
    "then build with: cmake --preset release -DMLIR_DIR=<prefix>/lib/cmake/mlir && cmake --build --preset release"
fi

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done
if ((${#missing[@]} == 0)) && { installed "$WISHED" || [ "$(id -u)" -ne 0 ]; }; then
  say "nothing to install: all ${#packages[@]} packages are present"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null ||
    fail "expected root or sudo to install packages, found neither. As root, run:" \
      "apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi

say "installing with apt: ${missing[*]:-$WISHED}"
"${as_root[@]}" apt-get update -qq || say "apt-get update reported errors; continuing with the lists at hand"
for package in "${missing[@]}"; do
  apt-cache show "$package" >/dev/null 2>&1 ||
    fail "expected a package $package in apt's sources, found none." \
      "Debian 12 has LLVM $LLVM in bookworm-security; elsewhere, add https://apt.llvm.org for LLVM $LLVM."
done
apt_install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
if ((${#missing[@]})); then
  say "downloading and unpacking, about 400 MB from a bare system; this takes a minute or more"
  apt_install "${missing[@]}"
  say "installed ${#missing[@]} packages"
fi
installed "$WISHED" || apt_install "$WISHED" 2>/dev/null ||
  say "going on without $WISHED, which could not be installed"
