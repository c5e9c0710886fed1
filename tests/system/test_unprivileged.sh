#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user without rights has the demo too: in a user namespace where the kernel
# allows it, and without any namespaces on loopback ports; it says which.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_find_chronyd >/dev/null || skip "no chronyd: packaging/fetch-engines.sh"
LAB_DIR=$(mktemp -d)
chmod 0755 "$LAB_DIR"
trap 'rm -rf "$LAB_DIR"' EXIT

# A copy that anyone may read: a checkout below /root is nobody's business.
tree=$LAB_DIR/tree
mkdir -p "$tree/tests/system" "$tree/build/libtt"
cp "$lab_root/demo" "$tree"
cp "$lab_here/lab.sh" "$tree/tests/system"
cp "$(lab_find_chronyd)" "$tree/chronyd"
for binary in timed/timed tools/tt-status tools/tt-bench tests/system/judge \
	examples/commit-wait; do
	mkdir -p "$tree/build/${binary%/*}"
	cp "$lab_build/$binary" "$tree/build/$binary"
done
cp -P "$lab_build"/libtt/libtt.so* "$tree/build/libtt"
chmod -R a+rX "$tree"
mkdir -m 1777 "$LAB_DIR/lab"
export LAB_TMP=$LAB_DIR/lab LAB_BUILD=$tree/build TT_CHRONYD=$tree/chronyd
export LD_LIBRARY_PATH=$tree/build/libtt

nobody=(env)
[ "$(id -u)" -ne 0 ] || nobody=(setpriv --reuid=65534 --regid=65534
	--clear-groups -- env HOME=/ USER=nobody)

for force in 0 1; do
	"${nobody[@]}" LAB_FORCE_LOOPBACK=$force "$tree/demo" \
		>"$LAB_DIR/demo.out" 2>&1
	code=$?
	cat "$LAB_DIR/demo.out"
	[ $code -ne 77 ] || skip "not judged: CLOCK_REALTIME was steered"
	expect "the demo exits 0" test $code = 0
	expect "true time was inside" \
		grep -q '^truth  .*inside' "$LAB_DIR/demo.out"
	[ $force = 0 ] || expect "it says what it did without" grep -q \
		'runs on loopback ports' "$LAB_DIR/demo.out"
done
