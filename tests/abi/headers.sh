#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh COMPILER LANGUAGE INCLUDE: every public header, alone, in every
# dialect of the language that COMPILER knows, without a warning. LANGUAGE is
# c or c++. C89 is asked of those headers that are declarations only: the reader
# is C99 (inline functions), tt.hpp is C++.
set -eu
compiler=$1 language=$2 include=$3
if ! command -v "$compiler" >/dev/null; then
	echo "SKIP: no $compiler here: install it (packaging/deps.txt, [build], [test])"
	exit 77
fi
case $language in
c) dialects="c89 gnu89 c99 c11 c17 gnu17" extra=-Wstrict-prototypes ;;
c++) dialects="c++11 c++14 c++17 c++20" extra= ;;
esac
count=0
for std in $dialects; do
	for header in "$include"/tt/*.h "$include"/tt/*.hpp "$include"/tt/inline/*.h; do
		test -f "$header" || continue
		name=${header#"$include"/}
		case $std,$name in
		*89,*inline*) continue ;;
		c[8-9]*,*.hpp | c1*,*.hpp | gnu*,*.hpp) continue ;;
		esac
		# Twice: the second time must be as if it were not there.
		# shellcheck disable=SC2086 # words are wanted
		printf '#include <%s>\n#include <%s>\ntypedef int no_empty_unit;\n' \
			"$name" "$name" |
			"$compiler" -x "$language" -std="$std" \
				-D_POSIX_C_SOURCE=200809L -Wall -Wextra \
				-Wpedantic -Wconversion -Wsign-conversion \
				-Wcast-qual -Wundef -Werror $extra \
				-I"$include" -fsyntax-only - || {
			echo "FAIL: $compiler -std=$std: $name"
			exit 1
		}
		count=$((count + 1))
	done
done
echo "ok: $count times, with $compiler"
test "$count" -ge 40
