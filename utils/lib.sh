# Shared by the scripts in utils/: where the repository is, and how a step reports itself.
# Source it: . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FOVEA_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }

# fail MESSAGE...: one line per argument on stderr, then exit.
fail() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

# elapsed SINCE: seconds since then, as 8 s or 2 min 05 s.
elapsed() {
  local seconds=$((SECONDS - $1))
  if ((seconds < 60)); then
    printf '%d s' "$seconds"
  else
    printf '%d min %02d s' $((seconds / 60)) $((seconds % 60))
  fi
}

# step HEADLINE COMMAND...: says what runs, runs it, says how long it took.
step() {
  local headline=$1 since=$SECONDS status=0
  shift
  printf '\n==> %s\n' "$headline"
  "$@" || status=$?
  if ((status)); then
    printf '==> %s: failed after %s (exit %d)\n' "$headline" "$(elapsed "$since")" "$status" >&2
    exit "$status"
  fi
  printf '    %s: done in %s\n' "$headline" "$(elapsed "$since")"
}

# The steps that quickstart.sh and check.sh have in common.
install_deps() { "$FOVEA_ROOT/utils/install-deps.sh"; }
configure() { cmake --preset release; }
# build [CMAKE ARGUMENTS...]: with every core.
build() { cmake --build --preset release --parallel "$(nproc)" "$@"; }
