# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# A kernel without fsdev_dax: famfs is refused with the right words, all else works.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

famfs_is_refused() {
	expect_exit 6 daxfsctl reconfigure-device -m famfs "$1" > out 2>&1
	cat out
	grep -q fsdev_dax out || fail "the module is not named"
	grep -qF "$(uname -r)" out || fail "the kernel is not named"
	grep -q "7.1" out || fail "it is not said which kernel would do"
	[[ $(driver_of "$1") == device_dax ]]
}

round_trip() {
	daxfsctl reconfigure-device -m system-ram "$1"
	[[ $(driver_of "$1") == kmem ]]
	daxfsctl reconfigure-device -f -m devdax "$1"
	[[ $(driver_of "$1") == device_dax ]]
}

for kind in hmem pmem; do
	device=$DAX_PMEM
	[[ $kind == pmem ]] || device=$DAX_HMEM
	check "${kind}_famfs_is_refused_with_6" famfs_is_refused "$device"
	check "${kind}_system_ram_and_back" round_trip "$device"
done

size_and_align() {
	daxfsctl reconfigure-device -s 768M -a 4K "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((768 * MiB)) && $(driver_of "$DAX_HMEM") == device_dax ]]
}
check size_and_align
check no_complaint_of_the_kernel dmesg_clean
finish
