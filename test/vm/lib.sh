# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031 # lib_log is meant to be the subshell's
#
# For SCRIPTs in the machine, beside which test/vm/run puts it: `source ./lib.sh`.
#
# The helpers for devices use sysfs and ndctl only: what they set up must not depend on the tool
# that is tested.
#
#	source ./lib.sh
#	famfs_is_on_fsdev_dax() {
#		daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
#		[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
#	}
#	check famfs_is_on_fsdev_dax
#	check no_complaint_of_the_kernel dmesg_clean
#	finish

dax_bus=/sys/bus/dax
MiB=$((1 << 20))
lib_passed=0 lib_failed=0 lib_skipped=0
lib_log='' lib_counts=./lib-counts
# of the boots before
[[ ! -e $lib_counts ]] || read -r lib_passed lib_failed lib_skipped < "$lib_counts"

# ---- tests

# NAME [COMMAND...]: one test. COMMAND, without it the function NAME, runs in a subshell with
# set -e: its first line that fails, fails the test. Its output is shown then. Status 77 is a skip.
# (A line that starts with `!` never fails: write `! grep ... || fail "..."`.)
check() {
	local name=$1 log status
	[[ $# == 1 ]] || shift
	log=$(mktemp)
	# not in an `if`: that would switch set -e off inside
	(
		set -e
		lib_log=$log
		"$@"
	) >> "$log" 2>&1
	status=$?
	case $status in
	0)
		echo "ok $name"
		lib_passed=$((lib_passed + 1))
		;;
	77)
		echo "skip $name: $(tail -n 1 "$log")"
		lib_skipped=$((lib_skipped + 1))
		;;
	*)
		echo "FAILED $name (status $status)"
		sed 's/^/    /' "$log"
		lib_failed=$((lib_failed + 1))
		;;
	esac
	rm -f "$log"
	[[ $status == 0 || $status == 77 ]]
}

# TEXT...: ends the running check as failed; outside of one it is a failed test by itself
fail() {
	# not to stderr, which the caller may have redirected to look at
	[[ -z $lib_log ]] || { echo "$*" >> "$lib_log"; exit 1; }
	echo "FAILED $*" >&2
	lib_failed=$((lib_failed + 1))
	return 1
}

# REASON: ends the running check as skipped
skip() {
	echo "$*"
	exit 77
}

# STATUS COMMAND...: COMMAND's output is passed on, another exit status is a fail()
expect_exit() {
	local expected=$1 status=0
	shift
	"$@" || status=$?
	[[ $status == "$expected" ]] || fail "$*: exit status $status, expected $expected"
}

# daxfsctl monitor in the background, its lines in ./events; returns when it listens
start_monitor() {
	: > events
	daxfsctl monitor --json > events 2> monitor-errors &
	monitor=$!
	wait_until 20 test -s events
}

# It tells of all that happened until the signal
end_monitor() {
	kill -INT "$monitor"
	expect_exit 0 wait "$monitor"
	# each line is a whole object, and none is missing
	jq -es 'map(.seq) == [range(1; length + 1)]' events > /dev/null || fail "seq has gaps"
}

# The same, and it had nothing to complain of
stop_monitor() {
	end_monitor
	[[ ! -s monitor-errors ]] || fail "it said: $(cat monitor-errors)"
}

# ARGUMENT...: with test/vm/run --full, lab-reboot with those; the counts go on. Never in a check().
go_on_after_reboot() {
	echo "$lib_passed $lib_failed $lib_skipped" > "$lib_counts"
	lab-reboot "$@"
}

# Says how it went and ends SCRIPT: 1 when something failed
finish() {
	local skipped=''
	[[ $lib_skipped == 0 ]] || skipped=", $lib_skipped skipped"
	echo "$lib_passed passed, $lib_failed failed$skipped"
	[[ $lib_failed == 0 ]]
	exit
}

# Fails when the kernel complained. Not about a lockup or a stall: an emulated CPU on a busy
# machine has those without anyone's fault.
dmesg_clean() {
	local pattern='Oops|BUG:|WARNING:|KASAN|use-after-free|refcount_t:|general protection fault'

	! dmesg | grep -vE 'soft lockup|rcu.*stall' | grep -E -A 20 "$pattern"
}

# STRACE-ARGUMENT...: strace, of which a leak detector must not know: it is a tracer itself. On one
# processor with what it traces: an emulated one takes milliseconds to wake another.
traced() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 taskset -c 0 strace "$@"
}

# STRACE-ARGUMENT...: the same where the program sees few processes. It asks each of them whether it
# uses a device, in thousands of calls.
traced_alone() {
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		taskset -c 0 unshare --pid --fork --kill-child --mount-proc strace "$@"
}

# TRACE: whether a write to sysfs or the run directory was the one that failed. Its line can be in two
# parts, with another process's in between.
was_injected() {
	awk '
		/ write\(/ { started[$1] = $0 }
		/INJECTED/ && started[$1] ~ /<\/(sys|run)\// { found = 1 }
		END { exit !found }' "$1"
}

# SECONDS COMMAND...: until it succeeds; 1 when it did not in time
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		[[ $SECONDS -lt $deadline ]] || return 1
		sleep 0.05
	done
}

# ---- devices

# DEVICE: device_dax, fsdev_dax, kmem or none
driver_of() {
	local link
	link=$(readlink "$dax_bus/devices/$1/driver") || { echo none; return; }
	echo "${link##*/}"
}

# DEVICE: bytes
size_of() {
	cat "$dax_bus/devices/$1/size"
}

# DEVICE: one line per range, "START END", as sysfs has them, in the order of the device
ranges_of() {
	local mapping=$dax_bus/devices/$1/mapping number=0
	while [[ -e $mapping$number ]]; do
		echo "$(< "$mapping$number/start") $(< "$mapping$number/end")"
		number=$((number + 1))
	done
}

# DEVICE: of the dynamic region it belongs to, the directory dax_region
region_of() {
	echo "$(readlink -f "$dax_bus/devices/$1/..")/dax_region"
}

# DEVICE: no driver afterwards
unbind() {
	[[ $(driver_of "$1") == none ]] || echo "$1" > "$dax_bus/devices/$1/driver/unbind"
}

# DEVICE DRIVER: an unbound device to that driver, which keeps no id of it
bind_to() {
	local device=$1 driver=$dax_bus/drivers/$2

	# by its type if that matches; `bind` tells an error that `new_id` would hide
	echo "$device" > "$driver/bind" || {
		echo "$device" > "$driver/new_id"
		echo "$device" > "$driver/remove_id"
	} 2> /dev/null
	[[ $(driver_of "$device") == "$2" ]]
} 2> /dev/null

# DEVICE DRIVER: from whatever driver it has
rebind_to() {
	unbind "$1" && bind_to "$1" "$2"
}

# DEVICE BYTES: the device is left unbound
resize_unbound() {
	unbind "$1" && echo "$2" > "$dax_bus/devices/$1/size"
}

# DEVICE BYTES: makes a sibling of that size in DEVICE's region and prints its name; it is unbound
make_sibling() {
	local region sibling
	region=$(region_of "$1")
	echo 1 > "$region/create" || return
	# reading it gives the youngest device
	sibling=$(< "$region/create")
	echo "$2" > "$dax_bus/devices/$sibling/size" || return
	echo "$sibling"
}

# DEVICE: gives its memory back and removes it; the kernel never removes a region's device 0
delete_device() {
	resize_unbound "$1" 0 && echo "$1" > "$(region_of "$1")/delete"
}

# DEVICE [keep]: gives a dynamic device of one range two of 256 MiB, with 128 MiB between them
# that belong to nobody, or with "keep" to a sibling, whose name is printed. It is bound to
# device_dax afterwards. Its data is lost.
make_two_range() {
	local device=$1 keep=${2:-} sibling

	resize_unbound "$device" 0 && resize_unbound "$device" $((256 * MiB)) || return
	sibling=$(make_sibling "$device" $((128 * MiB))) || return
	# the next free memory is behind the sibling
	resize_unbound "$device" $((512 * MiB)) || return
	if [[ $keep == keep ]]; then
		echo "$sibling"
	else
		delete_device "$sibling" || return
	fi
	bind_to "$device" device_dax || return
	[[ $(ranges_of "$device" | wc -l) == 2 ]]
}

# [SIZE [mem|dev]]: makes a namespace of SIZE (256M) in devdax mode, with its page map in RAM or
# on the device (dev), and prints its dax device, bound to device_dax
make_pmem_devdax() {
	local size=${1:-256M} map=${2:-dev} chardev

	chardev=$(ndctl create-namespace --mode=devdax --size="$size" --map="$map" |
		jq -r '.daxregion.devices[0].chardev') || return
	[[ -e $dax_bus/devices/$chardev ]] || return
	echo "$chardev"
}
