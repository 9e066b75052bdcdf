#!/bin/sh
# The browser tests need Chromium: as root it is installed from Debian's packages, otherwise this says what to do.
set -eu
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium for the browser tests"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
else
  echo "Chromium is not installed: the browser tests will be reported as skipped."
  echo "To run them: sudo apt-get install chromium"
fi
