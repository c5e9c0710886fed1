#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same packages as another version: what a test of upgrades installs next.
# usage: repack-deb.sh VERSION OUTPUT-FOLDER PACKAGE.deb...
# exit: 0 they are in OUTPUT-FOLDER
set -euo pipefail
version=$1
out=$2
shift 2
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for deb in "$@"; do
	name=$(dpkg-deb -f "$deb" Package)
	dpkg-deb -R "$deb" "$work/$name"
	sed -i "s/^Version: .*/Version: $version/
		s/libtt0 (= [^)]*)/libtt0 (= $version)/" \
		"$work/$name/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$work/$name" "$out/$name.deb" >/dev/null
done
