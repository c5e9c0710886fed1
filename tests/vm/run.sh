#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs one scenario of the VM lab (README.md): boots the guest, which runs
# scenarios/NAME.sh, and brings back what it said and its logs.
# usage: run.sh [--clock=virtual|real] SCENARIO
#        run.sh [--clock=virtual|real] shell
# The scenario's own comments say how it is to be run, unless told here:
#   # clock: virtual   time goes as fast as the guest has nothing to do
#   # clock: real      time is the host's
#   # qemu: ARG...     more hardware
#   # date: YYYY-MM-DDTHH:MM:SS   UTC, when it begins
#   # init: systemd    it is the guest's first process, with the build installed
#   # limit: SECONDS   of the host's, after which the guest is ended
# exit: 0 its claims hold; 1 one does not; 2 usage; 77 it cannot be run here,
# and the last line says why.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export LAB_BUILD=${LAB_BUILD:-$root/build/dev}
guest=$root/.cache/vm
out=$LAB_BUILD/tests/vm/guest

usage()
{
	sed -n '5,6s/^# //p' "$0" >&2
	exit 2
}

skip()
{
	echo "skipped: $*"
	exit 77
}

clock=
case ${1:-} in
--clock=virtual | --clock=real) clock=${1#--clock=}; shift ;;
esac
[ $# -eq 1 ] || usage
name=$1
script=$here/scenarios/$name.sh
[ "$name" = shell ] || [ -e "$script" ] || usage

# setting NAME DEFAULT: from the scenario's comments.
setting()
{
	local value=

	[ "$name" = shell ] || value=$(sed -n "s/^# $1: //p" "$script")
	echo "${value:-$2}"
}

for tool in qemu-system-x86_64 cpio make gcc-12 jq udevadm setpriv; do
	command -v $tool >/dev/null ||
		skip "no $tool (packaging/install-deps.sh vm test)"
done
init=$(setting init "")
if [ -n "$init" ]; then
	for tool in /lib/systemd/systemd systemctl apparmor_parser; do
		command -v $tool >/dev/null ||
			skip "no $tool (packaging/install-deps.sh vm test)"
	done
fi
for engine in chrony/usr/sbin/chronyd linuxptp/usr/sbin/ptp4l \
	gpsd/usr/sbin/gpsd; do
	[ -x "$root/.cache/$engine" ] ||
		skip "no ${engine##*/}: packaging/fetch-engines.sh says why"
done
"$here/fetch-guest.sh" --offline >/dev/null 2>&1 ||
	skip "no guest: tests/vm/fetch-guest.sh fetches it, or says why not"

# One image serves all: made by one at a time, and not while it is booted from.
mkdir -p "$out/$name"
exec 9>"$out/lock"
flock 9
"$here/image.sh" "$out" ${init:+"$init"} || exit 1
cp "$out/initramfs" "$out/$name/initramfs"
exec 9>&-

: "${clock:=$(setting clock virtual)}"
limit=$(setting limit 120)
args=(-M q35 -accel tcg -m 512 -nodefaults -nographic -no-reboot
	-serial mon:stdio
	-kernel "$guest/vmlinux" -initrd "$out/$name/initramfs"
	-device virtio-serial
	-chardev "file,id=results,path=$out/$name/results.tar"
	-device virtserialport,chardev=results)
# The date: after the last leap second, before any leap table runs out.
date=$(setting date 2025-01-15T12:00:00)
case $clock in
virtual) args+=(-icount shift=1,sleep=off -rtc "base=$date,clock=vm") ;;
*) args+=(-rtc "base=$date") ;;
esac
# shellcheck disable=SC2207
args+=($(setting qemu ""))
# The guest's counter is its TSC in either mode, and it never stops.
append="console=ttyS0 quiet nokaslr nosmp tsc=reliable mitigations=off"
append+=" panic=-1 oops=panic"

if [ "$name" = shell ]; then
	exec qemu-system-x86_64 "${args[@]}" -append "$append scenario=shell"
fi
start=$SECONDS
rm -f "$out/$name/results.tar"
timeout --foreground "$limit" qemu-system-x86_64 "${args[@]}" \
	-append "$append scenario=$name" </dev/null 2>&1 |
	sed -u -e 's/\r//g; s/^.*Booting from ROM\.\.//' -e '/SeaBIOS/d' |
	tee "$out/$name/console.log"
code=${PIPESTATUS[0]}
rm -rf "$out/$name/logs" "$out/$name/initramfs"
mkdir -p "$out/$name/logs"
tar -x -f "$out/$name/results.tar" -C "$out/$name/logs" 2>/dev/null
echo "$name: $((SECONDS - start)) s in the guest, $clock time;" \
	"logs in ${out#"$root/"}/$name/logs"
[ "$code" -ne 124 ] || { echo "FAILED: not done within $limit s"; exit 1; }
if [ ! -s "$out/$name/logs/code" ]; then
	echo "FAILED: the guest ended without a word"
	exit 1
fi
code=$(cat "$out/$name/logs/code")
case $code in
0) ;;
77) grep '^skipped:' "$out/$name/console.log" ;;
*) code=1 ;;
esac
exit "$code"
