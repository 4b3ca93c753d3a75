# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# The units of contrib/systemd, and what daxfsctl-apply(1) says of units, in a whole Debian:
#	test/vm/run --full --devices hmem-kmem,pmem test/vm/tests/units.sh contrib/systemd/famfs-pool.service \
#		contrib/systemd/famfs-user.service Documentation/daxfsctl-apply.txt
#
# No kernel of Debian has famfs: a mount helper, which mount calls by the name of the file system, stands
# in for it, with a tmpfs. It takes a device in famfs mode only, as famfs does.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

install_the_units() {
	cp famfs-pool.service famfs-user.service /etc/systemd/system/
	mkdir -p /srv/pool
	cat > /usr/sbin/mount.famfs <<-'END'
		#!/bin/sh
		[ ! -e /run/no-famfs ] || { echo "no famfs today" >&2; exit 32; }
		driver=$(basename "$(readlink "/sys/bus/dax/devices/${1##*/}/driver")")
		[ "$driver" = fsdev_dax ] || { echo "$1 is with $driver" >&2; exit 32; }
		mount -t tmpfs famfs "$2" && echo shared > "$2/data"
	END
	chmod 755 /usr/sbin/mount.famfs
	systemctl daemon-reload
	systemd-analyze verify --man=no famfs-pool.service famfs-user.service > said 2>&1 || fail "$(< said)"
	[[ ! -s said ]] || fail "$(< said)"
}

# UNIT PATTERN
journal_has() {
	journalctl --boot --unit="$1" | tee said
	grep "$2" said
}

without_a_file_system_the_device_goes_back() {
	touch /run/no-famfs
	! systemctl start famfs-user.service || fail "it started"
	journal_has famfs-pool.service 'no famfs today'
	journal_has famfs-pool.service 'dax0.0: rolled-back: famfs -> devdax'
	[[ $(driver_of dax0.0) == device_dax && $(systemctl is-active famfs-user.service) == inactive ]]
	rm /run/no-famfs
	systemctl reset-failed
}

what_needs_the_pool_mounts_it() {
	systemctl start famfs-user.service
	journal_has famfs-pool.service 'dax0.0: changed: devdax -> famfs'
	journal_has famfs-user.service "$(echo shared | sha256sum | cut -d' ' -f1)  /srv/pool/data"
	mountpoint /srv/pool
	[[ $(driver_of dax0.0) == fsdev_dax ]]
}

a_stop_unmounts_it() {
	systemctl stop famfs-pool.service
	! mountpoint /srv/pool || fail "it is mounted"
	[[ $(driver_of dax0.0) == fsdev_dax && $(systemctl is-failed famfs-pool.service) == inactive ]]
}

# By the page's own words
a_unit_gets_its_device_in_its_mode() {
	local unit=/etc/systemd/system/needs-pool.service

	daxfsctl reconfigure-device -m devdax dax0.0
	mkdir -p /etc/daxfsctl.conf.d
	printf '[device pool]\nname = dax0.0\nmode = famfs\n' > /etc/daxfsctl.conf.d/pool.conf
	# it was there at boot, without a configuration
	systemctl stop daxfsctl-apply@dax0.0.service
	awk '/^----$/ { inside = !inside; block = ""; next } inside { block = block $0 "\n" }
		/^After=/ { printf "%s", block }' daxfsctl-apply.txt > "$unit"
	printf '[Service]\nType=oneshot\nExecStart=readlink /sys/bus/dax/devices/dax0.0/driver\n' >> "$unit"
	cat "$unit"
	systemctl daemon-reload
	systemctl start needs-pool.service
	journal_has needs-pool.service '/fsdev_dax$'
	journal_has daxfsctl-apply@dax0.0.service 'dax0.0: changed: devdax -> famfs'
}

check systemd_understands_the_units install_the_units
check without_a_file_system_the_device_goes_back
check what_needs_the_pool_mounts_it
check a_stop_unmounts_it
check a_unit_gets_its_device_in_its_mode
check no_complaint_of_the_kernel dmesg_clean
finish
