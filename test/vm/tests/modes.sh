# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Every pair of modes, on an hmem device of two ranges and on a pmem device.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

# MODE: its driver
driver_for() {
	case $1 in
	devdax) echo device_dax ;;
	famfs) echo fsdev_dax ;;
	system-ram) echo kmem ;;
	esac
}

# DEVICE FIELD: of list --json
field() {
	daxfsctl list --json -M --memory -d "$1" | jq -er ".devices[0].$2"
}

# DEVICE MODE [OPTION...]: switches, and looks whether it is so
switch_to() {
	local device=$1 mode=$2
	shift 2
	daxfsctl reconfigure-device "$@" -m "$mode" "$device"
	[[ $(driver_of "$device") == "$(driver_for "$mode")" ]] ||
		fail "$device: driver $(driver_of "$device") in mode $mode"
	[[ $(field "$device" mode) == "$mode" ]]
	[[ $(field "$device" state) == enabled ]]
}

# DEVICE FROM TO
pair() {
	local device=$1 from=$2 to=$3 ranges
	local force=()

	ranges=$(ranges_of "$device")
	switch_to "$device" "$from" -f
	[[ $from != system-ram ]] || force=(-f)
	switch_to "$device" "$to" "${force[@]}"
	[[ $(ranges_of "$device") == "$ranges" ]] || fail "$device: other ranges after $from -> $to"
}

# DEVICE: a second identical call, under strace
unchanged_writes_nothing() {
	local result

	daxfsctl reconfigure-device -f -m "$2" "$1"
	result=$(traced -f --seccomp-bpf -o trace -e trace=write,pwrite64,openat,open,creat,mkdir,init_module,finit_module \
		daxfsctl reconfigure-device --json -m "$2" "$1")
	[[ $(jq -r '.devices[0].result' <<< "$result") == unchanged ]]
	# opened for writing, made, or loaded
	if grep -E '"/(sys|run)[^"]*", [^)]*(O_WRONLY|O_RDWR|O_CREAT)|mkdir|init_module' trace; then
		fail "something was opened for writing, made or loaded"
	fi
	# relative to a directory of sysfs
	if grep -E 'openat\([0-9]+, .*(O_WRONLY|O_RDWR|O_CREAT)' trace; then
		fail "something was opened for writing"
	fi
}

dry_run_writes_nothing() {
	local to=famfs

	[[ $2 != famfs ]] || to=devdax
	daxfsctl reconfigure-device -f -m "$2" "$1"
	traced -f --seccomp-bpf -o trace -e trace=openat,mkdir,init_module,finit_module \
		daxfsctl reconfigure-device --dry-run -f -m "$to" "$1"
	if grep -E 'O_WRONLY|O_RDWR|O_CREAT|mkdir|init_module' trace; then
		fail "something was opened for writing, made or loaded"
	fi
	[[ $(field "$1" mode) == "$2" ]]
}

# The printed plan is what a real run then writes, in that order.
plan_is_what_is_done() {
	local device=$1 from=$2 to=$3

	switch_to "$device" "$from" -f
	daxfsctl reconfigure-device --dry-run --json -f -m "$to" "$device" |
		jq -r '.devices[0].plan[] | select(.step | IN("load-module", "online-memory", "offline-memory") | not) | "\(.path) \(.value)"' > planned
	traced -f --seccomp-bpf -y -o trace -e trace=write daxfsctl reconfigure-device -f -m "$to" "$device"
	sed -nE 's,^[0-9]+ +write\([0-9]+<(/sys/[^>]*)>\, "([^"]*)".*,\1 \2,p' trace |
		grep -v /memory/memory > written
	# bus/dax/devices/X is a link: strace shows where it leads
	sed -E "s,/sys/bus/dax/devices/$device/,$(readlink -f "/sys/bus/dax/devices/$device")/," planned |
		grep -v "/state " > expected
	grep -v "/state " written | diff -u expected -
}

declare -A devices=()
if [[ -v DAX_HMEM ]]; then
	devices[hmem]=$DAX_HMEM
	make_two_range "$DAX_HMEM" || fail "$DAX_HMEM has not two ranges"
fi
[[ ! -v DAX_PMEM ]] || devices[pmem]=$DAX_PMEM
[[ ! -v DAX_CXL ]] || devices[cxl]=$DAX_CXL
kernel=$(uname -r)

modes=(devdax famfs system-ram)
for kind in "${!devices[@]}"; do
	device=${devices[$kind]}
	for from in "${modes[@]}"; do
		for to in "${modes[@]}"; do
			check "${kind}_${from}_to_${to}" pair "$device" "$from" "$to"
		done
		check "${kind}_${from}_again_is_unchanged_and_writes_nothing" \
			unchanged_writes_nothing "$device" "$from"
		check "${kind}_dry_run_from_${from}_writes_nothing" dry_run_writes_nothing "$device" "$from"
	done
	for pair in devdax:famfs famfs:devdax devdax:system-ram system-ram:devdax; do
		check "${kind}_plan_of_${pair/:/_to_}_is_what_is_done" \
			plan_is_what_is_done "$device" "${pair%:*}" "${pair#*:}"
	done
done

# The round trip as a person makes it: no option but the mode, and -f out of system-ram.
round_trip() {
	switch_to "$1" devdax -f
	switch_to "$1" famfs
	switch_to "$1" devdax
	switch_to "$1" system-ram
	expect_exit 5 daxfsctl reconfigure-device -m devdax "$1"
	switch_to "$1" devdax -f
}
for kind in "${!devices[@]}"; do
	check "${kind}_round_trip" round_trip "${devices[$kind]}"
done

famfs_from_system_ram_needs_force() {
	switch_to "$1" system-ram -f -N
	expect_exit 5 daxfsctl reconfigure-device -m famfs "$1"
	[[ $(driver_of "$1") == kmem ]]
	switch_to "$1" famfs -f
	switch_to "$1" devdax
}
for kind in "${!devices[@]}"; do
	check "${kind}_famfs_from_system_ram_needs_force" famfs_from_system_ram_needs_force \
		"${devices[$kind]}"
done

# A left id would bind a disabled device at the next new_id to that driver.
no_driver_keeps_an_id() {
	local driver device=$1

	switch_to "$device" famfs
	switch_to "$device" system-ram -N
	switch_to "$device" devdax
	echo "$device" > "/sys/bus/dax/drivers/device_dax/unbind"
	# an id of another, missing device makes the driver look for what it can bind
	driver=fsdev_dax
	echo dax77.77 > "/sys/bus/dax/drivers/$driver/new_id"
	echo dax77.77 > "/sys/bus/dax/drivers/$driver/remove_id"
	[[ $(driver_of "$device") == none ]] || fail "$driver bound $device by a left id"
	daxfsctl reconfigure-device -m devdax "$device"
}
rebind_binds_again() {
	local result

	switch_to "$1" devdax -f
	result=$(daxfsctl reconfigure-device --json --rebind -m devdax "$1")
	[[ $(jq -r '.devices[0].result' <<< "$result") == changed ]]
	[[ $(driver_of "$1") == device_dax ]]
}

# The window without a driver: at most 8 calls are begun, by the program or the child that writes the
# unbind, from the unbind's return to the bind.
window_is_short() {
	local n

	switch_to "$1" devdax -f
	traced -f -y -o trace daxfsctl reconfigure-device -m famfs "$1"
	n=$(awk '
		/ write\(.*device_dax\/unbind>/ { unbinder = $1; if (!/unfinished/) window = 1; next }
		$1 == unbinder && / write resumed>/ && !window { window = 1; next }
		window && $2 ~ /^[a-z0-9_]+\(/ { n++ }
		/ write\(.*fsdev_dax\/bind>/ { print n; exit }' trace)
	echo "system calls from unbind to bind: $n"
	[[ $n -ge 1 && $n -le 8 ]]
	switch_to "$1" devdax
}

for kind in "${!devices[@]}"; do
	check "${kind}_no_driver_keeps_an_id" no_driver_keeps_an_id "${devices[$kind]}"
	check "${kind}_rebind_binds_again" rebind_binds_again "${devices[$kind]}"
	check "${kind}_window_is_short" window_is_short "${devices[$kind]}"
done

# Loading a module switches it off for a moment.
autoprobe_is_as_before() {
	[[ $(cat /sys/bus/dax/drivers_autoprobe) == 1 ]]
}
check autoprobe_is_as_before

check no_complaint_of_the_kernel dmesg_clean
echo "kernel $kernel"
finish
