#!/usr/bin/env bash
# Make .venv with poseloom and everything it needs (or bring it up to date). Needs Python 3.11+ and a package registry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.11 python3.12 python3.13; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "setup: expected Python 3.11 or newer on the PATH (or PYTHON=/path/to/python), found none" >&2
  return 1
}

wanted=$(cat pyproject.toml constraints.txt | sha256sum)
if [ "$(cat .venv/.poseloom 2>/dev/null)" != "$wanted" ]; then
  python=$(find_python)
  echo "setup: installing poseloom into .venv (a few minutes the first time)"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
  echo "$wanted" >.venv/.poseloom
fi
