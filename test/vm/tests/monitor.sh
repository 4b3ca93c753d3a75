# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# What monitor tells of real devices, and what wait-device waits for. SWITCHES: how many are to be told
# without a loss. There is no udev in this machine; that of the whole one changes nothing, since both
# listen to the kernel.
#	test/vm/run --module --env=SWITCHES=1000 test/vm/tests/monitor.sh
# shellcheck source=test/vm/lib.sh
source ./lib.sh

switches=${SWITCHES:-20}
device=$DAX_HMEM

# FILTER EXPECTED: of all events as an array
events_are() {
	local actual
	actual=$(jq -cs "$1" events)
	[[ $actual == "$2" ]] || { cat events; fail "$1 is $actual, expected $2"; }
}

every_switch_is_told() {
	start_monitor
	daxfsctl reconfigure-device -m famfs "$device"
	daxfsctl reconfigure-device -m devdax "$device"
	stop_monitor
	events_are "map(select(.chardev == \"$device\") | [.event, .mode_before, .mode // .journal])" \
		'[["journal",null,"active"],["unbind","devdax",null],["bind","devdax","famfs"],["mode","devdax","famfs"],["journal",null,null],["journal",null,"active"],["unbind","famfs",null],["bind","famfs","devdax"],["mode","famfs","devdax"],["journal",null,null]]'
}
check a_switch_is_told_from_its_journal_to_its_end every_switch_is_told

# The names of all modes that the device was given, in their order
none_is_lost() {
	local i mode=devdax expected=()
	start_monitor
	for ((i = 0; i < switches; i++)); do
		[[ $mode == devdax ]] && mode=famfs || mode=devdax
		expected+=("\"$mode\"")
		daxfsctl reconfigure-device -m "$mode" "$device" > out 2>&1 || { cat out; false; }
	done
	stop_monitor
	printf -v expected '%s,' "${expected[@]}"
	events_are 'map(select(.event == "mode") | .mode)' "[${expected%,}]"
	events_are 'map(select(.event == "bind") | .mode)' "[${expected%,}]"
	events_are 'map(select(.event == "unbind")) | length' "$switches"
	events_are 'map(select(.event == "journal") | .journal) | group_by(.) | map(length)' \
		"[$switches,$switches]"
	events_are 'map(select(.event == "resync")) | length' 0
	[[ $((switches % 2)) == 0 ]] || daxfsctl reconfigure-device -m devdax "$device"
}
check "none_of_${switches}_switches_is_lost_and_each_is_named_in_order" none_is_lost

# NUMBER: has the kernel repeat an event so often, which nobody is told of
flood() {
	local i
	for ((i = 0; i < $1; i++)); do
		echo change > "$dax_bus/devices/$device/uevent"
	done
}

a_stop_is_made_up_for() {
	start_monitor
	kill -STOP "$monitor"
	flood 500
	daxfsctl reconfigure-device -m famfs "$device"
	daxfsctl reconfigure-device -m devdax "$device"
	kill -CONT "$monitor"
	stop_monitor
	events_are 'map(select(.event == "mode") | .mode)' '["famfs","devdax"]'
	events_are 'map(select(.event == "resync")) | length' 0
}
check what_happens_while_it_is_stopped_is_told_afterwards a_stop_is_made_up_for

loss_is_told() {
	start_monitor
	kill -STOP "$monitor"
	daxfsctl reconfigure-device -m famfs "$device"
	flood 10000
	daxfsctl reconfigure-device -m devdax "$device"
	daxfsctl reconfigure-device -m famfs "$device"
	daxfsctl reconfigure-device -m devdax "$device"
	daxfsctl reconfigure-device -m famfs "$DAX_PMEM"
	kill -CONT "$monitor"
	wait_until 60 grep -q '"resync"' events || fail "nothing was lost"
	# and it goes on
	daxfsctl reconfigure-device -m devdax "$DAX_PMEM"
	end_monitor
	grep -q "events were lost" monitor-errors
	events_are 'map(select(.event == "resync") | .devices | map(select(.mode == "devdax" or .mode == "famfs")) | length > 1) | all' true
	# what came before the loss was told, then what the looking found, and then what came
	events_are "map(select(.event == \"mode\" and .chardev == \"$device\") | [.mode, .resync])" \
		'[["famfs",null],["devdax",true]]'
	events_are "map(select(.event == \"mode\" and .chardev == \"$DAX_PMEM\") | [.mode, .resync])" \
		'[["famfs",true],["devdax",null]]'
}
check lost_events_are_told_and_made_up_for_by_a_look loss_is_told

devices_come_and_go() {
	local new
	start_monitor
	new=$(daxfsctl create-device --json -r "$(cat "$(region_of "$device")/id")" -s 128M -m famfs |
		jq -r '.devices[0].chardev')
	daxfsctl destroy-device -f "$new"
	stop_monitor
	# the kernel can bind it by itself first; the last bind before the end is what counts
	events_are "map(select(.chardev == \"$new\") | .event) | [first, last(.[] | select(. != \"journal\"))]" \
		'["add","remove"]'
	events_are "map(select(.chardev == \"$new\" and .event == \"bind\") | .mode) | last" '"famfs"'
}
check a_device_that_is_made_and_destroyed devices_come_and_go

# Loading kmem by another's hand binds what is unbound: nobody of ours is at work, and it is told
others_are_told_of() {
	start_monitor
	rebind_to "$device" fsdev_dax
	rebind_to "$device" device_dax
	stop_monitor
	events_are 'map(select(.event == "mode") | .mode)' '["famfs","devdax"]'
}
check what_others_do_is_told_as_well others_are_told_of

a_killed_switch_is_told() {
	start_monitor
	modprobe fsdev_dax
	traced -qqq -o /dev/null -P "$dax_bus/drivers/fsdev_dax/bind" -e inject=write:signal=KILL \
		daxfsctl reconfigure-device -m famfs "$device" || true
	wait_until 20 grep -q '"stale"' events
	daxfsctl recover
	stop_monitor
	events_are 'map(select(.event == "journal") | .journal) | [.[0], .[1], last]' \
		'["active","stale",null]'
	[[ $(driver_of "$device") == device_dax ]]
}
check a_switch_that_is_killed_leaves_a_stale_journal a_killed_switch_is_told

a_user_sees_devices() {
	: > events
	chmod 666 events
	setpriv --reuid=65534 --regid=65534 --clear-groups daxfsctl monitor --json > events 2> monitor-errors &
	monitor=$!
	wait_until 20 test -s events
	daxfsctl reconfigure-device -m famfs "$device"
	daxfsctl reconfigure-device -m devdax "$device"
	end_monitor
	events_are 'map(select(.event == "mode") | .mode)' '["famfs","devdax"]'
	events_are '.[0].journals' false
	events_are 'map(select(.event == "journal")) | length' 0
	grep -q "only root" monitor-errors
}
check who_is_not_root_sees_devices_and_no_journals a_user_sees_devices

# ---- wait-device

# ARGUMENT...: in the background, its output in ./waited
start_wait() {
	daxfsctl wait-device "$@" > waited 2>&1 &
	waiting=$!
	# it is past its first look when it waits for the file of its events
	wait_until 20 grep -q poll "/proc/$waiting/wchan"
}

a_mode_is_waited_for() {
	start_wait -m famfs --timeout 60 "$device"
	kill -0 "$waiting"
	daxfsctl reconfigure-device -m system-ram "$device"
	kill -0 "$waiting" || fail "it did not wait for famfs: $(cat waited)"
	daxfsctl reconfigure-device -f -m devdax "$device"
	daxfsctl reconfigure-device -m famfs "$device"
	expect_exit 0 wait "$waiting"
	[[ $(< waited) == "$device: famfs" ]]
	daxfsctl reconfigure-device -m devdax "$device"
}
check a_mode_is_waited_for

a_device_is_waited_for() {
	local region new
	region=$(region_of "$device")
	new=dax$(cat "$region/id").1
	start_wait --timeout 60 "$new" "$device"
	[[ $(make_sibling "$device" $((128 * MiB))) == "$new" ]]
	expect_exit 0 wait "$waiting"
	grep -qx "$new: .*" waited || { cat waited; fail "it is not told"; }
	delete_device "$new"
}
check a_device_is_waited_for

a_pattern_is_waited_for() {
	start_wait --timeout 60 --json -m famfs 'dax*'
	daxfsctl reconfigure-device -m famfs "$device"
	kill -0 "$waiting" || fail "one of two was enough"
	daxfsctl reconfigure-device -m famfs "$DAX_PMEM"
	expect_exit 0 wait "$waiting"
	[[ $(jq -c '.devices | map(.mode)' waited) == '["famfs","famfs"]' ]]
	daxfsctl reconfigure-device -m devdax all
}
check all_that_match_a_pattern_are_waited_for a_pattern_is_waited_for

# Bound for a moment by a driver whose probe fails: the link is there, but no bind is told
a_failed_probe_is_no_mode() {
	local status=0
	daxfsctl disable-device "$device"
	start_wait -m system-ram --timeout 3 "$device"
	# smaller than a memory block: kmem refuses it
	resize_unbound "$device" $((64 * MiB))
	modprobe kmem
	bind_to "$device" kmem || true
	wait "$waiting" || status=$?
	[[ $status == 1 ]] || fail "exit status $status: $(cat waited)"
	grep -q "has no driver after 3 s" waited
	resize_unbound "$device" $((512 * MiB))
	bind_to "$device" device_dax
}
check a_probe_that_fails_is_no_mode a_failed_probe_is_no_mode

# Last: what is poisoned stays so
failures_are_told() {
	local start sources='["memory-failure"]'
	mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
	[[ ! -d module ]] || sources='["fsdev","memory-failure"]'
	daxfsctl reconfigure-device -m famfs "$device"
	start=$(($(cat "$dax_bus/devices/$device/resource")))
	start_monitor
	daxfsctl inject-error --yes --offset 20480 "$device"
	stop_monitor
	events_are 'map(select(.event == "failure") | .source) | sort' "$sources"
	events_are 'map(select(.event == "failure") | [.chardev, .offset, .length, .address]) | unique' \
		"[[\"$device\",20480,4096,$((start + 20480))]]"
	daxfsctl reconfigure-device -m devdax "$device"
}
check a_memory_failure_is_told_with_its_place failures_are_told

# Whatever the driver is, and of RAM that is no device's nothing
failures_without_our_driver_are_told() {
	start_monitor
	daxfsctl inject-error --yes --method offline --offset 8192 "$device"
	stop_monitor
	events_are 'map(select(.event == "failure") | [.chardev, .offset, .source])' \
		"[[\"$device\",8192,\"memory-failure\"]]"
}
check a_memory_failure_with_another_driver_is_told failures_without_our_driver_are_told

check no_complaint_of_the_kernel dmesg_clean
finish
