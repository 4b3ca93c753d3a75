# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Memory that really fails, as far as a machine in QEMU can: a machine check that QEMU's monitor raises
# reaches who holds the device, by its offset, and is seen by list --poison.
#	test/vm/run --monitor --module test/vm/tests/machine-check.sh
#	test/vm/run --monitor --test-modules --devices cxl test/vm/tests/machine-check.sh
# inject.sh takes the functions, for its machine is up anyway.
# shellcheck source=test/vm/lib.sh
[[ -v lib_passed ]] || source ./lib.sh

# An uncorrected error that a scrubber found: valid, not corrected, with an address of a page, and
# nobody has to stop for it (MCACOD 0xc0, S without AR)
readonly mce_status=0xbd000000000000c0 mce_misc=0x8c

# ADDRESS: on all processors, as Intel's do
machine_check() {
	printf 'mce -b 0 9 %s 0x5 %#x %s\n' "$mce_status" "$1" "$mce_misc" > "$VM_MONITOR"
}

# DEVICE OFFSET: its address
address_of() {
	daxfsctl inject-error --dry-run --json --offset "$2" "$1" -f |
		jq '.devices[0].targets[0].address'
}

# MARK: the offsets that the holder was told of since
told_since() {
	dmesg | sed "1,/mark $1/d" | sed -n 's/.*told of offset \(0x[0-9a-f]*\) .*/\1/p'
}

# MARK OFFSET
is_told() {
	local offset
	for offset in $(told_since "$1"); do
		[[ $((offset)) != $(($2)) ]] || return 0
	done
	return 1
}

# DEVICE SOURCE OFFSET: whether that source lists the page of it
is_listed() {
	daxfsctl list --poison --json "$1" > said
	jq -e --arg source "$2" --argjson offset "$(($3))" '.devices[0].poison[] |
		select(.source == $source and .offset >= $offset and .offset < $offset + 4096)' said
}

# DEVICE OFFSET: with the module dax_holder
arrives_and_is_listed() {
	local device=$1 offset=$2 module=/sys/module/dax_holder/parameters
	daxfsctl reconfigure-device -m famfs "$device"
	echo "/dev/$device" > "$module/get"
	echo "mark $device $offset" > /dev/kmsg
	machine_check "$(address_of "$device" "$offset")"
	wait_until 20 is_told "$device $offset" "$offset" || fail "the holder was not told"
	[[ $device != "${DAX_PMEM:-}" ]] || wait_until 20 is_listed "$device" badblocks "$offset"
	if [[ -e /sys/module/fsdev_dax/version ]]; then
		is_listed "$device" fsdev "$offset"
	else
		# the kernel's own driver keeps nothing: that is told
		daxfsctl list --poison --json "$device" > said
		jq -e '.devices[0].poison_unknown | contains(["fsdev"])' said
		! jq -e '.devices[0].poison[] | select(.source == "fsdev")' said || fail "listed by whom?"
	fi
	echo 1 > "$module/put"
	daxfsctl reconfigure-device -m devdax "$device"
}

# Where the kernel's handling cannot be listened to, monitor has the bad blocks of nvdimm regions
bad_blocks_are_told() {
	local directory offset=$((0x9000))
	for directory in /sys/kernel/tracing /sys/kernel/debug; do
		mount -t tmpfs tmpfs "$directory"
	done
	start_monitor
	machine_check "$(address_of "$DAX_PMEM" "$offset")"
	wait_until 20 grep -q badblocks events || { cat events; fail "it was not told"; }
	stop_monitor
	umount /sys/kernel/tracing /sys/kernel/debug
	jq -es --arg device "$DAX_PMEM" --argjson offset "$offset" 'map(select(.event == "failure")) |
		length == 1 and .[0].chardev == $device and .[0].source == "badblocks" and
		.[0].offset <= $offset and .[0].offset + .[0].length > $offset' events ||
		{ cat events; fail "the event is another one"; }
}

# Of all devices; that of hmem has two ranges
machine_checks_arrive() {
	local kind name
	[[ ! -v DAX_HMEM ]] ||
		check a_machine_check_in_the_second_range_arrives arrives_and_is_listed "$DAX_HMEM" 0x10005000
	for kind in hmem pmem cxl; do
		name=DAX_${kind^^}
		[[ ! -v $name ]] ||
			check "a_machine_check_of_${kind}_arrives" arrives_and_is_listed "${!name}" 0x7000
	done
	[[ ! -v DAX_PMEM ]] ||
		check a_bad_block_is_told_where_nothing_can_be_traced bad_blocks_are_told
}

[[ $0 == *machine-check.sh ]] || return 0
[[ -n ${VM_MONITOR:-} ]] || fail "give me the monitor: test/vm/run --monitor"
[[ -d module ]] || fail "give me the modules: test/vm/run --module or --test-modules"
insmod module/dax_holder.ko || fail "no holder"
[[ ! -v DAX_HMEM ]] || make_two_range "$DAX_HMEM" || fail "$DAX_HMEM has not two ranges"
machine_checks_arrive
check no_complaint_of_the_kernel dmesg_clean
finish
