#!/bin/sh
# The tests drive a real Chromium, WebKit and Firefox, look at Chinese, and have the browser trust a certificate: install
# what that needs, where it is missing and we may.
set -eu

has_browser() {
    [ -n "${FIELDCUE_CHROMIUM:-}" ] || command -v chromium >/dev/null 2>&1 ||
        command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

# The tests are a sixth lighter in Chromium's shell without windows; not every distribution has it, and none needs it.
shell=chromium-headless-shell

could_have_shell() {
    [ -z "${FIELDCUE_CHROMIUM:-}" ] && ! command -v $shell >/dev/null 2>&1 && apt-cache show $shell >/dev/null 2>&1
}

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

has_webkit() {
    command -v WebKitWebDriver >/dev/null 2>&1 && command -v Xvfb >/dev/null 2>&1
}

has_firefox() {
    [ -n "${FIELDCUE_FIREFOX:-}" ] || command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1
}

has_chinese() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-tw family 2>/dev/null)" ]
}

has_certutil() {
    command -v certutil >/dev/null 2>&1
}

export DEBIAN_FRONTEND=noninteractive
packages="chromium firefox-esr fonts-noto-cjk libnss3-tools webkit2gtk-driver xvfb"
if has_browser && has_webkit && has_firefox && has_chinese && has_certutil; then
    if may_install && could_have_shell; then
        echo "Installing Chromium's shell"
        # Both are of one version: a browser that is older comes along.
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends $shell >/dev/null; } ||
            echo "It can't be had now, and the tests take a little longer." >&2
    fi
    exit 0
fi
if may_install; then
    echo "Installing Chromium, Firefox, WebKit with a screen in memory, Chinese fonts and certutil"
    # A stale package list offers versions that are no longer there.
    apt-get update -qq
    if could_have_shell; then packages="$packages $shell"; fi
    # shellcheck disable=SC2086 # several words
    apt-get install -y -qq --no-install-recommends $packages >/dev/null
    exit 0
fi
cat >&2 <<MESSAGE
The tests need Chromium, Firefox, WebKitGTK with its driver, Xvfb, a font with Chinese glyphs and certutil, and cannot
install them without root.
  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install $packages
  elsewhere:       any Chromium or Chrome, named by FIELDCUE_CHROMIUM=/path/to/it, any Firefox (FIELDCUE_FIREFOX), Noto Sans CJK,
                   NSS's certutil, Xvfb, and WebKitGTK's WebKitWebDriver and MiniBrowser (named by FIELDCUE_WEBKIT=/path/to/it)
MESSAGE
exit 1
