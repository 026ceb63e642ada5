#!/bin/sh
# Debian's Chromium and its driver for the tests in a browser: installed when they are missing and we are root.
# Without them the tests are skipped, saying why.
command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Chromium manca, e solo root può installarlo con apt-get: le prove nel browser si saltano."
    exit 0
fi
echo "Installazione di Chromium (solo la prima volta)..."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null 2>&1 ||
    echo "apt-get non ha installato Chromium: le prove nel browser si saltano."
