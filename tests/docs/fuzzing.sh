#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzzing.sh SOURCE: each fuzz target has its rows in docs/fuzzing.md (what it reads, and
# what was run), and a corpus; no row is of a target that is not there.
set -u
cd "$1" || exit 1
failed=0
for source in tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	rows=$(grep -c "^| \`$target\` |" docs/fuzzing.md)
	[ "$rows" -eq 2 ] || {
		echo "$target: $rows rows in docs/fuzzing.md, not 2"
		failed=1
	}
	[ -n "$(ls "tests/fuzz/corpus/$target" 2>/dev/null)" ] || {
		echo "$target: no corpus"
		failed=1
	}
done
for target in $(sed -n 's/^| `\(fuzz_[a-z_]*\)` .*/\1/p' docs/fuzzing.md | sort -u); do
	[ -e "tests/fuzz/$target.c" ] || {
		echo "docs/fuzzing.md has $target, which is not there"
		failed=1
	}
done
exit $failed
