# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
#
# For SCRIPTs that run with the test modules, beside which test/vm/run --module (or --test-modules)
# puts it as module/lib.sh. To be sourced after lib.sh.
#
# What is set up here is set up by sysfs: daxfsctl is what some of these scripts test.

modprobe hwpoison-inject || { echo "no hwpoison-inject"; exit 1; }
insmod module/dax_holder.ko || { echo "the kernel does not take dax_holder.ko"; exit 1; }
readonly poison=/sys/kernel/debug/hwpoison/corrupt-pfn
readonly fsdev_driver=$dax_bus/drivers/fsdev_dax

# ---- the log

log_mark() {
	mark="mark $SECONDS $RANDOM"
	echo "$mark" > /dev/kmsg
}

# What the kernel said since the mark; 1 when the mark itself is gone
log_since() {
	dmesg | awk -v mark="$mark" 'found; index($0, mark) { found = 1 } END { exit !found }'
}

# TEXT: it said that
said() {
	log_since > said.log || fail "the kernel's log has lost its mark"
	grep -F -- "$1" said.log || { cat said.log; fail "the log does not say: $1"; }
}

# TEXT
not_said() {
	log_since > said.log || fail "the kernel's log has lost its mark"
	! grep -F -- "$1" said.log || fail "the log says: $1"
}

# The offsets that the holder was told of since the mark
told() {
	log_since | sed -n 's/.*told of offset \([^ ]*\) .*/\1/p' | tr '\n' ' ' | sed 's/ $//'
}

# ---- the holder

# COMMAND ARGUMENT: see test/kmod/main.c
holder() {
	echo "$2" > "/sys/module/dax_holder/parameters/$1"
}

# DEVICE: in mode famfs, and held
hold() {
	rebind_to "$1" fsdev_dax || fail "$1 does not bind to fsdev_dax"
	holder get "/dev/$1"
}

# ---- devices

# DEVICE ATTRIBUTE: of our driver
attribute() {
	cat "$dax_bus/devices/$1/fsdev/$2"
}

# DEVICE RANGE: physical address of its first byte
start_of() {
	ranges_of "$1" | sed -n "$(($2 + 1))s/ .*//p"
}

# The bytes of /proc/meminfo that are poisoned
poisoned_bytes() {
	awk '$1 == "HardwareCorrupted:" { print $2 * 1024 }' /proc/meminfo
}

# ADDRESS: the answer is an error for a page that nobody has mapped or that no holder cares for,
# although it is poisoned
poison_at() {
	local before
	before=$(poisoned_bytes)
	printf '%#x\n' $(($1 / 4096)) > "$poison" || echo "answered with an error"
	[[ $(poisoned_bytes) -gt $before ]] || fail "the page at $1 is not poisoned"
}

# DEVICE: makes a device of two ranges one of three, in the same way
make_third_range() {
	unbind "$1"
	echo "0x130000000-0x137ffffff" > "$dax_bus/devices/$1/mapping"
	bind_to "$1" device_dax
	[[ $(ranges_of "$1" | wc -l) == 3 ]]
}

# DEVICE: two ranges of 64 MiB, as far apart. A bind takes as long as a device is large.
make_small_ranges() {
	unbind "$1"
	echo 0 > "$dax_bus/devices/$1/size"
	echo "0x100000000-0x103ffffff" > "$dax_bus/devices/$1/mapping"
	echo "0x108000000-0x10bffffff" > "$dax_bus/devices/$1/mapping"
	bind_to "$1" device_dax
}

# DEVICE: the page map of a static device begins where its namespace does
data_offset_of() {
	local device=$dax_bus/devices/$1 namespace
	namespace=$(< "$(readlink -f "$device/..")/namespace")
	echo $(($(< "$device/resource") - $(< "/sys/bus/nd/devices/$namespace/resource")))
}

# DEVICE: unbound and known to fsdev_dax, which has tried in vain to bind it. (Who writes to new_id is
# not told of a probe that fails.)
register_failing() {
	unbind "$1"
	echo "$1" > "$fsdev_driver/new_id"
	[[ $(driver_of "$1") == none ]] || fail "$1 is bound"
}

# DEVICE: what the bind says, "binds" when it succeeds
bind_answer() {
	local answer
	answer=$( (echo "$1" > "$fsdev_driver/bind") 2>&1) && answer=binds
	echo "${answer##*: }"
}

# After a check, however it ended: nothing in the way of the next one
tidy_up() {
	local device
	sysctl -q kernel.hung_task_panic=0 kernel.hung_task_timeout_secs=120
	holder reset 1
	for device in "$DAX_HMEM" "$DAX_PMEM"; do
		# an unbind that waited for the pin goes on now
		[[ $(driver_of "$device") == device_dax ]] || rebind_to "$device" device_dax ||
			fail "$device does not come back to device_dax"
	done
	# the one that belongs here, without ids
	[[ ! -e /sys/module/fsdev_dax ]] || modprobe -r fsdev_dax
	modprobe fsdev_dax
}

# NAME [COMMAND...]: check, and all is as before
module_check() {
	check "$@"
	tidy_up
}
