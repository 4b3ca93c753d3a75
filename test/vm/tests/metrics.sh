# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# The timer for metrics, in a whole Debian:
#	test/vm/run --full --devices hmem-kmem,pmem,cxl test/vm/tests/metrics.sh
# shellcheck source=test/vm/lib.sh
source ./lib.sh

# where boot/daxfsctl-metrics.service writes
dir=/var/lib/prometheus/node-exporter

nothing_is_written_without_the_directory() {
	systemctl start daxfsctl-metrics.service
	[[ ! -e $dir ]]
}

# What it is confined to must not keep anything from it: a list of poison takes perf_event_open().
the_service_sees_what_root_sees() {
	mkdir -p "$dir"
	systemctl start daxfsctl-metrics.service ||
		fail "$(journalctl --boot --unit=daxfsctl-metrics.service)"
	daxfsctl metrics > all
	diff all "$dir/daxfsctl.prom"
	grep 'daxfs_device_poison_bytes{.*source="cxl"} 0' all
	[[ $(stat -c %a "$dir/daxfsctl.prom") == 644 ]]
}

the_timer_starts_it() {
	rm "$dir/daxfsctl.prom"
	systemctl enable --now daxfsctl-metrics.timer
	for _ in {1..60}; do
		[[ ! -s $dir/daxfsctl.prom ]] || return 0
		sleep 1
	done
	fail "there is nothing after a minute"
}

check nothing_is_written_without_the_directory
check the_service_sees_what_root_sees
check the_timer_starts_it
check no_complaint_of_the_kernel dmesg_clean
finish
