# Shared by the findings (findings/README.md). A finding makes its folder $work, sources this, and installs
# what it pins; the folder is gone when it ends.
set -euo pipefail
trap 'rm -rf "$work"' EXIT

# install PACKAGE==VERSION...: unpacked under $work/site; nothing else on the machine changes.
install() {
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --target "$work/site" "$@"
  printf 'with %s\n' "$*"
}

# unpack PACKAGE=VERSION...: the same of Debian's packages.
unpack() {
  (cd "$work" && apt-get download --quiet=2 -o APT::Sandbox::User=root "$@" &&
    for package in *.deb; do dpkg -x "$package" site; done)
  printf 'with %s\n' "$*"
}

# tool NAME: the path of an installed program, made executable.
tool() {
  local path
  path=$(find "$work/site" -type f -path "*/bin/$1" | head -n 1)
  chmod +x "$path"
  printf '%s' "$path"
}

# expect WHAT EXPECTED GOT: the finding still holds in this point.
expect() {
  printf '  %s: %s\n' "$1" "$3"
  [ "$2" = "$3" ] || { printf 'changed: expected %s for %s, got %s\n' "$2" "$1" "$3" >&2; exit 1; }
}

# count PATTERN FILE: how often it occurs, 0 included.
count() { grep -oE "$1" "$2" | wc -l | tr -d ' '; }
