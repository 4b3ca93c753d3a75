# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Trees with one defect each, made of healthy ones: plant NAME makes $tree, and says in $base of what,
# in $device where the defect is, in $mode what to check for ("" for none), in $id what has to be
# found, and in $severity how bad that is.

hmem=sys/devices/platform/hmem_platform.0/hmem.0
nd=sys/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0012:00/ndbus0/region1
cxl=sys/devices/platform/ACPI0017:00/root0/decoder0.0/region0

# FILE TEXT: below the tree
put() {
	mkdir -p "$tree/$(dirname "$1")"
	printf '%s\n' "$2" >"$tree/$1"
}

# DEVICE-DIRECTORY INDEX START END PAGE-OFFSET
put_mapping() {
	put "$1/mapping$2/start" "$3"
	put "$1/mapping$2/end" "$4"
	put "$1/mapping$2/page_offset" "$5"
}

# What a device of 256 MiB at 0x170000000 would be, beside dax0.0
put_second_device() {
	put $hmem/dax0.1/size 268435456
	put_mapping $hmem/dax0.1 0 0x170000000 0x17fffffff 0x0
	put $hmem/dax0.1/resource 0x170000000
	put $hmem/dax_region/available_size 1342177280
}

# BASE DEVICE MODE ID SEVERITY
is_to_be() {
	base=$1 device=$2 mode=$3 id=$4 severity=$5
	tree=$work/tree
	rm -rf "$tree"
	cp -r "$SYSFS/$base" "$tree"
}

defects=(
	range_reversed range_overlap range_misaligned page_offset size_differs resource_differs
	align_unsupported range_is_ram range_claimed range_split range_unowned
	range_outside_hmem_region range_outside_cxl_region larger_than_region region_sum
	range_shared static_ranges data_before_map data_past_map data_differs_in_place
	data_differs_in_size map_too_small align_differs align_unsupported_by_namespace
	empty_device empty_device_for_a_mode no_memory_for_map memory_lost udev_onlines
	udev_onlines_by_a_command online_policy range_too_small no_memory_hotplug no_target_node
	cache_aliases cache_may_alias left_page_map in_use held bystander stranded unknown_driver
	unreadable memory_online from_system_ram poison poison_for_system_ram
)

plant() {
	case $1 in
	# ---- ranges
	range_reversed)
		is_to_be hmem dax0.0 '' range-reversed error
		put $hmem/dax0.0/mapping1/end 0x15fffffff
		;;
	range_overlap)
		is_to_be hmem dax0.0 '' range-overlap error
		put_mapping $hmem/dax0.0 1 0x148000000 0x157ffffff 0x10000
		;;
	range_misaligned)
		is_to_be hmem dax0.0 '' range-misaligned error
		put_mapping $hmem/dax0.0 1 0x160100000 0x1700fffff 0x10000
		;;
	page_offset)
		is_to_be hmem dax0.0 '' page-offset error
		put $hmem/dax0.0/mapping1/page_offset 0x10200
		;;
	size_differs)
		is_to_be hmem dax0.0 '' size-differs error
		put $hmem/dax0.0/size 268435456
		put $hmem/dax_region/available_size 1879048192
		;;
	resource_differs)
		is_to_be hmem dax0.0 '' resource-differs error
		put $hmem/dax0.0/resource 0x148000000
		;;
	align_unsupported)
		is_to_be hmem dax0.0 '' align-unsupported error
		put $hmem/dax0.0/align 1048576
		;;
	# ---- who has the memory
	range_is_ram)
		is_to_be hmem dax0.0 '' range-is-ram error
		put proc/iomem $'00001000-0009fbff : System RAM\n140000000-14fffffff : Soft Reserved\n150000000-1bfffffff : System RAM'
		;;
	range_claimed)
		is_to_be hmem dax0.0 '' range-claimed error
		sed -i 's/160000000-16fffffff : dax0.0/160000000-16fffffff : dax0.1/' "$tree/proc/iomem"
		;;
	range_split)
		is_to_be hmem dax0.0 '' range-split error
		sed -i 's/140000000-1bfffffff : Soft/140000000-167ffffff : Soft/' "$tree/proc/iomem"
		;;
	range_unowned)
		is_to_be hmem dax0.0 '' range-unowned warning
		put proc/iomem '00001000-0009fbff : System RAM'
		;;
	range_outside_hmem_region)
		is_to_be hmem dax0.0 '' range-outside-region error
		sed -i 's/140000000-1bfffffff : hmem.0/140000000-15fffffff : hmem.0/' "$tree/proc/iomem"
		;;
	range_outside_cxl_region)
		is_to_be cxl dax0.0 '' range-outside-region error
		put $cxl/resource 0x10a0000000
		;;
	larger_than_region)
		is_to_be pmem dax1.0 '' larger-than-region error
		put "$nd/dax1.2/dax_region/size" 268435456
		;;
	region_sum)
		is_to_be hmem dax0.0 '' region-sum warning
		put $hmem/dax_region/available_size 1073741824
		;;
	range_shared)
		is_to_be hmem dax0.0 '' range-shared error
		put_second_device
		put_mapping $hmem/dax0.1 0 0x168000000 0x177ffffff 0x0
		;;
	# ---- static devices
	static_ranges)
		is_to_be pmem dax1.0 '' static-ranges error
		put_mapping "$nd/dax1.2/dax1.0" 0 0x240200000 0x2501fffff 0x0
		put_mapping "$nd/dax1.2/dax1.0" 1 0x250200000 0x25fffffff 0x10000
		;;
	data_before_map)
		is_to_be pmem dax1.0 '' data-before-map error
		put "$nd/namespace1.0/resource" 0x240400000
		;;
	data_past_map)
		is_to_be pmem dax1.0 '' data-past-map error
		put "$nd/namespace1.0/size" 268435456
		;;
	data_differs_in_place)
		is_to_be pmem dax1.0 '' data-differs error
		put "$nd/dax1.2/resource" 0x240400000
		;;
	data_differs_in_size)
		is_to_be pmem dax1.0 '' data-differs error
		put "$nd/dax1.2/size" 268435456
		;;
	map_too_small)
		is_to_be pmem dax1.0 '' map-too-small error
		put "$nd/dax1.2/mode" pmem
		;;
	align_differs)
		is_to_be pmem dax1.0 '' align-differs error
		put "$nd/dax1.2/align" 4096
		;;
	align_unsupported_by_namespace)
		is_to_be pmem dax1.0 '' align-unsupported error
		put "$nd/dax1.2/supported_alignments" '4096 1073741824'
		;;
	# ---- what a mode needs
	empty_device) is_to_be hmem dax0.1 '' empty-device warning ;;
	empty_device_for_a_mode) is_to_be hmem dax0.1 famfs empty-device error ;;
	no_memory_for_map)
		is_to_be hmem dax0.0 famfs no-memory-for-map error
		put proc/meminfo $'MemTotal:  4096 kB\nMemAvailable:   1024 kB'
		;;
	memory_lost)
		is_to_be hmem dax0.0 system-ram memory-lost warning
		put_mapping $hmem/dax0.0 1 0x162000000 0x171ffffff 0x10000
		;;
	udev_onlines)
		is_to_be hmem dax0.0 system-ram udev-onlines warning
		put etc/udev/rules.d/40-vm-hotadd.rules \
			$'# memory\nSUBSYSTEM=="memory", ACTION=="add", \\\n  ATTR{state}="online"'
		;;
	udev_onlines_by_a_command)
		is_to_be hmem dax0.0 system-ram udev-onlines warning
		put usr/lib/udev/rules.d/80-hotplug.rules \
			'SUBSYSTEM=="memory", ACTION=="add", RUN+="/bin/sh -c '\''echo online > /sys$devpath/state'\''"'
		;;
	online_policy)
		is_to_be hmem dax0.0 system-ram online-policy error
		put sys/devices/system/memory/auto_online_blocks online
		;;
	range_too_small)
		is_to_be hmem dax0.0 system-ram range-too-small error
		put sys/devices/system/memory/block_size_bytes 80000000
		;;
	no_memory_hotplug)
		is_to_be hmem dax0.0 system-ram no-memory-hotplug error
		rm -r "$tree/sys/devices/system/memory"
		;;
	no_target_node)
		is_to_be hmem dax0.0 system-ram no-target-node error
		put $hmem/dax0.0/target_node -1
		;;
	cache_aliases)
		is_to_be hmem dax0.0 famfs cache-aliasing error
		put proc/sys/kernel/arch parisc64
		;;
	cache_may_alias)
		is_to_be hmem dax0.0 famfs cache-aliasing warning
		put proc/sys/kernel/arch armv7l
		;;
	# ---- state
	left_page_map)
		is_to_be hmem dax0.0 '' left-page-map warning
		rm "$tree/$hmem/dax0.0/driver"
		put dev/kmsg $'6,811,2,-;device_dax dax0.0: something\n4,812,3,-;fsdev_dax dax0.0: dynamic-dax with pre-populated page map\n SUBSYSTEM=dax\n6,813,4,-;usb 1-1: new device'
		;;
	in_use)
		is_to_be hmem dax0.0 famfs in-use error
		put proc/1/comm init
		put proc/12/comm cat
		mkdir -p "$tree"/proc/{1,12}/fd
		ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
		;;
	held) is_to_be fsdev dax0.0 devdax in-use error ;;
	bystander)
		is_to_be hmem dax0.0 system-ram bystander error
		put_second_device
		;;
	stranded) is_to_be stranded dax0.0 devdax stranded error ;;
	unknown_driver) is_to_be unknown-driver dax0.0 devdax unknown-driver error ;;
	unreadable)
		is_to_be pmem dax1.0 devdax unreadable error
		rm "$tree/$nd/dax1.2/dax1.0/size"
		;;
	memory_online) is_to_be system-ram dax0.0 devdax memory-online error ;;
	from_system_ram)
		is_to_be system-ram dax0.0 famfs from-system-ram error
		for block in "$tree"/sys/devices/system/memory/memory*/state; do
			echo offline >"$block"
		done
		;;
	poison)
		is_to_be fsdev dax0.1 '' poison warning
		put $hmem/dax0.1/fsdev/failures '0x5000 0x1000'
		;;
	poison_for_system_ram)
		is_to_be pmem dax1.0 system-ram poison error
		cp -r "$SYSFS/hmem/sys/devices/system" "$tree/sys/devices"
		put "$nd/resource" 0x240000000
		put "$nd/badblocks" '4096 8'
		# whole memory blocks
		put sys/devices/system/memory/block_size_bytes 200000
		;;
	*) fail "no such defect: $1" ;;
	esac
}
