# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash
# The words of the scenarios that systemd runs (`# init: systemd`).
. /lab/lab.sh
. /lab/words.sh

start journal journalctl --follow --lines all --output cat
# The kernel's log is to have every refusal.
sysctl -q -w kernel.printk_ratelimit=0

pid_of() # UNIT
{
	property "$1" MainPID
}

# of_process UNIT KEY: of /proc/PID/status.
of_process()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$(pid_of "$1")/status"
}

# put DROP-IN UNIT: as the administrator does.
put()
{
	mkdir -p "/etc/systemd/system/$2.service.d"
	cp "$1" "/etc/systemd/system/$2.service.d"
	systemctl daemon-reload
}

# within UNIT COMMAND: of the shell, as root with all its capabilities, but in the
# unit's cgroup: nothing else of the unit stands in its way.
within()
{
	cgroup=/sys/fs/cgroup$(property "$1" ControlGroup)/cgroup.procs
	sh -c "echo \$\$ >'$cgroup' && $2" >/dev/null 2>/tmp/within.log
}

# By what is attached to the cgroup, which says EPERM.
is_refused() # UNIT COMMAND
{
	! within "$@" && grep -q "Operation not permitted" /tmp/within.log
}

# enforce FILE PROFILE: of /etc/apparmor.d.
enforce()
{
	apparmor_parser --replace "/etc/apparmor.d/$1" &&
		grep -qx "$2 (enforce)" /sys/kernel/security/apparmor/profiles
}

label_is() # PID LABEL
{
	[ "$(cat "/proc/$1/attr/current")" = "$2" ]
}

# What AppArmor refused to anybody.
denials()
{
	dmesg | grep 'apparmor="DENIED"'
}
