# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Size and align of a dynamic device, alone and with a mode; a static one has neither.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

reconfigure() {
	daxfsctl reconfigure-device "$@"
}

align_of() {
	cat "/sys/bus/dax/devices/$1/align"
}

# What a refused call must leave as it was
state_of() {
	echo "$(driver_of "$1") $(size_of "$1") $(align_of "$1") $(ranges_of "$1" | tr '\n' ' ')"
}

# STATUS DEVICE OPTION...
refused() {
	local expected=$1 device=$2 before
	shift 2
	before=$(state_of "$device")
	expect_exit "$expected" reconfigure "$@" "$device"
	[[ $(state_of "$device") == "$before" ]] || fail "$device changed: $before, now $(state_of "$device")"
}

align_alone_works() {
	reconfigure -a 4096 "$DAX_HMEM"
	[[ $(align_of "$DAX_HMEM") == 4096 && $(driver_of "$DAX_HMEM") == device_dax ]]
	reconfigure -a 2M "$DAX_HMEM"
	[[ $(align_of "$DAX_HMEM") == $((2 * MiB)) && $(driver_of "$DAX_HMEM") == device_dax ]]
}
check align_alone_works

align_of_a_static_device_is_refused() {
	refused 6 "$DAX_PMEM" -a 4096
	refused 6 "$DAX_PMEM" -s 256M
	refused 6 "$DAX_PMEM" -s 256M -m famfs
}
check align_of_a_static_device_is_refused

size_alone_keeps_the_driver() {
	reconfigure -s 640M "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((640 * MiB)) && $(driver_of "$DAX_HMEM") == device_dax ]]
}
check size_alone_keeps_the_driver

shrinking_needs_its_flag() {
	refused 2 "$DAX_HMEM" -s 128M
	[[ $(reconfigure --json -s 128M "$DAX_HMEM" | jq -r '.errors[0].override') == --shrink ]]
	reconfigure -s 128M --shrink "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((128 * MiB)) ]]
}
check shrinking_needs_its_flag

size_and_mode_in_one() {
	reconfigure -s 256M -m famfs "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((256 * MiB)) && $(driver_of "$DAX_HMEM") == fsdev_dax ]]
}
check size_and_mode_in_one

smaller_and_another_mode_in_one() {
	reconfigure -s 512M -m devdax "$DAX_HMEM"
	reconfigure -s 256M -m famfs "$DAX_HMEM" > out
	cat out
	[[ $(size_of "$DAX_HMEM") == $((256 * MiB)) && $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	grep -q "268435456 bytes" out || fail "what is given up is not told"
}
check smaller_and_another_mode_in_one

size_align_and_mode_in_one() {
	reconfigure -s 512M -a 4K -m devdax "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((512 * MiB)) ]]
	[[ $(align_of "$DAX_HMEM") == 4096 && $(driver_of "$DAX_HMEM") == device_dax ]]
	reconfigure -s 1G -a 1G -m famfs "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((1024 * MiB)) ]]
	[[ $(align_of "$DAX_HMEM") == $((1024 * MiB)) && $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	reconfigure -s 512M -a 2M --shrink -m devdax "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((512 * MiB)) && $(driver_of "$DAX_HMEM") == device_dax ]]
}
check size_align_and_mode_in_one

bad_values_change_nothing() {
	refused 2 "$DAX_HMEM" -s 0
	refused 2 "$DAX_HMEM" -s 3000
	refused 2 "$DAX_HMEM" -s 4G
	refused 2 "$DAX_HMEM" -s 16777215T
	refused 2 "$DAX_HMEM" -s 12x
	refused 2 "$DAX_HMEM" -s -1
	refused 2 "$DAX_HMEM" -s ' 1'
	refused 2 "$DAX_HMEM" -a 3
	refused 2 "$DAX_HMEM" -a 4M
	refused 2 "$DAX_HMEM" -a 0
	refused 2 "$DAX_HMEM" -a 1G
	refused 2 "$DAX_HMEM" -m bogus
	refused 2 "$DAX_HMEM"
}
check bad_values_change_nothing

the_kernel_and_the_tool_agree_on_sizes() {
	# one subsection of memory is the unit, whatever the align
	unbind "$DAX_HMEM"
	expect_exit 1 bash -c "echo $((513 * MiB)) > /sys/bus/dax/devices/$DAX_HMEM/size" 2> /dev/null
	bind_to "$DAX_HMEM" device_dax
	refused 2 "$DAX_HMEM" -s 513M
}
check the_kernel_and_the_tool_agree_on_sizes

an_unbound_device_stays_unbound() {
	unbind "$DAX_HMEM"
	reconfigure -s 640M "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((640 * MiB)) && $(driver_of "$DAX_HMEM") == none ]]
	refused 2 "$DAX_HMEM" --rebind
	reconfigure -m famfs "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	unbind "$DAX_HMEM"
	reconfigure -s 512M --shrink -m devdax "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((512 * MiB)) && $(driver_of "$DAX_HMEM") == device_dax ]]
}
check an_unbound_device_stays_unbound

a_seed_gets_size_and_mode() {
	local seed
	echo 1 > "$(region_of "$DAX_HMEM")/create"
	seed=$(< "$(region_of "$DAX_HMEM")/create")
	refused 2 "$seed" -m famfs
	reconfigure -s 128M -m famfs "$seed"
	[[ $(size_of "$seed") == $((128 * MiB)) && $(driver_of "$seed") == fsdev_dax ]]
	delete_device "$seed"
}
check a_seed_gets_size_and_mode

# A fault in any write of a resize: the very ranges are back.
# DEVICE N OPTION...: the Nth write fails
fault() {
	local device=$1 n=$2 before status=0
	shift 2
	before=$(state_of "$device")
	traced -f --seccomp-bpf -y -o trace -e trace=write -e "inject=write:error=EIO:when=$n" \
		daxfsctl reconfigure-device "$@" "$device" > out 2>&1 || status=$?
	# past the last write of the switch the program's own output would be hit
	was_injected trace || return 99
	[[ $status != 0 ]] || { cat out; fail "success with a fault in write $n"; }
	grep -q "$device" out || { cat out; fail "write $n: the device is not named"; }
	[[ $(state_of "$device") == "$before" ]] ||
		{ cat out trace; fail "write $n: was $before, is $(state_of "$device")"; }
}

ranges_are_restored() {
	local n=1 status
	make_two_range "$DAX_HMEM"
	while true; do
		status=0
		(fault "$DAX_HMEM" "$n" "$@") || status=$?
		[[ $status != 99 ]] || break
		[[ $status == 0 ]] || fail "fault in write $n of $*"
		n=$((n + 1))
		[[ $n -lt 40 ]] || fail "no end"
	done
	echo "faults: $((n - 1))"
	[[ $n -gt 4 ]]
	# the last run, past every fault, went through
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	rebind_to "$DAX_HMEM" device_dax
}
check a_failed_grow_restores_the_ranges ranges_are_restored -s 1G -m famfs
check a_failed_shrink_restores_the_ranges ranges_are_restored -s 128M --shrink -m famfs
check a_failed_align_restores_the_ranges ranges_are_restored -a 4K -m famfs

check no_complaint_of_the_kernel dmesg_clean
finish
