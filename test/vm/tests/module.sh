# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Our fsdev_dax in place of the kernel's, with a module that holds devices as a file system does:
#	test/vm/run --module test/vm/tests/module.sh
# shellcheck source=test/vm/lib.sh
source ./lib.sh

[[ -d module ]] || fail "give me the modules: test/vm/run --module"
modprobe hwpoison-inject || fail "no hwpoison-inject"
insmod module/dax_holder.ko || fail "no holder"
readonly holder=/sys/module/dax_holder/parameters
readonly poison=/sys/kernel/debug/hwpoison/corrupt-pfn

# ---- the log

# From here on
log_mark() {
	mark="mark $SECONDS $RANDOM"
	echo "$mark" > /dev/kmsg
}

# What the kernel said since
log_since() {
	dmesg | sed "1,/$mark/d"
}

# TEXT: it said that
said() {
	log_since | grep -F -- "$1" || { log_since; fail "the log does not say: $1"; }
}

# TEXT
not_said() {
	! log_since | grep -F -- "$1" || fail "the log says: $1"
}

# ---- devices

# COMMAND ARGUMENT: of the holder
holder() {
	echo "$2" > "$holder/$1"
}

# DEVICE ATTRIBUTE
attribute() {
	cat "$dax_bus/devices/$1/fsdev/$2"
}

# DEVICE MODE
mode() {
	daxfsctl reconfigure-device -f -m "$2" "$1"
}

# ADDRESS: the answer is EBUSY for a page that nobody has mapped, poisoned or not
poison_at() {
	printf '%#x\n' $(($1 / 4096)) > "$poison" || echo "answered with an error"
}

# DEVICE RANGE: physical address of its first byte
start_of() {
	ranges_of "$1" | sed -n "$(($2 + 1))s/ .*//p"
}

# DEVICE: what the kernel's core has for it, with nothing between it and the driver
bind_fails() {
	local device=$1 text=$2 driver=$dax_bus/drivers/fsdev_dax
	unbind "$device"
	# registers it; the error is told by the bind below
	echo "$device" > "$driver/new_id" || true
	[[ $(driver_of "$device") == none ]] || fail "$device is bound"
	! (echo "$device" > "$driver/bind") 2> text || fail "$device is bound"
	echo "$device" > "$driver/remove_id"
	grep -F "$text" text || { cat text; fail "another error than: $text"; }
}

# PATH: instead of the module that is loaded
load() {
	modprobe -r fsdev_dax
	insmod "$@"
}

# ---- basics

ours_is_loaded() {
	modprobe fsdev_dax
	[[ $(modinfo -n fsdev_dax) == */updates/dkms/* ]]
	[[ $(< /sys/module/fsdev_dax/version) == "$(modinfo -F version fsdev_dax)" ]]
	[[ -n $(modinfo -F fixes fsdev_dax) ]]
}

# DEVICE DATA_OFFSET
attributes_are_true() {
	local device=$1
	mode "$device" famfs
	[[ $(attribute "$device" size) == "$(size_of "$device")" ]]
	[[ $(attribute "$device" data_offset) == "$2" ]] ||
		fail "data_offset is $(attribute "$device" data_offset), not $2"
	[[ $(attribute "$device" held) == 0 ]]
	[[ -z $(attribute "$device" failures) ]]
	mode "$device" devdax
	[[ ! -e $dax_bus/devices/$device/fsdev ]]
}

# The page map begins where its namespace does
data_offset_of_pmem() {
	local device=$dax_bus/devices/$DAX_PMEM namespace
	namespace=$(cat "$(readlink -f "$device/..")/namespace")
	echo $(($(< "$device/resource") - $(< "/sys/bus/nd/devices/$namespace/resource")))
}

# DEVICE TIMES
round_trips() {
	local device=$1 times=$2 number
	for ((number = 0; number < times; number++)); do
		rebind_to "$device" fsdev_dax
		rebind_to "$device" device_dax
	done
}

make_two_range "$DAX_HMEM" || fail "$DAX_HMEM has not two ranges"
check our_module_is_the_one_that_loads ours_is_loaded
check attributes_of_a_dynamic_device attributes_are_true "$DAX_HMEM" 0
check attributes_of_a_static_device attributes_are_true "$DAX_PMEM" "$(data_offset_of_pmem)"
check round_trips_of_a_dynamic_device round_trips "$DAX_HMEM" 10
check round_trips_of_a_static_device round_trips "$DAX_PMEM" 10

# ---- a holder

holds() {
	# what a test before held when it failed
	holder put 1 2> /dev/null || true
	mode "$1" famfs
	holder get "/dev/$1"
	[[ $(attribute "$1" held) == 1 ]]
}

lets_go() {
	holder put 1
	[[ $(attribute "$1" held) == 0 ]]
}

ranges_are_accessed() {
	local first second
	first=$(start_of "$DAX_HMEM" 0)
	second=$(start_of "$DAX_HMEM" 1)
	holds "$DAX_HMEM"
	log_mark
	holder access "0 1"
	said "page 0x0: 1 pages at frame $(printf '%#x' $((first / 4096))), address right"
	# 16 pages before the end of the first range
	holder access "$((0x10000 - 16)) 32"
	said "page 0xfff0: 16 pages at frame"
	holder access "$((0x10000)) 32"
	said "page 0x10000: 32 pages at frame $(printf '%#x' $((second / 4096))), address right"
	holder touch $((0x10000 + 7))
	holder zero $((0x10000 + 8))
	! holder access "$((0x20000)) 1" || fail "access behind the end"
	lets_go "$DAX_HMEM"
}
check a_request_ends_with_its_range ranges_are_accessed

# DEVICE RANGE OFFSET: page 5 of that range
poison_is_told() {
	local device=$1 range=$2 offset=$3 event
	holds "$device"
	udevadm monitor --kernel --property > events &
	event=$!
	wait_until 10 grep -q KERNEL events
	log_mark
	poison_at $(($(start_of "$device" "$range") + 0x5000))
	said "told of offset $offset length 0x1000"
	[[ $(attribute "$device" failures | tail -n 1) == "$offset 0x1000" ]]
	wait_until 10 grep -q "DAXFS_OFFSET=$offset" events || { cat events; fail "no event"; }
	kill "$event"
	lets_go "$device"
	# a page that is poisoned stays so until its memmap goes
	mode "$device" devdax
}
check poison_in_range_0 poison_is_told "$DAX_HMEM" 0 0x5000
check poison_in_range_1 poison_is_told "$DAX_HMEM" 1 0x10005000
check poison_behind_a_data_offset poison_is_told "$DAX_PMEM" 0 0x5000

metadata_is_not_told() {
	holds "$DAX_PMEM"
	log_mark
	poison_at $(($(start_of "$DAX_PMEM" 0) - 4096))
	not_said "told of"
	[[ -z $(attribute "$DAX_PMEM" failures) ]]
	lets_go "$DAX_PMEM"
	mode "$DAX_PMEM" devdax
}
[[ $(data_offset_of_pmem) == 0 ]] || check poison_of_metadata_is_not_told metadata_is_not_told

poison_after_the_module() {
	local device
	for device in "$DAX_HMEM" "$DAX_PMEM"; do
		mode "$device" famfs
		mode "$device" devdax
	done
	modprobe -r fsdev_dax
	for device in "$DAX_HMEM" "$DAX_PMEM"; do
		poison_at $(($(start_of "$device" 0) + 0x6000))
	done
	for device in "$DAX_HMEM" "$DAX_PMEM"; do
		mode "$device" famfs
		mode "$device" devdax
	done
}
check poison_after_the_module_is_gone poison_after_the_module

# ---- under its feet

mapping_is_written() {
	holds "$DAX_HMEM"
	echo "0x130000000-0x137ffffff" > "$dax_bus/devices/$DAX_HMEM/mapping"
	[[ $(ranges_of "$DAX_HMEM" | wc -l) == 3 ]]
	[[ $(attribute "$DAX_HMEM" size) == $((512 * MiB)) ]]
	! holder access "$((0x20000)) 1" || fail "access to a range that is not mapped"
	holder access "$((0x10000)) 1"
	holder touch 3
	lets_go "$DAX_HMEM"
	unbind "$DAX_HMEM"
	bind_to "$DAX_HMEM" fsdev_dax
	[[ $(attribute "$DAX_HMEM" size) == $((640 * MiB)) ]]
	mode "$DAX_HMEM" devdax
}
check mapping_written_while_bound mapping_is_written
check poison_in_range_2 poison_is_told "$DAX_HMEM" 2 0x20005000

# OFFSET
waits_for_page() {
	log_since | grep -qF "unbind waits for the users of the page at $1"
}

# The kernel panics when it thinks that a task hangs
unbind_waits_for_a_pin() {
	local device=$1 writer
	sysctl -q kernel.hung_task_timeout_secs=5 kernel.hung_task_panic=1
	holds "$device"
	holder pin 9
	lets_go "$device"
	log_mark
	unbind "$device" &
	writer=$!
	wait_until 10 waits_for_page 0x9000 || fail "it does not say that it waits"
	sleep 17
	[[ $(log_since | grep -c 'unbind waits') -ge 2 ]] || fail "it does not say so again"
	kill -0 "$writer" || fail "the unbind did not wait"
	holder unpin 1
	wait "$writer"
	sysctl -q kernel.hung_task_panic=0
	[[ $(driver_of "$device") == none ]]
	bind_to "$device" device_dax
}
check unbind_of_a_dynamic_device_waits_for_a_pin unbind_waits_for_a_pin "$DAX_HMEM"
check unbind_of_a_static_device_waits_for_a_pin unbind_waits_for_a_pin "$DAX_PMEM"

# ---- what no machine does by itself

# FAULT DEVICE TEXT MESSAGE
fault_is_refused() {
	local fault=$1 device=$2 text=$3 message=$4
	load module/fsdev_dax-test.ko faults="$fault"
	log_mark
	bind_fails "$device" "$text"
	said "$message"
	bind_to "$device" device_dax
	echo 0 > /sys/module/fsdev_dax/parameters/faults
	rebind_to "$device" fsdev_dax
	rebind_to "$device" device_dax
}
for device in "$DAX_HMEM" "$DAX_PMEM"; do
	check "aliasing_cache_is_refused_on_$device" \
		fault_is_refused 1 "$device" "Operation not supported" "the data cache aliases"
	check "late_failure_leaves_nothing_on_$device" \
		fault_is_refused 4 "$device" "Input/output error" "late failure"
done
check data_outside_of_the_page_map_is_refused \
	fault_is_refused 2 "$DAX_PMEM" "Invalid argument" "outside of page map"

wrong_layout_is_refused() {
	load module/fsdev_dax-shifted.ko
	log_mark
	bind_fails "$1" "No such device"
	said "is not what this module was built for"
	bind_to "$1" device_dax
	modprobe -r fsdev_dax
}
check wrong_layout_is_refused_dynamic wrong_layout_is_refused "$DAX_HMEM"
check wrong_layout_is_refused_static wrong_layout_is_refused "$DAX_PMEM"

check no_complaint_of_the_kernel dmesg_clean
finish
