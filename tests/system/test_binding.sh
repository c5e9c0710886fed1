#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A binding (python, go, rust, java) is built and held to the test vectors, to
# libtt on a live segment, to the truth that a served clock shares, and to the
# errors it must give. usage: test_binding.sh LANGUAGE
set -u
language=$1
build=${LAB_BUILD:?the build directory}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/bindings
judge=$build/tests/system/binding_judge
dir=$(mktemp -d)
server=
failed=0
spins=150000
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; wait; rm -rf "$dir"' EXIT

fail()
{
	echo "FAILED: $*"
	failed=1
}

skip()
{
	echo "skipped: $*"
	exit 77
}

need() # COMMAND PACKAGE
{
	command -v "$1" >/dev/null ||
		skip "$language: no $1 (packaging/install-deps.sh bindings: $2)"
}

build_python()
{
	need python3 python3
	export PYTHONDONTWRITEBYTECODE=1
	spins=20000
	ttread=(python3 "$here/python/ttread.py")
}

build_go()
{
	need go golang-go
	export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local
	export GOCACHE=$dir/go-cache GOPATH=$dir/go
	(cd "$here/go" && go vet ./... && go build -o "$dir/ttread" ./cmd/ttread)
	ttread=("$dir/ttread")
}

# By rustc alone, as there is nothing to fetch. The distribution's first: the
# oldest that must do.
build_rust()
{
	local rustc=/usr/bin/rustc

	[ -x $rustc ] || { need rustc rustc; rustc=rustc; }
	$rustc --edition 2021 -O -D warnings --crate-type rlib \
		--crate-name truetime -o "$dir/libtruetime.rlib" \
		"$here/rust/src/truetime.rs" &&
		$rustc --edition 2021 -O -D warnings \
			--extern truetime="$dir/libtruetime.rlib" \
			-o "$dir/ttread" "$here/rust/src/ttread.rs"
	ttread=("$dir/ttread")
}

build_java()
{
	local more=(--add-modules jdk.incubator.foreign)

	need javac openjdk-17-jdk-headless
	javac -version 2>&1 | grep -q '^javac 17\.' ||
		skip "java: $(javac -version 2>&1), RawClock is for 17"
	javac -Xlint:all "${more[@]}" -d "$dir/classes" \
		"$here"/java/truetime/*.java
	ttread=(java "${more[@]}" --enable-native-access=ALL-UNNAMED
		-XX:TieredStopAtLevel=1 -cp "$dir/classes" truetime.TtRead)
}

wait_for() # PATTERN FILE
{
	local i

	for ((i = 0; i < 600; i++)); do
		grep -q -- "$1" "$2" 2>/dev/null && return 0
		sleep 0.05
	done
	fail "no \"$1\": $(cat "$2")"
	return 1
}

serve() # OPTION...
{
	rm -f "$dir/said" # of the one before
	"$build/sim/tt-sim" serve "$dir/clock" --truth "$dir/truth" \
		--commands "$dir/fifo" "$@" >"$dir/said" 2>&1 &
	server=$!
	wait_for '^ready ' "$dir/said" || cat "$dir/said"
}

order() # WORDS
{
	echo "$*" >"$dir/fifo"
	wait_for "^ok ${1%:*}" "$dir/said"
}

stop()
{
	kill "$server" && { wait "$server"; } 2>/dev/null
	server=
}

live() # N
{
	"${ttread[@]}" live "$dir/clock" "$1" 2>"$dir/err" ||
		fail "live: $(cat "$dir/err")"
}

# says ERROR WHAT: the one reading gives it.
says()
{
	local got

	got=$(live 1)
	[ "$got" = "$1" ] || fail "$2 gives $got, not $1"
}

# put OFFSET BYTES: into the segment, which nobody writes now.
put()
{
	printf '%b' "$2" |
		dd of="$dir/clock" bs=1 seek="$1" conv=notrunc status=none
}

command -v jq >/dev/null || skip "no jq"
"build_$language" || { fail "it does not build"; exit 1; }

# --- the vectors
jq -r -f "$here/vectors.jq" "$root/docs/vectors/segment.json" \
	>"$dir/vectors" || fail "jq"
"${ttread[@]}" vectors <"$dir/vectors" 2>"$dir/err" ||
	fail "the vectors: $(cat "$dir/err")"
# ... which it can fail:
sed -n '1s/ = 1/ = 2/p' "$dir/vectors" |
	"${ttread[@]}" vectors >"$dir/out" 2>&1 &&
	fail "a wrong vector passes: $(cat "$dir/out")"

# --- errors before there is a clock
says ENOENT "no file"
cp "$root/docs/vectors/segment-1.bin" "$dir/clock"
says ESTALE "another boot's"
head -c 4095 "$root/docs/vectors/segment-1.bin" >"$dir/clock"
says EPROTO "a short file"
head -c 4096 /dev/urandom >"$dir/clock"
says EPROTO "noise"
rm "$dir/clock"
mkdir "$dir/clock"
says EPROTO "a directory"
rmdir "$dir/clock"

# --- live: within the truth, in a storm as well
serve --scenario storm --seed 11
live 800 | "$judge" truth "$dir/truth" || fail "a storm"
stop
says ENODATA "a withdrawn clock"

# --- frozen: what libtt says, to the nanosecond, past the horizon too
serve --scenario cloud --seed 12
got=$(timeout 60 "${ttread[@]}" commit "$dir/clock" 2>"$dir/err")
# They rise, no wait is early, and both know where times end.
[ "$got" = "past rising waited ERANGE $((2 ** 63 - 1)) ERANGE" ] ||
	fail "commits: $got $(cat "$dir/err")"
order stale
live 20 | "$judge" same "$dir/clock" || fail "not as libtt"
sleep 1.1
live 20 >"$dir/out"
"$judge" same "$dir/clock" <"$dir/out" || fail "not as libtt, past the horizon"
[ "$(cut -d' ' -f5 "$dir/out" | sort -u)" = 2 ] || fail "it is not in holdover"

# Of a writer that is stopped half-way there is noise in the other slot.
sequence=$(od -An -t u1 -j 48 -N 1 "$dir/clock" | tr -d ' ')
other=$((512 + 256 * ((sequence + 1) & 1)))
slot=$((512 + 256 * (sequence & 1)))
head -c 256 /dev/urandom |
	dd of="$dir/clock" bs=1 seek=$other conv=notrunc status=none
live 5 | "$judge" same "$dir/clock" || fail "it reads the other slot"

# --- the hypervisor's marker: flag 0x400, word 19 (0 here)
put $((slot + 85)) '\x05'
export TT_VMCLOCK=$dir/vmclock
says EACCES "no vmclock page"
: >"$dir/vmclock"
says EACCES "an empty vmclock page"
if [ "$language" != java ]; then
	printf 'VCLK\x68\0\0\0\x01\0\0\0\0\0\0\0' >"$dir/vmclock"
	head -c 4080 /dev/zero >>"$dir/vmclock"
	[ "$(live 1 | wc -w)" = 6 ] || fail "the marker is as published"
	printf '\x07' |
		dd of="$dir/vmclock" bs=1 seek=16 conv=notrunc status=none
	says ESTALE "another marker"
fi
put $((slot + 85)) '\x01'

# --- the file is replaced under a reader
live 900 >"$dir/out" &
reader=$!
sleep 0.3
stop
rm -f "$dir/clock" "$dir/clock.lock" "$dir/fifo"
serve --scenario cloud --seed 13
wait $reader
"$judge" truth "$dir/truth" <"$dir/out" >"$dir/verdict" ||
	fail "replaced: $(cat "$dir/verdict")"
grep -q 'last=1$' "$dir/verdict" || fail "replaced: $(cat "$dir/verdict")"

# --- a writer in a hurry: no mixture of two publications is ever believed
stop
rm -f "$dir/clock" "$dir/clock.lock" "$dir/fifo"
"$build/tests/system/binding_writer" "$dir/clock" "$dir/truth" &
server=$!
for ((i = 0; i < 600; i++)); do
	[ "$(stat -c %s "$dir/clock" 2>/dev/null)" = 4096 ] && break
	sleep 0.05
done
"${ttread[@]}" spin "$dir/clock" "$spins" >"$dir/out" || fail "spin"
"$judge" truth "$dir/truth" <"$dir/out" >"$dir/verdict" ||
	fail "torn: $(tail -n 3 "$dir/verdict")"
tail -n 1 "$dir/verdict"
grep -q '^EPROTO' "$dir/out" && fail "torn: what nobody has published"
stop
rm -f "$dir/clock" "$dir/clock.lock"
serve --scenario cloud --seed 14

# --- a liar is passed on as it is: nothing can tell
order liar:+5ms
live 5 | "$judge" truth "$dir/truth" >"$dir/out" && fail "a liar hit"
grep -q 'misses=5 ' "$dir/out" || fail "a liar: $(cat "$dir/out")"
[ $failed = 0 ] && echo "$language: as libtt"
exit $failed
