#!/bin/sh
# The tests with the oldest versions that pyproject.toml allows, as the workflow runs
# them, in an environment that is thrown away:
#   tests/oldest.sh [what pytest is told]     default: all but the book and the browser
# PyTorch for CPU comes from its own index. Where that cannot be reached, name one that
# can be had:  TORCH=torch==2.13.0 tests/oldest.sh
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install --quiet -r tests/checks.txt
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
.venv/bin/uv venv --quiet --python "${PYTHON:-.venv/bin/python}" "$folder/env"
set -- "${@:-tests}"
if [ -n "${TORCH:-}" ]; then
  echo "$TORCH" > "$folder/torch"
  torch="--override $folder/torch"
else
  torch="--torch-backend cpu"
fi
# shellcheck disable=SC2086  # two words
.venv/bin/uv pip install --quiet --python "$folder/env/bin/python" \
  --resolution lowest-direct $torch '.[test]'
"$folder/env/bin/python" -m pytest --ignore tests/book --ignore tests/browser "$@"
