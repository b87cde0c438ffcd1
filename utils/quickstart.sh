#!/usr/bin/env bash
# From a clean clone to native code: installs what is missing, builds the tools, then compiles
# examples/nsa.mlir, runs it on this machine's CPU and checks it against the reference.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$FOVEA_ROOT"

step "Install what is missing" install_deps
step "Configure build/release" configure
step "Build the tools" build --target fovea-tools
step "Compile examples/nsa.mlir, run it on the CPU, verify" \
  build/release/bin/fovea-run examples/nsa.mlir --device=cpu --tokens=2048 --seed=1 --verify --time

say ""
say "Ready in $(elapsed 0). The tools are in build/release/bin; utils/check.sh runs the tests."
