#!/usr/bin/env bash
# Set everything up and run the main job on a generated clip. Arguments go to `poseloom demo`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./setup.sh
exec .venv/bin/poseloom demo "$@"
