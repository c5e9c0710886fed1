# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash
# What tests ask systemd about units; for bash and for busybox's sh.

is_active() # UNIT
{
	systemctl is-active --quiet "$1"
}

property() # UNIT NAME
{
	systemctl show "$1" --property "$2" --value
}

# drop_in UNIT LINE...: more settings for it.
drop_in()
{
	dir=/etc/systemd/system/$1.service.d
	mkdir -p "$dir"
	shift
	printf '%s\n' "$@" >"$dir/lab.conf"
	systemctl daemon-reload
}
