# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # run_row calls the functions
#
# What fsdev_dax does, ours or the kernel's own: one row of test/vm/module-table each. A row does not
# judge, it tells what it saw. The kernel's own driver makes the kernel oops in some of them:
#
#	test/vm/run --test-modules --env=ROWS=pin test/vm/tests/fsdev.sh
#	test/vm/run --module --env=ROWS=pin test/vm/tests/fsdev.sh	# the same with ours
#
# ROWS      which ones, all without it; after an oops no other row runs
# TRIPS     how often a device goes to and fro in the row trips
# ROUNDS    of the row race
#
# shellcheck source=test/vm/lib.sh
source ./lib.sh
# shellcheck source=test/vm/module-lib.sh
source module/lib.sh

readonly all_rows="ranges range-end static list module-gone late stale trips trips-static race layout open mapping-touch
	mapping-unbind pin"
readonly TRIPS=${TRIPS:-2} ROUNDS=${ROUNDS:-20000} DEADLINE=${DEADLINE:-120}
readonly complaint='Oops|BUG:|WARNING:|KASAN|refcount_t:|general protection fault'

# TEXT: what is done now
step() {
	echo "$1" > step
}

# TEXT...: what was seen
saw() {
	echo "$*" >> saw
}

ours() {
	[[ $(modinfo -n fsdev_dax) == */updates/dkms/* ]]
}

# ---- rows

row_ranges() {
	local device=$DAX_HMEM range page=0
	make_two_range "$device"
	make_third_range "$device"
	hold "$device"
	for range in 0 1 2; do
		step "poison in range $range"
		poison_at $(($(start_of "$device" "$range") + 0x5000))
	done
	saw "told $(told),"
	for range in 0 1 2; do
		step "access to range $range"
		holder touch $((page + 7))
		page=$((page + 0x10000))
	done
	saw "all read"
}

# 32 pages from the sixteenth before the end of the first range on
row_range-end() {
	make_two_range "$DAX_HMEM"
	hold "$DAX_HMEM"
	step "access"
	if holder access "$((0x10000 - 16)) 32"; then
		saw "$(log_since | sed -n 's/.*: \([0-9]* pages\) at .*/\1/p')"
	else
		saw refused
	fi
}

# One whose page map is in RAM: then there is a page for what is in front of the data, too
row_static() {
	local device data told_of
	device=$(make_pmem_devdax 128M mem)
	data=$(($(start_of "$device" 0)))
	[[ $(data_offset_of "$device") -ge 4096 ]]
	hold "$device"
	step "poison of data"
	poison_at $((data + 0x5000))
	saw "told $(told),"
	log_mark
	step "poison of metadata"
	poison_at $((data - 4096))
	told_of=$(told)
	saw "metadata: told ${told_of:-nobody}"
	holder put 1
	unbind "$device"
}

row_list() {
	hold "$DAX_PMEM"
	daxfsctl list --json "$DAX_PMEM" > list.json
	saw "held $(jq -c '.devices[0].held' list.json),"
	saw "data_offset $(jq -c '.devices[0].data_offset' list.json)"
}

row_module-gone() {
	local device
	for device in "$DAX_HMEM" "$DAX_PMEM"; do
		rebind_to "$device" fsdev_dax
		rebind_to "$device" device_dax
	done
	modprobe -r fsdev_dax
	for device in "$DAX_PMEM" "$DAX_HMEM"; do
		step "poison"
		poison_at $(($(start_of "$device" 0) + 0x6000))
	done
	saw clean
}

# Of a device of its own: where nothing frees it, it can be deleted
row_late() {
	local device
	device=$(make_sibling "$DAX_HMEM" $((128 * MiB)))
	bind_to "$device" device_dax
	holder block "/dev/$device"
	step "probe"
	register_failing "$device"
	saw "$(bind_answer "$device"),"
	holder unblock 1
	step "second probe"
	saw "then: $(bind_answer "$device")"
	echo "$device" > "$fsdev_driver/remove_id"
	delete_device "$device"
}

row_stale() {
	local device
	device=$(make_sibling "$DAX_HMEM" $((128 * MiB)))
	holder reserve "$(start_of "$device" 0)"
	step "probe of device_dax"
	! (echo "$device" > "$dax_bus/drivers/device_dax/bind") || fail "device_dax binds"
	holder release 1
	step "probe"
	echo "$device" > "$fsdev_driver/new_id"
	if [[ $(driver_of "$device") == fsdev_dax ]]; then
		saw binds
	else
		saw "$(bind_answer "$device")"
	fi
	echo "$device" > "$fsdev_driver/remove_id"
	delete_device "$device"
}

# The open node still belongs to the character device that the bind makes anew
row_open() {
	local device=$DAX_HMEM fd
	rebind_to "$device" fsdev_dax
	exec {fd}< "/dev/$device"
	unbind "$device"
	step "probe"
	echo "$device" > "$fsdev_driver/new_id"
	if [[ $(driver_of "$device") == fsdev_dax ]]; then
		saw "binds,"
		exec {fd}<&-
	else
		saw "$(bind_answer "$device"),"
		exec {fd}<&-
		saw "then: $(bind_answer "$device"),"
	fi
	step "open"
	if (: < "/dev/$device"); then saw "opens,"; else saw "does not open,"; fi
	step "unbind"
	echo "$device" > "$fsdev_driver/remove_id"
	unbind "$device"
	saw "clean unbind"
}

# DEVICE NUMBER: written by a process, read in the kernel; written there, read by a process
trip() {
	local device=$1 size
	size=$(size_of "$device")
	rebind_to "$device" device_dax
	./pattern fill "/dev/$device" "$size" "$2"
	hold "$device"
	holder verify "$2"
	holder order 0
	holder order 511
	holder fill "$2$2"
	holder put 1
	rebind_to "$device" device_dax
	./pattern verify "/dev/$device" "$size" "$2$2"
	hold "$device"
	holder verify "$2$2"
	holder put 1
}

# DEVICE
trips() {
	local number
	[[ $(< "$dax_bus/devices/$1/align") == $((2 * MiB)) ]]
	for ((number = 1; number <= TRIPS; number++)); do
		step "trip $number"
		trip "$1" "$number"
	done
	not_said "order 9"
	saw "$TRIPS times, 0 errors"
}

row_trips() {
	make_small_ranges "$DAX_HMEM"
	trips "$DAX_HMEM"
}

# Its page map stays between the drivers. In RAM it is the smaller, the larger the pages are.
row_trips-static() {
	trips "$(make_pmem_devdax 128M mem)"
}

row_race() {
	local lost
	rebind_to "$DAX_HMEM" fsdev_dax
	step "race"
	holder race "/dev/$DAX_HMEM $ROUNDS"
	lost=$(log_since | sed -n 's/.* lost \([0-9]*\)$/\1/p')
	if [[ $lost == 0 ]]; then saw "none lost"; else saw "lost $lost"; fi
}

row_layout() {
	ours || { saw "-"; return; }
	modprobe -r fsdev_dax
	insmod module/fsdev_dax-shifted.ko
	step "probe"
	register_failing "$DAX_HMEM"
	said "is not what this module was built for" > /dev/null
	saw "$(bind_answer "$DAX_HMEM"), with a message"
	modprobe -r fsdev_dax
}

write_mapping() {
	make_two_range "$DAX_HMEM"
	hold "$DAX_HMEM"
	echo "0x130000000-0x137ffffff" > "$dax_bus/devices/$DAX_HMEM/mapping"
}

row_mapping-touch() {
	write_mapping
	step "access to the new range"
	if holder touch $((0x20001)); then saw "access"; else saw "no access"; fi
}

row_mapping-unbind() {
	write_mapping
	holder put 1
	step "unbind"
	unbind "$DAX_HMEM"
	saw "clean unbind"
}

# PID
has_ended() {
	[[ ! -d /proc/$1 ]]
}

row_pin() {
	local writer
	hold "$DAX_HMEM"
	holder pin 9
	holder put 1
	step "unbind"
	unbind "$DAX_HMEM" &
	writer=$!
	if wait_until 3 has_ended "$writer"; then
		saw "unbind at once,"
	else
		said "unbind waits for the users of the page at 0x9000" > /dev/null
		saw "waits, says so,"
	fi
	step "unpin"
	holder unpin 1
	wait_until 10 has_ended "$writer"
	wait "$writer"
	saw "unbound after the unpin"
}

# ---- running them

# PID: it is gone, or the kernel has complained
row_is_over() {
	has_ended "$1" || log_since | grep -qE "$complaint"
}

# STATUS: what there is to be told of a row
row_result() {
	local text
	text=$(tr '\n' ' ' < saw | sed 's/ $//')
	if log_since > row.log && grep -qE "$complaint" row.log; then
		text+="${text:+ }$(grep -oE -m 1 "$complaint" row.log | tr -d :) at the $(< step): $(
			sed -n 's/.*RIP: 0010:\([^+]*\)+.*/\1/p' row.log | head -n 1)"
	elif [[ -d /proc/$row_pid ]]; then
		text+="${text:+ }hangs at the $(< step)"
	elif [[ $1 != 0 ]]; then
		text+="${text:+ }failed at the $(< step): $(tail -n 1 errors)"
	fi
	echo "$text"
}

# NAME: whether another row can run
run_row() {
	local status=0 name=$1
	: > saw
	step set-up
	echo "row $name ($SECONDS s)"
	modprobe fsdev_dax
	log_mark
	(
		set -e
		lib_log=errors
		"row_$name"
	) > errors 2>&1 &
	row_pid=$!
	wait_until "$DEADLINE" row_is_over "$row_pid"
	# an oops ends the one who made it, a moment later
	if wait_until 2 has_ended "$row_pid"; then
		wait "$row_pid"
		status=$?
	fi
	echo "result $name: $(row_result "$status")"
	if [[ $status != 0 ]] || grep -qE "$complaint" row.log; then
		sed 's/^/    /' errors row.log
	fi
	! grep -qE "$complaint" row.log && has_ended "$row_pid"
}

for row in ${ROWS:-$all_rows}; do
	run_row "$row" || exit 0
	tidy_up
done
dmesg_clean && echo "log clean"
