# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# check-device on real devices: sound in every mode, and what goes wrong is found before it does.
#	test/vm/run test/vm/tests/check.sh
# shellcheck source=test/vm/lib.sh
source ./lib.sh

devices=(${DAX_HMEM:+"$DAX_HMEM"} ${DAX_CXL:+"$DAX_CXL"} ${DAX_PMEM:+"$DAX_PMEM"})
readonly first=${devices[0]}

# STATUS ARGUMENT...: the document is in ./found
found() {
	local expected=$1 status=0
	shift
	daxfsctl check-device --json "$@" > found || status=$?
	[[ $status == "$expected" ]] || { cat found; fail "check-device $*: exit status $status"; }
}

# FILTER EXPECTED: of ./found
is() {
	[[ $(jq -c "$1" found) == "$2" ]] || { cat found; fail "$1 is not $2"; }
}

# DEVICE: whatever it is bound to, and whatever it is to become
is_sound() {
	local device=$1 now mode
	for now in devdax famfs system-ram none; do
		if [[ $now == none ]]; then
			# memory that is online must not lose its driver
			daxfsctl reconfigure-device -f -m devdax "$device" > /dev/null
			unbind "$device"
		else
			daxfsctl reconfigure-device -f -m "$now" "$device" > /dev/null
		fi
		found 0 "$device"
		is '.devices[0].findings' '[]'
		# before a driver claims them, the ranges have no owner
		is '.devices[0].unchecked | map(.what) - ["left ids", "owner"]' '[]'
		for mode in devdax famfs; do
			[[ $now != system-ram ]] || continue
			found 0 -m "$mode" "$device"
			is '.devices[0].findings' '[]'
			is '.devices[0].unchecked | map(.what) - ["left ids", "owner"]' '[]'
		done
	done
	bind_to "$device" device_dax
}
for device in "${devices[@]}"; do
	check "every_mode_of_${device}_is_sound" is_sound "$device"
done

two_ranges_are_sound() {
	make_two_range "$first"
	found 0 -m famfs "$first"
	is '.devices[0].findings' '[]'
}
[[ -z ${DAX_HMEM:-} ]] || check two_ranges_are_sound

# A check for a mode says what the switch then does, and neither changes anything.
checks_say_what_switches_do() {
	local device=$1 mode expected status
	for mode in devdax famfs system-ram; do
		expected=0 status=0
		daxfsctl reconfigure-device --dry-run -m "$mode" "$device" || expected=9
		daxfsctl check-device -m "$mode" "$device" || status=$?
		[[ $status == "$expected" ]] || fail "$mode: check $status, dry run $expected"
	done
}

in_use_is_found() {
	local writer
	sleep 60 3< "/dev/$first" &
	writer=$!
	wait_until 5 test -e "/proc/$writer/fd/3"
	found 9 -m famfs "$first"
	is '.devices[0].findings | map([.id, .override])' '[["in-use","--force"]]'
	# nothing is asked of it
	found 0 "$first"
	kill "$writer"
	wait "$writer" || true
}
check a_device_in_use_is_found in_use_is_found

policy_is_found() {
	echo online > /sys/devices/system/memory/auto_online_blocks
	checks_say_what_switches_do "$first"
	found 9 -m system-ram "$first"
	is '.devices[0].findings[0] | [.id, .values.policy]' '["online-policy","online"]'
	echo offline > /sys/devices/system/memory/auto_online_blocks
	found 0 -m system-ram "$first"
}
check the_online_policy_is_found policy_is_found

lost_memory_is_found() {
	found 0 -m system-ram "$DAX_PMEM"
	is '.devices[0].findings | map([.id, .severity])' '[["memory-lost","warning"]]'
	[[ $(jq '.devices[0].findings[0].values.lost_bytes' found) -gt 0 ]]
}
[[ -z ${DAX_PMEM:-} ]] || check lost_memory_is_found lost_memory_is_found

online_memory_is_found() {
	daxfsctl reconfigure-device -m system-ram "$first" > /dev/null
	checks_say_what_switches_do "$first"
	found 9 -m famfs "$first"
	is '.devices[0].findings[0].id' '"memory-online"'
	daxfsctl reconfigure-device -f -m devdax "$first" > /dev/null
}
check online_memory_is_found online_memory_is_found

# The kernel logs the failure of a bind for a page map that a probe before left there.
left_page_map_is_found() {
	local sibling
	sibling=$(make_sibling "$first" $((128 * MiB)))
	# no driver: the memory is somebody else's
	echo "<4>fsdev_dax $sibling: dynamic-dax with pre-populated page map" > /dev/kmsg
	found 0 "$sibling"
	is '.devices[0].findings | map([.id, .severity])' '[["left-page-map","warning"]]'
	delete_device "$sibling"
}
[[ -z ${DAX_HMEM:-} ]] || check a_left_page_map_is_found left_page_map_is_found

missing_module_is_found() {
	local module
	modprobe -r fsdev_dax
	module=$(modinfo -n fsdev_dax)
	mv "$module" hidden
	checks_say_what_switches_do "$first"
	found 9 -m famfs "$first"
	is '.devices[0].findings[0].id' '"no-module"'
	mv hidden "$module"
	found 0 -m famfs "$first"
}
check a_missing_module_is_found missing_module_is_found

journal_is_found() {
	traced -qqq -o /dev/null -P /sys/bus/dax/drivers/fsdev_dax/bind -e inject=write:signal=KILL \
		daxfsctl reconfigure-device -m famfs "$first" || true
	found 0 "$first"
	is '.devices[0].findings | map([.id, .values.journal])' '[["journal","stale"]]'
	daxfsctl recover > /dev/null
	found 0 "$first"
	is '.devices[0].findings' '[]'
}
modprobe fsdev_dax
check an_interrupted_switch_is_found journal_is_found

# Nothing that is checked is written; and a user gets what a user may know.
nothing_is_written() {
	traced -qq -f -e trace=openat,open,creat,write,mkdir,mkdirat,unlink,unlinkat,rename -o trace \
		daxfsctl check-device -m system-ram all > /dev/null || true
	# a CXL device is asked for its list of poison by a write that changes nothing
	! grep -E 'O_(WRONLY|RDWR|CREAT)|mkdir|unlink|rename|creat' trace |
		grep -v trigger_poison_list || fail "it writes"
}
check nothing_is_written nothing_is_written

if [[ -e doctor.sh ]]; then
	# shellcheck source=test/vm/tests/doctor.sh
	source ./doctor.sh
fi

check no_complaint_of_the_kernel dmesg_clean
finish
