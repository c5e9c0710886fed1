#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user without rights has the demo too: in a user namespace where the kernel
# allows it, and without any namespaces on loopback ports; it says which.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_find_chronyd >/dev/null || skip "no chronyd: packaging/fetch-engines.sh"
LAB_DIR=$(mktemp -d)
chmod 0755 "$LAB_DIR"
export LAB_TMP=$LAB_DIR/lab LAB_BUILD=$lab_build
mkdir -m 1777 "$LAB_TMP"
trap 'rm -rf "$LAB_DIR"' EXIT

nobody=(env)
if [ "$(id -u)" -eq 0 ]; then
	nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --
		env HOME=/ USER=nobody)
	"${nobody[@]}" test -x "$lab_build/timed/timed" ||
		skip "an ordinary user cannot read $lab_build"
fi

for force in 0 1; do
	"${nobody[@]}" LAB_FORCE_LOOPBACK=$force "$lab_root/demo" \
		>"$LAB_DIR/demo.out" 2>&1
	code=$?
	cat "$LAB_DIR/demo.out"
	[ $code -ne 77 ] || skip "not judged: CLOCK_REALTIME was steered"
	expect "the demo exits 0" test $code = 0
	expect "true time was inside" \
		grep -q '^truth  .*inside' "$LAB_DIR/demo.out"
	[ $force = 0 ] || expect "it says what it did without" grep -q \
		'without namespaces, on loopback ports' "$LAB_DIR/demo.out"
done
