#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# inline.sh COMPILER LANGUAGE INCLUDE LIBTT.SO VECTORS: inline_use.c in every
# dialect, linked with libtt, and run.
set -eu
compiler=$1 language=$2 include=$3 library=$4 vectors=$5
if ! command -v "$compiler" >/dev/null; then
	echo "SKIP: no $compiler here: install it (packaging/deps.txt, [build], [test])"
	exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
case $language in
c) dialects="c99 c11 c17" ;;
c++) dialects="c++11 c++14 c++17 c++20" ;;
esac
for std in $dialects; do
	for level in -O0 -O2; do
		"$compiler" -x "$language" -std="$std" "$level" \
			-D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic \
			-Werror -I"$include" -o "$dir/use" \
			"$here/inline_use.c" -x none "$library" \
			-Wl,-rpath,"$(dirname "$library")"
		"$dir/use" "$vectors/segment-1.bin" "$dir/clock" || {
			echo "FAIL: $compiler -std=$std $level"
			exit 1
		}
	done
done
echo "ok: $compiler: $dialects"
