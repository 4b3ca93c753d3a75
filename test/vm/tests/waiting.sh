# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2153,SC2317 # DAX_PMEM is set; check calls the functions
#
# Devices that a file system holds, and an unbind that waits for a page it has pinned: what the
# program leaves behind, and how that ends. Only our module tells of the one and waits for the other.
#	test/vm/run --module test/vm/tests/waiting.sh
# shellcheck source=test/vm/lib.sh
source ./lib.sh

[[ -d module ]] || fail "give me the modules: test/vm/run --module"
insmod module/dax_holder.ko || fail "no holder"

# COMMAND ARGUMENT: of the module that stands for a file system
holder() {
	echo "$2" > "/sys/module/dax_holder/parameters/$1"
}

# FILTER: of what the program said of the device
device_is() {
	jq -e ".devices[0] | $1" out > /dev/null || { cat out; fail "not $1"; }
}

error_is() {
	jq -e ".errors[0] | $1" out > /dev/null || { cat out; fail "not $1"; }
}

journal_of() {
	daxfsctl list -v --json "$1" | jq -r '.devices[0].journal'
}

is_stale() {
	[[ $(journal_of "$DAX_HMEM") == stale ]]
}

held_is_refused() {
	daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	holder get "/dev/$DAX_HMEM"
	trap 'holder put 1' EXIT
	daxfsctl list --json --users "$DAX_HMEM" > out
	device_is '.users | map(.how) == ["held"]'
	expect_exit 5 daxfsctl reconfigure-device --json -m devdax "$DAX_HMEM" > out
	error_is '.id == "in-use" and (.users | map(.how) == ["held"])'
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	trap - EXIT
	holder put 1
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}
check a_device_that_a_file_system_holds_is_refused held_is_refused

# The device in mode famfs, and a page of it pinned by nobody that can be seen
pin_a_page() {
	daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	holder get "/dev/$DAX_HMEM"
	trap 'holder put 1' EXIT
	holder pin 9
	trap 'holder unpin 1' EXIT
	holder put 1
}

let_go() {
	trap - EXIT
	holder unpin 1
	wait_until 30 is_stale
}

# A switch gives up waiting for it
left_behind() {
	pin_a_page
	expect_exit 7 daxfsctl reconfigure-device --timeout 2 --json -m devdax "$DAX_HMEM" > out
	device_is '.pending and .result == "failed"'
	error_is '.id == "pending" and .step == "unbind"'
	[[ $(journal_of "$DAX_HMEM") == pending ]]
}

recovered_when_the_pin_is_gone() {
	left_behind
	expect_exit 5 daxfsctl recover --json "$DAX_HMEM" > out
	error_is '.id == "pending"'
	expect_exit 5 daxfsctl reconfigure-device --json -m system-ram "$DAX_HMEM" > out
	error_is '.id == "pending"'
	let_go
	daxfsctl recover "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}
check a_switch_left_behind_is_recovered_when_the_pin_is_gone recovered_when_the_pin_is_gone

other_devices_stay_usable() {
	local mode
	left_behind
	for mode in famfs devdax system-ram devdax; do
		timeout 30 daxfsctl reconfigure-device -f -m "$mode" "$DAX_PMEM"
	done
	[[ $(driver_of "$DAX_PMEM") == device_dax && $(journal_of "$DAX_HMEM") == pending ]]
	let_go
	# the next switch settles it
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}
check other_devices_stay_usable

# Ctrl-C while it waits
interrupted() {
	pin_a_page
	timeout --signal INT 3 daxfsctl reconfigure-device -m devdax "$DAX_HMEM" &&
		fail "it did not wait"
	[[ $(journal_of "$DAX_HMEM") == pending ]]
	let_go
	daxfsctl recover "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}
check a_signal_ends_the_wait interrupted

check no_complaint_of_the_kernel dmesg_clean
finish
