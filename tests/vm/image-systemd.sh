# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What image.sh puts into the guest of a scenario whose first process is systemd:
# the host's systemd with the units that such a boot needs, the build as it is
# installed, Debian's chrony.service and ptp4l@.service, and AppArmor's parser with
# our profile and Debian's of chronyd.
# The users that Debian's packages would make are not there: sysusers.d makes them.

# Of the units of Debian's packages these.
units="basic.target sysinit.target local-fs.target local-fs-pre.target
	sockets.target timers.target paths.target slices.target
	multi-user.target network.target network-online.target sleep.target
	suspend.target shutdown.target umount.target
	systemd-journald.service systemd-journald.socket
	systemd-journald-dev-log.socket systemd-udevd.service
	systemd-udevd-control.socket systemd-udevd-kernel.socket
	systemd-udev-trigger.service systemd-sysusers.service
	systemd-tmpfiles-setup.service systemd-suspend.service
	time-sync.target
	sockets.target.wants/systemd-journald.socket
	sockets.target.wants/systemd-journald-dev-log.socket
	sockets.target.wants/systemd-udevd-control.socket
	sockets.target.wants/systemd-udevd-kernel.socket
	sysinit.target.wants/systemd-journald.service
	sysinit.target.wants/systemd-sysusers.service
	sysinit.target.wants/systemd-tmpfiles-setup.service
	sysinit.target.wants/systemd-udev-trigger.service
	sysinit.target.wants/systemd-udevd.service"

put_systemd()
{
	local unit to=$tree/lib/systemd

	mkdir -p "$to/system"
	for unit in $units; do
		mkdir -p "$(dirname "$to/system/$unit")"
		cp -P "/lib/systemd/system/$unit" "$to/system/$unit"
	done
	put /lib/systemd/systemd lib/systemd
	put /lib/systemd/systemd-journald lib/systemd
	ln -s /usr/bin/udevadm "$to/systemd-udevd"
	for unit in systemctl journalctl systemd-sysusers systemd-tmpfiles; do
		put "$(command -v $unit)" usr/bin
	done
	mkdir -p "$tree/usr/lib/sysusers.d"
	cp /usr/lib/sysusers.d/basic.conf "$tree/usr/lib/sysusers.d"
	echo 0123456789abcdef0123456789abcdef >"$tree/etc/machine-id"
	echo 'root:x:0:0:root:/:/bin/sh' >"$tree/etc/passwd"
	echo 'root:x:0:' >"$tree/etc/group"
}

# The folder that the build installs below is the guest's /usr: the units name
# timed there, and the profile is for /usr/sbin/timed, where packages have it.
put_installed()
{
	local prefix

	prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' \
		"$build/CMakeCache.txt")
	case $prefix in
	/usr) ;;
	/usr/*) ln -s . "$tree$prefix" ;;
	*) die "a build to install below /usr, not below $prefix" ;;
	esac
	DESTDIR=$tree cmake --install "$build" --strip >/dev/null
	rm -r "$tree/usr/share/man" "$tree/usr/include" "$tree"/usr/lib/*.a
	rm "$tree/lib/udev/rules.d/60-timed.rules"
	mkdir -p "$tree/etc/timed"
}

put_ptp4l()
{
	cp -r "$root/.cache/linuxptp/etc/linuxptp" "$tree/etc"
	cp "$root/.cache/linuxptp/lib/systemd/system/ptp4l@.service" \
		"$tree/lib/systemd/system"
	cp "$root/examples/ptp4l-hardening.conf" "$tree/lab"
}

# What its package makes when it is installed, but for the pool, is there too.
put_chrony()
{
	local from=$root/.cache/chrony

	cp -r "$from/etc/chrony" "$from/etc/default" "$tree/etc"
	sed '/^pool/d' "$from/usr/share/chrony/chrony.conf" \
		>"$tree/etc/chrony/chrony.conf"
	: >"$tree/etc/chrony/chrony.keys"
	echo 'u _chrony - - /var/lib/chrony' \
		>"$tree/usr/lib/sysusers.d/chrony.conf"
	cp "$from/lib/systemd/system/chrony.service" "$tree/lib/systemd/system"
	cp -r --parents /usr/share/zoneinfo/right/UTC "$tree"
}

put_apparmor()
{
	local from=/etc/apparmor.d to=$tree/etc/apparmor.d
	local chronyd=$root/.cache/chrony/etc/apparmor.d/usr.sbin.chronyd

	put "$(command -v apparmor_parser)" usr/sbin
	mkdir -p "$to"
	cp -r /etc/apparmor "$tree/etc"
	cp -r --parents /usr/share/apparmor-features "$tree"
	cp -r $from/abi $from/abstractions $from/tunables "$to"
	cp "$root/packaging/apparmor/usr.sbin.timed" "$chronyd" "$to"
	mkdir "$to/local"
	: >"$to/local/usr.sbin.chronyd"
}

# What systemd boots to: the scenario, and its words.
put_scenario_unit()
{
	local dir=$tree/etc/systemd/system

	cp "$root/tests/boot/words.sh" "$tree/lab"
	mkdir -p "$dir/multi-user.target.wants"
	cat >"$dir/scenario.service" <<-UNIT
		[Unit]
		After=basic.target
		[Service]
		ExecStart=/init
		PassEnvironment=scenario
		StandardOutput=file:/dev/console
		StandardError=inherit
	UNIT
	ln -s ../scenario.service "$dir/multi-user.target.wants"
}

put_systemd
put_installed
put_ptp4l
put_chrony
put_apparmor
put_scenario_unit
