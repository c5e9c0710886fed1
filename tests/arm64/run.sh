#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh TEST...: libtt and these of its unit tests (tests/unit/libtt), built for
# arm64 by a cross compiler and run by qemu-user. That shows that the code is
# right for that machine: its counter, its assembly, its alignment, its vectors.
# It shows little of its memory order: qemu maps one machine's order to the
# other's, and the host's, x86-64's, is the stronger.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cc=${TT_ARM64_CC:-aarch64-linux-gnu-gcc}
qemu=${TT_ARM64_QEMU:-qemu-aarch64}
libraries=$root/.cache/arm64

skip()
{
	echo "SKIP: $*"
	exit 77
}

command -v "$cc" >/dev/null || skip "no $cc here: packaging/install-deps.sh arm64"
command -v "$qemu" >/dev/null ||
	skip "no $qemu here: packaging/install-deps.sh arm64"
"$root/tests/arm64/fetch.sh" --offline >/dev/null 2>&1 ||
	skip "no cmocka for arm64 in .cache/arm64: tests/arm64/fetch.sh gets it"
sysroot=${TT_ARM64_SYSROOT:-/usr/aarch64-linux-gnu}
test -d "$sysroot" || skip "no libc for arm64 in $sysroot: install" \
	"libc6-dev-arm64-cross"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-std=c11 -O2 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread
	"-I$root" "-I$root/libtt/include" "-I$libraries/usr/include"
	"-DTEST_VECTORS=\"$root/docs/vectors\"")
libs=("-L$libraries/usr/lib/aarch64-linux-gnu" -lcmocka -ljson-c
	"-Wl,-rpath,$libraries/usr/lib/aarch64-linux-gnu")

objects=()
for source in "$root"/libtt/*.c; do
	object=$work/$(basename "$source").o
	"$cc" "${flags[@]}" -c -o "$object" "$source"
	objects+=("$object")
done
# The reader without the library, as its users may build it.
"$cc" -std=c99 -D_POSIX_C_SOURCE=200809L -O2 -Wall -Wextra -Wpedantic -Werror \
	"-I$root/libtt/include" -c -o "$work/inline_use.o" \
	"$root/tests/abi/inline_use.c"
code=0
for test in "$@"; do
	source=$root/tests/unit/libtt/$test.c
	own=()
	for object in "${objects[@]}"; do
		# It has that source within itself, to stop the writer.
		[ "$test/${object##*/}" = test_segment/segment.c.o ] ||
			own+=("$object")
	done
	"$cc" "${flags[@]}" -o "$work/$test" "$source" "${own[@]}" "${libs[@]}"
	if "$qemu" -L "$sysroot" "$work/$test" >"$work/log" 2>&1; then
		echo "ok: $test ($(grep -c 'OK \]' "$work/log") tests)"
	else
		cat "$work/log"
		echo "FAIL: $test on arm64"
		code=1
	fi
done
exit $code
