#!/bin/sh
# The tests drive a real Chromium and look at Chinese: install both where they are missing and we may.
set -eu

has_browser() {
    [ -n "${FIELDCUE_CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1 ||
        command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

has_chinese() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-tw family 2>/dev/null)" ]
}

if has_browser && has_chinese; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium and Chinese fonts"
    export DEBIAN_FRONTEND=noninteractive
    # A stale package list offers versions that are no longer there.
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
    exit 0
fi
cat >&2 <<'MESSAGE'
The tests need Chromium and a font with Chinese glyphs, and cannot install them without root.
  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install chromium fonts-noto-cjk
  elsewhere:       any Chromium or Chrome, named by FIELDCUE_CHROMIUM=/path/to/it, and Noto Sans CJK
MESSAGE
exit 1
