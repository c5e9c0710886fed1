#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fuzzes each target for so long, one after the other, and prints a row for each of
# docs/fuzzing.md. What it finds goes to build/fuzz/new/TARGET: inputs that reach
# something new, and any that crash, hang or leak (crash-*, timeout-*, leak-*).
# usage: tests/fuzz/run.sh [SECONDS [TARGET...]]    600 s, all targets
# env: FUZZ_BUILD   a build with TT_FUZZ; build/fuzz, made if need be
# exit: 0 nothing was found
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-600}
[ $# -eq 0 ] || shift
build=${FUZZ_BUILD:-build/fuzz}

case $seconds in
'' | *[!0-9]*) sed -n '3,9s/^# //p' "$0"; exit 64 ;;
esac
if [ -z "${FUZZ_BUILD:-}" ]; then
	cmake --preset fuzz >/dev/null && cmake --build --preset fuzz >/dev/null ||
		exit 1
fi
if [ $# -eq 0 ]; then
	for target in tests/fuzz/fuzz_*.c; do
		set -- "$@" "$(basename "$target" .c)"
	done
fi

# stat NAME LOG: of libFuzzer's last words.
stat_of()
{
	sed -n "s/^stat::$1: *//p" "$2"
}

code=0
echo "| target | s | executions | a second | branches | corpus | new inputs | found |"
echo "|---|---|---|---|---|---|---|---|"
for target in "$@"; do
	corpus=tests/fuzz/corpus/$target
	new=$build/new/$target
	log=$build/$target.log
	[ -x "$build/tests/fuzz/$target" ] || {
		echo "$target: there is no such target" >&2
		code=1
		continue
	}
	mkdir -p "$new"
	"$build/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=1 -jobs=0 \
		-artifact_prefix="$new/" "$new" "$corpus" >"$log" 2>&1
	found=$(find "$new" -name 'crash-*' -o -name 'leak-*' -o -name 'oom-*' \
		-o -name 'timeout-*' | wc -l)
	[ "$found" -eq 0 ] || code=1
	branches=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	printf '| `%s` | %s | %s | %s | %s | %s | %s | %s |\n' "$target" "$seconds" \
		"$(stat_of number_of_executed_units "$log")" \
		"$(stat_of average_exec_per_sec "$log")" "${branches:--}" \
		"$(find "$corpus" -type f | wc -l)" \
		"$(stat_of new_units_added "$log")" \
		"$([ "$found" -eq 0 ] && echo nothing || echo "**$found**")"
done
exit $code
