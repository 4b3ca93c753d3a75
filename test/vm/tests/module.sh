# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Our fsdev_dax in place of the kernel's. What both are asked for is in fsdev.sh.
#	test/vm/run --module test/vm/tests/module.sh test/kmod/expected-imports
#
# PIN_SECONDS: how long an unbind has to wait for a pin
#
# shellcheck source=test/vm/lib.sh
source ./lib.sh
# shellcheck source=test/vm/module-lib.sh
source module/lib.sh
PIN_SECONDS=${PIN_SECONDS:-12}

# ---- the module

ours_is_loaded() {
	modprobe fsdev_dax
	[[ $(modinfo -n fsdev_dax) == */updates/dkms/* ]]
	[[ $(< /sys/module/fsdev_dax/version) == "$(modinfo -F version fsdev_dax)" ]]
	[[ -n $(modinfo -F fixes fsdev_dax) ]]
}

# What the compiler and its plugins call is its own affair
imports() {
	grep -vE '^__(fentry__|x86_|(ref_)?stack_chk_|fortify_|ubsan_)' "$1"
}

# An initialiser that is lost, say to a union, takes all the code along that only it leads to
imports_are_expected() {
	diff <(grep -v '^#' expected-imports | sort) <(imports module/imports)
}

check our_module_is_the_one_that_loads ours_is_loaded
check it_imports_what_it_should imports_are_expected
make_two_range "$DAX_HMEM" || fail "$DAX_HMEM has not two ranges"

# ---- attributes

# DEVICE DATA_OFFSET
attributes_are_true() {
	local device=$1
	rebind_to "$device" fsdev_dax
	[[ $(attribute "$device" size) == "$(size_of "$device")" ]]
	[[ $(attribute "$device" data_offset) == "$2" ]] ||
		fail "data_offset is $(attribute "$device" data_offset), not $2"
	[[ $(attribute "$device" held) == 0 ]]
	[[ -z $(attribute "$device" failures) ]]
	holder get "/dev/$device"
	[[ $(attribute "$device" held) == 1 ]]
	holder put 1
	[[ $(attribute "$device" held) == 0 ]]
	rebind_to "$device" device_dax
	[[ ! -e $dax_bus/devices/$device/fsdev ]]
}

list_says() {
	daxfsctl list --json "$1" > list.json
	[[ $(jq -c '.devices[0] | [.held, .data_offset]' list.json) == "$2" ]] ||
		{ cat list.json; fail "held and data_offset are not $2"; }
}

list_is_true() {
	rebind_to "$DAX_PMEM" fsdev_dax
	list_says "$DAX_PMEM" "[false,$(data_offset_of "$DAX_PMEM")]"
	holder get "/dev/$DAX_PMEM"
	list_says "$DAX_PMEM" "[true,$(data_offset_of "$DAX_PMEM")]"
	rebind_to "$DAX_HMEM" fsdev_dax
	list_says "$DAX_HMEM" "[false,0]"
}

held_is_in_use() {
	hold "$DAX_HMEM"
	expect_exit 5 daxfsctl reconfigure-device --json -m devdax "$DAX_HMEM" > refused.json
	[[ $(jq -r '.errors[0].id' refused.json) == in-use ]]
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
}

module_check attributes_of_a_dynamic_device attributes_are_true "$DAX_HMEM" 0
module_check attributes_of_a_static_device attributes_are_true "$DAX_PMEM" "$(data_offset_of "$DAX_PMEM")"
module_check list_tells_held_and_data_offset list_is_true
module_check a_held_device_is_in_use held_is_in_use

# ---- access

ranges_are_accessed() {
	local first second
	first=$(start_of "$DAX_HMEM" 0)
	second=$(start_of "$DAX_HMEM" 1)
	hold "$DAX_HMEM"
	log_mark
	holder access "0 1"
	said "page 0x0: 1 pages at frame $(printf '%#x' $((first / 4096))), address right"
	# 16 pages before the end of the first range
	holder access "$((0x10000 - 16)) 32"
	said "page 0xfff0: 16 pages at frame"
	holder access "$((0x10000)) 32"
	said "page 0x10000: 32 pages at frame $(printf '%#x' $((second / 4096))), address right"
	! holder access "$((0x20000)) 1" || fail "access behind the end"
	! holder access "-1 1" || fail "access before the beginning"
}

# PAGE: it has what fill wrote
is_filled() {
	log_mark
	holder touch "$1"
	not_said "words 0x0 0x0"
}

# PAGE
is_zero() {
	log_mark
	holder touch "$1"
	said "words 0x0 0x0"
}

# The four pages around the end of the first range, which are far apart in memory
a_gap_is_zeroed() {
	hold "$DAX_HMEM"
	holder fill 1
	holder zero "$((0xfffe)) 4"
	is_filled $((0xfffd))
	is_zero $((0xfffe))
	is_zero $((0xffff))
	is_zero $((0x10000))
	is_zero $((0x10001))
	is_filled $((0x10002))
	holder zero "$((0x10002)) 1"
	is_zero $((0x10002))
	is_filled $((0x10003))
}

# The end of the device is none that zeroing goes over
zeroing_ends_with_the_device() {
	hold "$DAX_HMEM"
	! holder zero "$((0x1fffe)) 3" || fail "a page behind the end was zeroed"
	is_zero $((0x1ffff))
}

broken_is_written_over() {
	hold "$DAX_HMEM"
	holder fill 2
	poison_at $(($(start_of "$DAX_HMEM" 1) + 0x3000))
	holder recover "$((0x10003)) 90"
	log_mark
	holder touch $((0x10003))
	said "words 0x5a5a5a5a5a5a5a5a 0x5a5a5a5a5a5a5a5a"
	is_filled $((0x10002))
	is_filled $((0x10004))
}

module_check a_request_ends_with_its_range ranges_are_accessed
module_check zeroing_goes_over_a_gap a_gap_is_zeroed
module_check zeroing_ends_with_the_device zeroing_ends_with_the_device
module_check recovery_writes_over_what_is_broken broken_is_written_over

# ---- memory failures

event_is_there() {
	awk -v offset="DAXFS_OFFSET=$1" 'BEGIN { RS = "" }
		/ACTION=change/ && index($0, "DEVNAME=/dev/dax") && index($0, offset "\n") &&
		index($0, "DAXFS_LENGTH=0x1000") { found = 1 } END { exit !found }' events
}

# DEVICE RANGE OFFSET: page 5 of that range
failure_is_told() {
	local device=$1 range=$2 offset=$3 event
	hold "$device"
	udevadm monitor --kernel --property > events &
	event=$!
	# shellcheck disable=SC2064 # now
	trap "kill $event" EXIT
	wait_until 10 grep -q KERNEL events
	log_mark
	poison_at $(($(start_of "$device" "$range") + 0x5000))
	said "told of offset $offset length 0x1000"
	[[ $(attribute "$device" failures) == "$offset 0x1000" ]]
	wait_until 10 event_is_there "$offset" || { cat events; fail "no event"; }
}

# One by one, from page 1 on: a page that is poisoned is not told of again
last_failures_are_kept() {
	local start page
	start=$(($(start_of "$DAX_HMEM" 0)))
	hold "$DAX_HMEM"
	for ((page = 1; page <= 70; page++)); do
		printf '%#x\n' $((start / 4096 + page)) > "$poison"
	done
	for ((page = 7; page <= 70; page++)); do
		printf '%#x 0x1000\n' $((page * 4096))
	done > expected
	diff expected <(attribute "$DAX_HMEM" failures)
}

# Without a holder it is remembered and told to user space all the same
failure_without_a_holder() {
	rebind_to "$DAX_HMEM" fsdev_dax
	poison_at $(($(start_of "$DAX_HMEM" 1) + 0x4000))
	[[ $(attribute "$DAX_HMEM" failures) == "0x10004000 0x1000" ]]
}

module_check a_failure_in_the_second_range_is_told failure_is_told "$DAX_HMEM" 1 0x10005000
module_check a_failure_behind_a_data_offset_is_told failure_is_told "$DAX_PMEM" 0 0x5000
module_check the_last_64_failures_are_kept last_failures_are_kept
module_check a_failure_without_a_holder failure_without_a_holder

# ---- what keeps it from binding, or from letting go

mapping_is_written() {
	make_two_range "$DAX_HMEM"
	hold "$DAX_HMEM"
	echo "0x130000000-0x137ffffff" > "$dax_bus/devices/$DAX_HMEM/mapping"
	[[ $(ranges_of "$DAX_HMEM" | wc -l) == 3 ]]
	[[ $(attribute "$DAX_HMEM" size) == $((512 * MiB)) ]]
	! holder access "$((0x20000)) 1" || fail "access to a range that is not mapped"
	holder touch $((0x10000))
	holder put 1
	rebind_to "$DAX_HMEM" fsdev_dax
	[[ $(attribute "$DAX_HMEM" size) == $((640 * MiB)) ]]
	holder get "/dev/$DAX_HMEM"
	holder touch $((0x20000))
}

memory_in_use_is_refused() {
	unbind "$1"
	holder reserve $(($(start_of "$1" 0) + 0x200000))
	log_mark
	register_failing "$1"
	[[ $(bind_answer "$1") == "Device or resource busy" ]]
	said "range 0, "
	holder release 1
	[[ $(bind_answer "$1") == binds ]]
}

# OFFSET
waits_for_page() {
	log_since | grep -qF "unbind waits for the users of the page at $1"
}

# The kernel panics when it thinks that a task hangs, here after five seconds
unbind_waits_for_a_pin() {
	local device=$1 writer
	hold "$device"
	holder pin 9
	holder put 1
	sysctl -q kernel.hung_task_timeout_secs=5 kernel.hung_task_panic=1
	log_mark
	unbind "$device" &
	writer=$!
	wait_until 10 waits_for_page 0x9000 || fail "it does not say that it waits"
	sleep "$PIN_SECONDS"
	[[ $(log_since | grep -c 'unbind waits') -ge $((1 + PIN_SECONDS / 11)) ]] ||
		fail "it does not say so again"
	kill -0 "$writer" || fail "the unbind did not wait"
	holder unpin 1
	wait "$writer"
	[[ $(driver_of "$device") == none ]]
}

# What is poisoned while the unbind waits is told to nobody, and hurts nobody
failure_while_it_waits() {
	local writer
	hold "$DAX_HMEM"
	holder pin 9
	log_mark
	unbind "$DAX_HMEM" &
	writer=$!
	wait_until 10 waits_for_page 0x9000
	log_mark
	poison_at $(($(start_of "$DAX_HMEM" 0) + 0x9000))
	not_said "told of"
	holder unpin 1
	wait "$writer"
}

# The tool waits for as long as it was told to, and finishes later
the_tool_does_not_wait() {
	hold "$DAX_HMEM"
	holder pin 9
	holder put 1
	expect_exit 7 daxfsctl reconfigure-device --json --timeout 2 -m devdax "$DAX_HMEM" > pending.json
	jq -e '.devices[0].pending' pending.json
	holder unpin 1
	daxfsctl recover --json > recovered.json
	[[ $(driver_of "$DAX_HMEM") == device_dax || $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	[[ $(daxfsctl list --json "$DAX_HMEM" | jq '.errors | length') == 0 ]]
}

an_open_node_is_refused() {
	local device=$1 fd
	exec {fd}< "/dev/$device"
	log_mark
	register_failing "$device"
	[[ $(bind_answer "$device") == "Device or resource busy" ]]
	said "still open"
	exec {fd}<&-
	[[ $(bind_answer "$device") == binds ]]
	holder get "/dev/$device"
	unbind "$device"
	holder put 1
}

module_check mapping_written_while_bound mapping_is_written
module_check a_node_open_since_device_dax_is_refused an_open_node_is_refused "$DAX_HMEM"
module_check memory_in_use_is_refused_dynamic memory_in_use_is_refused "$DAX_HMEM"
module_check memory_in_use_is_refused_static memory_in_use_is_refused "$DAX_PMEM"
module_check unbind_of_a_dynamic_device_waits_for_a_pin unbind_waits_for_a_pin "$DAX_HMEM"
PIN_SECONDS=1 module_check unbind_of_a_static_device_waits_for_a_pin unbind_waits_for_a_pin "$DAX_PMEM"
module_check a_failure_while_the_unbind_waits failure_while_it_waits
module_check the_tool_leaves_an_unbind_that_waits_pending the_tool_does_not_wait

# ---- what no machine does by itself

# MODULE...: instead of the one that is loaded
load() {
	modprobe -r fsdev_dax
	insmod "$@"
}

# FAULT DEVICE ANSWER MESSAGE
fault_is_refused() {
	local fault=$1 device=$2
	load module/fsdev_dax-test.ko faults="$fault"
	log_mark
	register_failing "$device"
	[[ $(bind_answer "$device") == "$3" ]]
	said "$4"
	# nothing is left that another driver might trip over
	bind_to "$device" device_dax
	unbind "$device"
	echo 0 > /sys/module/fsdev_dax/parameters/faults
	[[ $(bind_answer "$device") == binds ]]
	holder get "/dev/$device"
	holder touch 0
	holder put 1
}
for device in "$DAX_HMEM" "$DAX_PMEM"; do
	module_check "aliasing_cache_is_refused_on_$device" \
		fault_is_refused 1 "$device" "Operation not supported" "the data cache aliases"
	module_check "late_failure_leaves_nothing_on_$device" \
		fault_is_refused 4 "$device" "Input/output error" "late failure"
done
module_check data_outside_of_the_page_map_is_refused \
	fault_is_refused 2 "$DAX_PMEM" "Invalid argument" "outside of page map"

# The core's lock does not keep others from writing to it then
mapping_is_written_meanwhile() {
	local writer
	make_two_range "$DAX_HMEM"
	unbind "$DAX_HMEM"
	load module/fsdev_dax-test.ko faults=8
	log_mark
	register_failing "$DAX_HMEM" &
	writer=$!
	sleep 1
	echo "0x130000000-0x137ffffff" > "$dax_bus/devices/$DAX_HMEM/mapping"
	kill -0 "$writer" || fail "the probe was over before the write"
	wait "$writer"
	said "its ranges changed meanwhile"
	[[ $(bind_answer "$DAX_HMEM") == binds ]]
	[[ $(attribute "$DAX_HMEM" size) == $(size_of "$DAX_HMEM") ]]
}

module_check mapping_written_during_a_probe mapping_is_written_meanwhile

wrong_layout_is_refused() {
	load module/fsdev_dax-shifted.ko
	log_mark
	register_failing "$1"
	[[ $(bind_answer "$1") == "No such device" ]]
	said "is not what this module was built for"
	bind_to "$1" device_dax
}
module_check wrong_layout_is_refused_dynamic wrong_layout_is_refused "$DAX_HMEM"
module_check wrong_layout_is_refused_static wrong_layout_is_refused "$DAX_PMEM"

check no_complaint_of_the_kernel dmesg_clean
finish
