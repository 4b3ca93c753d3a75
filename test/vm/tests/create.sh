# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Memory set online and offline, devices destroyed and made.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

# DEVICE: blocks that are online, and all
blocks() {
	daxfsctl list --json --memory "$1" | jq -cr '.devices[0].memory | "\(.online_blocks)/\(.total_blocks)"'
}

memory_goes_offline_and_online() {
	local device=$1 total
	daxfsctl reconfigure-device -m system-ram "$device"
	total=$(blocks "$device")
	total=${total#*/}
	[[ $(blocks "$device") == "$total/$total" ]]
	daxfsctl offline-memory --json "$device" | jq -e '.devices[0].result == "changed"'
	[[ $(blocks "$device") == "0/$total" && $(driver_of "$device") == kmem ]]
	daxfsctl offline-memory --json "$device" | jq -e '.devices[0].result == "unchanged"'
	daxfsctl online-memory --json "$device" | jq -e '.devices[0].result == "changed"'
	[[ $(blocks "$device") == "$total/$total" ]]
	daxfsctl online-memory --json "$device" | jq -e '.devices[0].result == "unchanged"'
	daxfsctl offline-memory "$device"
	# what is not online needs no force
	daxfsctl reconfigure-device -m devdax "$device"
}

memory_comes_online_in_a_kernel_zone() {
	daxfsctl reconfigure-device -N -m system-ram "$1"
	daxfsctl online-memory --no-movable "$1"
	daxfsctl list --json --memory "$1" | jq -e '.devices[0].memory.zones == ["Normal"]'
}

devdax_has_no_memory() {
	expect_exit 2 daxfsctl offline-memory "$1"
	expect_exit 2 daxfsctl online-memory "$1"
	[[ $(driver_of "$1") == device_dax ]]
}

# By the kernel's files alone, of 128 MiB, in the region of the hmem device
make_neighbour() {
	make_sibling "$DAX_HMEM" $((128 * MiB))
}

a_device_is_gone_with_its_memory_free() {
	local name free region
	region=$(readlink -f "$dax_bus/devices/$DAX_HMEM/..")/dax_region
	free=$(cat "$region/available_size")
	name=$(make_neighbour)
	daxfsctl reconfigure-device -m famfs "$name"
	expect_exit 5 daxfsctl destroy-device "$name"
	[[ $(driver_of "$name") == fsdev_dax ]]
	daxfsctl destroy-device --force --json "$name" > out
	jq -e '.devices[0] | .result == "changed" and .after == null' out
	[[ ! -e $dax_bus/devices/$name && $(cat "$region/available_size") == "$free" ]]
}

device_0_stays_empty() {
	local size
	size=$(size_of "$DAX_HMEM")
	daxfsctl destroy-device -f "$DAX_HMEM" > out
	grep 'device 0 of a region stays' out
	[[ $(size_of "$DAX_HMEM") == 0 && $(driver_of "$DAX_HMEM") == none ]]
	daxfsctl reconfigure-device -s "$size" -m devdax "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == "$size" && $(driver_of "$DAX_HMEM") == device_dax ]]
}

# MODE DRIVER
a_device_is_made() {
	local name free region
	region=$(readlink -f "$dax_bus/devices/$DAX_HMEM/..")/dax_region
	free=$(cat "$region/available_size")
	daxfsctl create-device -r 0 -s 256M -m "$1" --json > out
	name=$(jq -r '.devices[0] | select(.result == "changed").chardev' out)
	[[ $(driver_of "$name") == "$2" && $(size_of "$name") == $((256 * MiB)) && -c /dev/$name ]]
	daxfsctl destroy-device -f "$name"
	[[ $(cat "$region/available_size") == "$free" ]]
}

nothing_is_made_of_a_wrong_size() {
	local before
	before=$(ls "$dax_bus/devices")
	expect_exit 2 daxfsctl create-device -r 0 -s 3000
	expect_exit 2 daxfsctl create-device -r 0 -s 1T
	[[ $(ls "$dax_bus/devices") == "$before" ]]
}

a_static_device_is_refused() {
	expect_exit 6 daxfsctl destroy-device -f "$DAX_PMEM"
	[[ $(driver_of "$DAX_PMEM") == device_dax ]]
}

# Two ranges with memory of nobody between them, as daxctl and as daxfsctl print them
a_device_is_made_again_by_its_document() {
	local before name
	make_two_range "$DAX_HMEM"
	daxfsctl list -M --json "$DAX_HMEM" > document
	daxctl list -M -d "$DAX_HMEM" > array
	before=$(ranges_of "$DAX_HMEM")
	daxfsctl destroy-device -f "$DAX_HMEM"
	daxfsctl reconfigure-device --input document
	[[ $(ranges_of "$DAX_HMEM") == "$before" && $(driver_of "$DAX_HMEM") == device_dax ]]
	daxfsctl destroy-device -f "$DAX_HMEM"
	name=$(daxfsctl create-device --input array --json -m famfs | jq -r '.devices[0].chardev')
	[[ $(ranges_of "$name") == "$before" && $(driver_of "$name") == fsdev_dax ]]
	daxfsctl destroy-device -f "$name"
	# memory of nobody's region
	jq '.[0] | del(.size) | .mappings = [{start: 0, end: 134217727}]' array > wrong
	expect_exit 1 daxfsctl create-device --input wrong
	[[ $(size_of "$DAX_HMEM") == 0 && $(driver_of "$DAX_HMEM") == none ]]
	daxfsctl reconfigure-device -s 512M -m devdax "$DAX_HMEM"
}

for device in $DAX_HMEM $DAX_PMEM; do
	check "memory_goes_offline_and_online_$device" memory_goes_offline_and_online "$device"
	check "devdax_has_no_memory_$device" devdax_has_no_memory "$device"
done
check a_device_is_gone_with_its_memory_free
check a_devdax_device_is_made a_device_is_made devdax device_dax
check a_famfs_device_is_made a_device_is_made famfs fsdev_dax
check a_system_ram_device_is_made a_device_is_made system-ram kmem
check nothing_is_made_of_a_wrong_size
check device_0_stays_empty
check a_device_is_made_again_by_its_document
check a_static_device_is_refused
# the last: the kernel may put there what never moves
check memory_comes_online_in_a_kernel_zone memory_comes_online_in_a_kernel_zone "$DAX_PMEM"
check no_complaint_of_the_kernel dmesg_clean
finish
