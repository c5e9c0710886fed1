#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs, upgrades and purges the Debian packages under a real systemd, booted in
# namespaces on a view of this machine (tests/boot); nothing of it touches this
# machine.
# usage: test-install.sh [BUILD [FOLDER-OF-PACKAGES]]    build/dev, build/deb
# exit: 0 all is well; 77 it cannot be run here, and the last line says why
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/dev}
debs=${2:-$root/build/deb}
ls "$debs"/timed_*.deb >/dev/null 2>&1 || "$root/packaging/build-deb.sh" "$debs"
LAB_BUILD=$build LAB_DEBS=$debs exec "$root/tests/boot/boot.sh" packages
