#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Dependencies point one way: tools -> libtt's public headers; timed -> drivers
# through driver.h (and env.h), and libtt's segment; drivers -> nothing of
# timed; libtt -> libc alone; confine (what a program gives up) and cli (command
# lines) -> nothing of ours. Clocks are read in env_linux.c and libtt only.
cd "$(dirname "$0")/../.." || exit 1
failed=0

# allow FOLDER PATTERN...: quoted or project includes in it match one of them.
allow()
{
	local folder=$1 bad pattern

	shift
	pattern=$(printf '|%s' "$@")
	bad=$(grep -rnE --include='*.[ch]' '^ *# *include ["<](libtt|cli|confine|timed|drivers|tools|chart|tests|tt)/|^ *# *include "' \
		"$folder" | grep -vE "include [\"<](${pattern:1})")
	if [ -n "$bad" ]; then
		echo "$folder must not include:"
		echo "$bad"
		failed=1
	else
		echo "ok: $folder includes only ${*//\\/}"
	fi
}

allow libtt 'libtt/' 'tt/'
allow cli 'cli/'
allow confine 'confine/'
allow drivers 'drivers/' 'tt/'
allow timed 'timed/' 'cli/' 'confine/' 'drivers/driver\.h' 'drivers/env\.h' \
	'drivers/gnss\.h' 'drivers/phc\.h' 'drivers/ptp\.h' 'drivers/ptp_export\.h' 'drivers/vmclock\.h' 'libtt/' 'tt/'
allow tools 'tools/' 'chart/' 'cli/' 'confine/' 'tt/' 'drivers/cmdmon\.h' 'libtt/segment\.h' 'libtt/ticks\.h' 'libtt/eval\.h'
allow chart 'chart/'
allow examples 'tt/' 'ledger/'

# forbid WORDS FILES-PATTERN WHY
forbid()
{
	local bad

	bad=$(grep -rnE --include='*.c' "$1" libtt timed drivers tools |
		grep -vE "^($2)")
	if [ -n "$bad" ]; then
		echo "$3:"
		echo "$bad"
		failed=1
	else
		echo "ok: $3: nowhere"
	fi
}

# On what local_pace.c and suspend.c read no bound rests: the processor time of
# clients, and whether the machine has slept.
forbid '\b(clock_gettime|gettimeofday|time)\(' \
	'libtt/|tools/|timed/env_linux\.c|timed/units|timed/local_pace\.c|timed/suspend\.c' \
	"a clock read beside env_linux.c"
forbid '\b(clock_settime|settimeofday|stime)\(' 'none' \
	"a clock set"
forbid '\bADJ_[A-Z]+ *[|,}]' 'timed/env_linux\.c' \
	"a clock steered beside env_linux.c"
forbid '\b(sprintf|gets)\(|\bsystem\(|\bpopen\(' 'none' \
	"a call without bounds, or a shell"
exit $failed
