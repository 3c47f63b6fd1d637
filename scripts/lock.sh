#!/bin/sh
# Exact versions with hashes for every platform and Python, without the address of any package index,
# so that the locks hold wherever the packages come from.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-uv}

compile() {
    "$uv" pip compile -q --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links "$@"
}

compile --group build -o requirements-build.lock "$@"
compile pyproject.toml -c requirements-build.lock -o requirements.lock "$@"
compile pyproject.toml --group dev -c requirements-build.lock -c requirements.lock -o requirements-dev.lock "$@"
