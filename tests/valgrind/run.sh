#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The unit tests under valgrind: reads of what was never written, out of bounds or
# freed, and memory that is lost.
# usage: tests/valgrind/run.sh BUILD           every unit test that is a program
#        tests/valgrind/run.sh BUILD TEST...   these
# exit: 0 all clean, 1 not, 77 no valgrind here
set -u
LIMIT_S=600 # each
[ $# -gt 0 ] || { sed -n '5,7s/^# //p' "$0"; exit 64; }
build=$1
shift
command -v valgrind >/dev/null || {
	echo "no valgrind here (packaging/deps.txt)"
	exit 77
}

# NAME PROGRAM of each unit test that is a program of the build, without arguments.
programs()
{
	ctest --test-dir "$build" -L unit --show-only=json-v1 | jq -r '.tests[] |
		select(.command | length == 1) | .name + " " + .command[0]' |
		grep -vE '\.(sh|py|bats)$'
}

# Not this one: where descriptors have run out, valgrind takes a client and drops it,
# which the kernel does not, and the test waits for him.
list=$(programs | grep -v '^test_timed_local_server ')
[ $# -gt 0 ] || mapfile -t all < <(cut -d' ' -f1 <<<"$list")
[ $# -gt 0 ] || set -- "${all[@]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
for name in "$@"; do
	program=$(sed -n "s/^$name //p" <<<"$list")
	[ -n "$program" ] || {
		echo "$name: no unit test that is a program"
		failed=1
		continue
	}
	start=$(date +%s)
	# A child that is a daemon of ours is not looked at: it is killed.
	timeout "$LIMIT_S" valgrind --quiet --error-exitcode=99 --leak-check=full \
		--show-leak-kinds=definite,indirect \
		--errors-for-leak-kinds=definite,indirect \
		--child-silent-after-fork=yes --fair-sched=try \
		"$program" >"$log" 2>&1
	code=$?
	if [ $code -eq 0 ]; then
		echo "$name: clean ($(($(date +%s) - start)) s)"
	else
		grep -E '^==|FAILED|ERROR|LINE' "$log" | head -n 40
		echo "$name: exit code $code$([ $code -ne 99 ] || echo ', by valgrind')"
		failed=1
	fi
done
exit $failed
