#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cxx.sh COMPILER INCLUDE LIBTT.SO: cxx.cpp in every dialect, linked with libtt,
# and run; and that what must not compile does not.
set -eu
compiler=$1 include=$2 library=$3
if ! command -v "$compiler" >/dev/null; then
	echo "SKIP: no $compiler here: install it (packaging/deps.txt, [build], [test])"
	exit 77
fi
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# refused CODE: it does not compile.
refused()
{
	printf '#include <tt/tt.hpp>\nint f(const tt::clock &c);\nint f(const tt::clock &c)\n{\n%s\nreturn 0;\n}\n' \
		"$1" >"$dir/refused.cpp"
	! "$compiler" -std="$std" -I"$include" -fsyntax-only \
		"$dir/refused.cpp" 2>/dev/null || {
		echo "FAIL: $compiler -std=$std takes: $1"
		exit 1
	}
}

# And the same does compile where it should, or nothing was tried.
accepted()
{
	printf '#include <tt/tt.hpp>\nint f(const tt::clock &c);\nint f(const tt::clock &c)\n{\n%s\nreturn 0;\n}\n' \
		"$1" >"$dir/accepted.cpp"
	"$compiler" -std="$std" -I"$include" -fsyntax-only "$dir/accepted.cpp"
}

for std in c++11 c++14 c++17 c++20; do
	"$compiler" -std="$std" -O1 -Wall -Wextra -Wpedantic -Werror \
		-Wconversion -Wsign-conversion -Wold-style-cast \
		-I"$include" -o "$dir/cxx" "$here/cxx.cpp" "$library" \
		-Wl,-rpath,"$(dirname "$library")" -pthread
	"$dir/cxx" || {
		echo "FAIL: $compiler -std=$std"
		exit 1
	}
	accepted 'tt::time_point t = c.now().latest(); (void)t;'
	refused 'tt::time_point t = c.now(); (void)t;'
	refused 'if (c.now() < c.now()) return 1;'
	refused 'tt::clock copy = c; (void)copy;'
	refused 'tt::time_point t = c.now_tai().earliest(); (void)t;'
done
echo "ok: $compiler: c++11 c++14 c++17 c++20"
