#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian packages under a real systemd: they install, timed is started, an
# upgrade keeps the segment's inode and the bound, and a purge leaves nothing but
# the user. packaging/test-install.sh runs it.
. /lab/units.sh
export DEBIAN_FRONTEND=noninteractive
segment=/run/timed/clock

synchronized()
{
	[ "$(tt-status --format json |
		jq -r .daemon.status.clock.state)" = SYNCHRONIZED ]
}

version()
{
	dpkg-query -W -f '${Version}' timed
}

# The same packages as a later version.
repack() # VERSION
{
	local deb name

	mkdir -p /tmp/later
	for deb in /lab/*.deb; do
		case $deb in
		*dbgsym*) continue ;;
		esac
		name=$(dpkg-deb -f "$deb" Package)
		dpkg-deb -R "$deb" "/tmp/later/$name"
		sed -i "s/^Version: .*/Version: $1/; s/libtt0 (= [^)]*)/libtt0 (= $1)/" \
			"/tmp/later/$name/DEBIAN/control"
		dpkg-deb -b "/tmp/later/$name" "/tmp/later/$name.deb" >/dev/null
	done
}

# A container image may have a policy that starts nothing.
rm -f /lab/*dbgsym*.deb /usr/sbin/policy-rc.d
find / -xdev \( -name '*timed*' -o -name '*libtt*' -o -name 'tt-*' \) \
	-not -path '/lab/*' -not -path '/proc/*' -not -path '/tmp/*' | sort \
	>/tmp/before
chrony_here
expect_code 0 "the packages install" dpkg -i /lab/*.deb
expect "timed is started" is_active timed
expect "and would be at the next boot" systemctl is-enabled --quiet timed
expect "and the hook for sleeps" systemctl is-enabled --quiet timed-sleep
expect "what listens is not started unasked" test \
	"$(systemctl is-enabled tt-exporter)" = disabled
expect "it is the user _timed" test \
	"$(stat -c %U "/proc/$(property timed MainPID)")" = _timed
expect_soon 30 "and synchronised" synchronized
expect "a chronyd that ran already lets it in" \
	test "$(stat -c '%a %G' /run/chrony)" = "770 _timed"
expect_code 0 "a program finds libtt by its name" \
	ldconfig -p
expect "at its soname" grep -q 'libtt\.so\.0 ' "$LAB_DIR/last.out"
first=$(stat -c %i "$segment")
pid=$(property timed MainPID)
judge_start

# timed-sleep, which withdraws the bound, is for sleep.
nobody_slept()
{
	! journal_has "Starting timed-sleep.service"
}

repack 99-1
expect_code 0 "an upgrade" dpkg -i /tmp/later/*.deb
expect "is one" test "$(version)" = 99-1
expect "timed is another process" test "$(property timed MainPID)" != "$pid"
expect "in the same segment" test "$(stat -c %i "$segment")" = "$first"
expect "which has a bound at once, for those who have it mapped" \
	tt-status --wait --max-uncertainty=1s --timeout=5s
expect_soon 30 "and is synchronised again" synchronized
judge_end "true time was inside for a reader from before the upgrade"
expect "from whom nobody withdrew the bound" nobody_slept

echo '# mine' >>/etc/timed/timed.conf
expect_code 0 "removed" dpkg -r timed timed-tools libtt-dev libtt0
expect "it is stopped" test "$(property timed ActiveState)" != active
expect "its configuration stays" grep -q '# mine' /etc/timed/timed.conf
expect "so does the segment, for its readers" \
	test "$(stat -c %i "$segment")" = "$first"
expect_code 0 "purged" dpkg -P timed timed-tools libtt-dev libtt0
find / -xdev \( -name '*timed*' -o -name '*libtt*' -o -name 'tt-*' \) \
	-not -path '/lab/*' -not -path '/proc/*' -not -path '/tmp/*' | sort \
	>/tmp/after
diff /tmp/before /tmp/after
expect "nothing is left but the system's own books" test -z "$(comm -13 \
	/tmp/before /tmp/after | grep -vE '^/(var/lib/systemd|var/log|run|var/tmp)/')"
