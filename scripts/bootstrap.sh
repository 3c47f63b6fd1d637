#!/bin/sh
# Make .venv hold exactly what the lock says: `bootstrap.sh run` for the program, `dev` for tests and lints too.
# Needs only python3 (3.11 or newer) with its venv module. Does nothing when the lock has not changed.
set -eu
cd "$(dirname "$0")/.."
want=${1:-run}
venv=.venv

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

usable() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if usable "$candidate"; then
            python=$candidate
            return
        fi
    done
    fail "Fieldcue needs Python 3.11 or newer; found: $(python3 --version 2>&1 || true)." \
        "On Debian 12 and Ubuntu 24.04: apt-get install python3 python3-venv" \
        "If it has another name: make demo PYTHON=/path/to/python3"
}

make_venv() {
    # A venv that was interrupted, copied, or whose Python is gone, is made anew.
    if "$venv/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        return
    fi
    find_python
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "$python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"
    printf 'Making %s with %s\n' "$venv" "$("$python" --version)"
    "$python" -m venv --clear "$venv"
}

install() {
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input --no-build-isolation --use-pep517 "$@"
}

fingerprint() {
    # Of pyproject.toml only what is installed: what the lints are told changes nothing here.
    { cat requirements-build.lock "$1" && sed '/^\[tool\.pytest/,$d' pyproject.toml; } | cksum
    # An editable install holds this path: a checkout that was moved is installed again.
    pwd
}

case $want in
run) lock=requirements.lock ;;
dev) lock=requirements-dev.lock ;;
*) fail "usage: $0 run|dev" ;;
esac

make_venv
if [ -f "$venv/installed-$want" ] && [ "$(fingerprint "$lock")" = "$(cat "$venv/installed-$want")" ]; then
    exit 0
fi
printf 'Installing %s into %s\n' "$lock" "$venv"
# Without its mark an interrupted installation is begun again.
rm -f "$venv/installed-run" "$venv/installed-dev"
install --require-hashes -r requirements-build.lock
install --require-hashes -r "$lock"
install --no-deps -e .
fingerprint requirements.lock >"$venv/installed-run"
if [ "$want" = dev ]; then
    fingerprint "$lock" >"$venv/installed-dev"
fi
