#!/usr/bin/env bash
# Draws the plots under docs/plots again, from the raw data that docs/plots/plots.json names; with --check,
# into a temporary folder, and says whether those of docs/plots are the same. Needs Python with pip and a package
# index: what draws is installed into a temporary folder, in the versions below, so that unchanged data give
# unchanged files.
#
#   utils/plots.sh [--check]
case "${1-}" in
  '' | --check) ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
work=$(mktemp -d)
. "$(dirname "${BASH_SOURCE[0]}")/finding.sh"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
install matplotlib==3.11.2 contourpy==1.3.3 cycler==0.12.1 fonttools==4.68.0 kiwisolver==1.5.1 numpy==2.4.6 \
  packaging==26.4 pillow==13.0.0 pyparsing==3.3.3 python-dateutil==4.0.0
draw() { MPLCONFIGDIR=$work PYTHONPATH=$work/site python3 "$root/benchmarks/plots.py" "$@"; }
if [ "${1-}" = --check ]; then
  draw --out "$work/plots"
  diff -rq --exclude=plots.json "$work/plots" "$root/docs/plots"
else
  draw
fi
