# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Several devices, the forms of their names, and neighbours that must not be touched.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

# FILTER OPTION...: of a reconfigure-device document
ask() {
	local filter=$1
	shift
	daxfsctl reconfigure-device --json "$@" | jq -rc "$filter"
}

all_reports_each_and_skips_seeds() {
	local seed
	echo 1 > "$(region_of "$DAX_HMEM")/create"
	seed=$(< "$(region_of "$DAX_HMEM")/create")
	[[ $(ask '[.devices[] | [.chardev, .result]]' -m famfs all) == \
		"[[\"$DAX_HMEM\",\"changed\"],[\"$DAX_PMEM\",\"changed\"]]" ]]
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax && $(driver_of "$DAX_PMEM") == fsdev_dax ]]
	[[ $(driver_of "$seed") == none ]]
	[[ $(ask '[.devices[].result]' -m famfs all) == '["unchanged","unchanged"]' ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM" "$DAX_PMEM"
	delete_device "$seed"
}
check all_reports_each_and_skips_seeds

names_select() {
	local uuid start

	daxfsctl reconfigure-device -m famfs "/dev/$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	daxfsctl reconfigure-device -m devdax "${DAX_HMEM#dax}"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
	uuid=$(ndctl list -N | jq -r '.. | .uuid? // empty' | head -n 1)
	daxfsctl reconfigure-device -m famfs "uuid:$uuid"
	[[ $(driver_of "$DAX_PMEM") == fsdev_dax ]]
	start=$(cat "/sys/bus/dax/devices/$DAX_PMEM/resource")
	daxfsctl reconfigure-device -m devdax "resource:$start"
	[[ $(driver_of "$DAX_PMEM") == device_dax ]]
	daxfsctl reconfigure-device -m famfs "${DAX_PMEM%.*}.*"
	[[ $(driver_of "$DAX_PMEM") == fsdev_dax && $(driver_of "$DAX_HMEM") == device_dax ]]
	daxfsctl reconfigure-device -m devdax -r "$(cat "$(readlink -f "/sys/bus/dax/devices/$DAX_PMEM/..")/dax_region/id")" all
	[[ $(driver_of "$DAX_PMEM") == device_dax ]]
}
check names_select_devices names_select

missing_is_3() {
	expect_exit 3 daxfsctl reconfigure-device -m famfs dax9.9
	expect_exit 3 daxfsctl reconfigure-device -m famfs 'dax9*'
	expect_exit 3 daxfsctl reconfigure-device -m famfs uuid:00000000-0000-0000-0000-000000000000
	expect_exit 3 daxfsctl reconfigure-device -m famfs resource:0x1
	expect_exit 3 daxfsctl reconfigure-device -m famfs cxl:region9
	expect_exit 2 daxfsctl reconfigure-device -m famfs dax00.0
	expect_exit 2 daxfsctl reconfigure-device -m famfs ../dax0.0
	expect_exit 2 daxfsctl reconfigure-device -m famfs
}
check missing_devices_and_bad_names missing_is_3

# A missing one does not stop the others, and shows in the exit status.
one_fails_alone() {
	expect_exit 3 daxfsctl reconfigure-device -m famfs "$DAX_PMEM" dax9.9 "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax && $(driver_of "$DAX_PMEM") == fsdev_dax ]]
	# the static one refuses a size, the dynamic one takes it: one status of two
	expect_exit 6 daxfsctl reconfigure-device -s 768M -m devdax "$DAX_PMEM" "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax && $(driver_of "$DAX_PMEM") == fsdev_dax ]]
	daxfsctl reconfigure-device -m devdax all
}
check one_that_fails_does_not_stop_the_others one_fails_alone

# The first use of kmem loads it: a disabled neighbour of its type would be captured by that.
# Both regions of this machine may be of different types; each is tried as the bystander.
neighbour_stays_disabled() {
	local device=$1 other=$2 mode
	unbind "$other"
	for mode in system-ram famfs devdax; do
		daxfsctl reconfigure-device -f -m "$mode" "$device" || [[ $? == 5 ]]
		[[ $(driver_of "$other") == none ]] || fail "$other was bound to $(driver_of "$other")"
	done
	daxfsctl reconfigure-device -f --allow-capture -m devdax "$device"
	[[ $(driver_of "$other") != none ]] || daxfsctl reconfigure-device --allow-capture -m devdax "$other"
	[[ $(driver_of "$device") == device_dax && $(driver_of "$other") == device_dax ]]
}
check a_disabled_pmem_neighbour_stays_disabled neighbour_stays_disabled "$DAX_HMEM" "$DAX_PMEM"
check a_disabled_hmem_neighbour_stays_disabled neighbour_stays_disabled "$DAX_PMEM" "$DAX_HMEM"

check no_complaint_of_the_kernel dmesg_clean
finish
