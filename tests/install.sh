#!/bin/sh
# Build sdist and wheel, and try the wheel in a fresh environment of each Python given:
#   tests/install.sh [python3.11 python3.12 …]     default: every python3.N found
# It installs the dependencies' newest versions, torch too (as `pip install` would).
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet build
rm -rf dist
.venv/bin/python -m build --outdir dist . >/dev/null
wheel=$(ls "$PWD"/dist/*.whl)
[ $# -gt 0 ] || set -- $(for n in 11 12 13 14 15; do
  if "python3.$n" -c '' 2>/dev/null; then echo "python3.$n"; fi
done)
for python in "$@"; do
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  "$python" -m venv "$folder/env"
  "$folder/env/bin/python" -m pip install --quiet ${TORCH:+"$TORCH"} "$wheel"
  (
    cd "$folder"
    unset PYTHONPATH
    PATH="$folder/env/bin:$PATH"
    ddpm-lite --version
    ddpm-lite check '\bar\alpha_t = \alpha_t \bar\alpha_{t-1}'
    if ddpm-lite check '\bar\alpha_t = \bar\alpha_{t-1}' >/dev/null; then exit 1; fi
    ddpm-lite sample --count 4 --steps 2 --out four.png 2>/dev/null
    python -c 'from ddpm_lite.experiments import recorded; recorded("ladder")'
  )
  echo "$("$python" --version): the wheel works"
  rm -rf "$folder"
done
