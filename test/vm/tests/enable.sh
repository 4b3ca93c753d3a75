# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Devices that are disabled and enabled: without a driver, with their mode remembered, and back.
# They are killed at it; with ALL=1 in every mode of both.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

driver_for() {
	case $1 in
	devdax) echo device_dax ;;
	famfs) echo fsdev_dax ;;
	system-ram) echo kmem ;;
	esac
}

# DEVICE KEY: of list -v --json
told() {
	daxfsctl list -v --json "$1" | jq -r ".devices[0].$2"
}

# DEVICE: what must be as before
layout_of() {
	echo "$(size_of "$1") $(cat "$dax_bus/devices/$1/align") $(ranges_of "$1" | tr '\n' ' ')"
}

# DEVICE MODE: is disabled, and that mode is remembered
is_disabled() {
	[[ $(driver_of "$1") == none ]] || fail "$1 is bound to $(driver_of "$1")"
	[[ $(told "$1" configured_mode) == "$2" ]] || fail "$1: $(told "$1" configured_mode) is remembered"
	[[ $(told "$1" state) == disabled && $(told "$1" mode) == null ]]
	[[ $(stat -c '%a %u %F' "/run/daxfsctl/mode-$1") == "600 0 regular file" ]]
}

# DEVICE MODE: is enabled in it, and nothing is remembered
is_enabled() {
	[[ $(driver_of "$1") == "$(driver_for "$2")" ]] || fail "$1 is bound to $(driver_of "$1")"
	[[ $(told "$1" configured_mode) == null ]]
	[[ ! -e /run/daxfsctl/mode-$1 ]]
}

# DEVICE MODE
there_and_back() {
	local device=$1 mode=$2 before
	daxfsctl reconfigure-device -f -m "$mode" "$device"
	before=$(layout_of "$device")
	daxfsctl disable-device -f --json "$device" > out
	[[ $(jq -c '[.devices[0] | .result, .before.mode, .after.mode, .after.state]' out) == \
		"[\"changed\",\"$mode\",null,\"disabled\"]" ]] || { cat out; fail "not told so"; }
	is_disabled "$device" "$mode"
	daxfsctl disable-device --json "$device" | jq -e '.devices[0].result == "unchanged"'
	daxfsctl enable-device --json "$device" > out
	[[ $(jq -c '[.devices[0] | .result, .before.mode, .after.mode, .after.state]' out) == \
		"[\"changed\",null,\"$mode\",\"enabled\"]" ]] || { cat out; fail "not told so"; }
	is_enabled "$device" "$mode"
	[[ $(layout_of "$device") == "$before" ]] || fail "another layout: $(layout_of "$device")"
	daxfsctl enable-device --json "$device" | jq -e '.devices[0].result == "unchanged"'
	if [[ $mode == system-ram ]]; then
		daxfsctl list --memory --json "$device" |
			jq -e '.devices[0].memory | .online_blocks == .total_blocks and .zones == ["Movable"]'
	fi
	! compgen -G '/run/daxfsctl/journal-*' || fail "a journal is left"
}

make_two_range "$DAX_HMEM" || fail "$DAX_HMEM has not two ranges"
devices=("$DAX_HMEM" "$DAX_PMEM")
for device in "${devices[@]}"; do
	for mode in devdax famfs system-ram; do
		check "${device}_disabled_in_${mode}_comes_back_so" there_and_back "$device" "$mode"
	done
done

another_mode() {
	daxfsctl reconfigure-device -f -m devdax "$1"
	daxfsctl disable-device "$1"
	daxfsctl enable-device -m famfs "$1"
	is_enabled "$1" famfs
	expect_exit 2 daxfsctl enable-device -m devdax "$1" 2> text
	grep -q 'daxfsctl reconfigure-device' text
	is_enabled "$1" famfs
	daxfsctl disable-device "$1"
	daxfsctl enable-device -N -m system-ram "$1"
	is_enabled "$1" system-ram
	# offline from the start, so there is nothing to force
	daxfsctl disable-device "$1"
	is_disabled "$1" system-ram
	daxfsctl enable-device -m devdax "$1"
	is_enabled "$1" devdax
}
for device in "${devices[@]}"; do
	check "${device}_is_enabled_in_another_mode" another_mode "$device"
done

by_others() {
	daxfsctl reconfigure-device -m famfs "$1"
	unbind "$1"
	[[ $(told "$1" configured_mode) == null ]]
	daxfsctl enable-device "$1"
	is_enabled "$1" devdax
	daxfsctl reconfigure-device -m famfs "$1"
	daxfsctl disable-device "$1"
	# bound by another, and unbound again
	bind_to "$1" device_dax
	[[ $(told "$1" configured_mode) == null ]]
	daxfsctl reconfigure-device -m devdax --rebind "$1"
	is_enabled "$1" devdax
}
for device in "${devices[@]}"; do
	check "${device}_unbound_by_others_becomes_devdax" by_others "$device"
done

online_memory() {
	local status
	daxfsctl reconfigure-device -f -m system-ram "$1"
	expect_exit 5 daxfsctl disable-device "$1"
	status=0
	daxfsctl disable-device --json "$1" > out || status=$?
	[[ $status == 5 && $(jq -r '.errors[0].id' out) == memory-online ]]
	is_enabled "$1" system-ram
	daxfsctl list --memory --json "$1" |
		jq -e '.devices[0].memory | .online_blocks == .total_blocks'
	daxfsctl disable-device -f "$1"
	is_disabled "$1" system-ram
	! grep -F 'System RAM (kmem)' /proc/iomem || fail "its memory is still there"
	daxfsctl enable-device -m devdax "$1"
}
for device in "${devices[@]}"; do
	check "${device}_with_online_memory_is_disabled_by_force_only" online_memory "$device"
done

# An open node is enough; and it is in the way of the next bind, too.
in_use() {
	local device=$1
	daxfsctl reconfigure-device -f -m devdax "$device"
	tail -f /dev/null 3< "/dev/$device" &
	# shellcheck disable=SC2064 # of this one
	trap "kill -KILL $! || true; wait" EXIT
	expect_exit 5 daxfsctl disable-device "$device" > text 2>&1
	grep -q "in use by pid $! (tail" text || { cat text; fail "not named"; }
	is_enabled "$device" devdax
	(sleep 2; kill -KILL $!) &
	daxfsctl disable-device --wait=60 "$device"
	is_disabled "$device" devdax
	daxfsctl enable-device "$device"
}
check a_device_in_use_is_not_disabled in_use "$DAX_HMEM"

# DEVICE OTHER: whatever DEVICE is switched to, or fails to be switched to, OTHER stays as it is
not_captured() {
	local device=$1 other=$2 mode
	daxfsctl reconfigure-device -f -m devdax all
	daxfsctl disable-device "$other"
	for mode in famfs system-ram devdax; do
		daxfsctl reconfigure-device -f -m "$mode" "$device" || [[ $? == 5 ]]
		is_disabled "$other" devdax
		daxfsctl disable-device -f "$device"
		daxfsctl enable-device "$device" || [[ $? == 5 ]]
		is_disabled "$other" devdax
	done
	daxfsctl enable-device --allow-capture all
	is_enabled "$other" devdax
}
check a_disabled_pmem_device_is_not_captured not_captured "$DAX_HMEM" "$DAX_PMEM"
check a_disabled_hmem_device_is_not_captured not_captured "$DAX_PMEM" "$DAX_HMEM"

# DEVICE MODE COMMAND OPTION...: killed before each of its writes; afterwards, one recover
killed() {
	local device=$1 mode=$2 n=0 points=0 none=0 bound=0
	shift 2
	while true; do
		n=$((n + 1))
		daxfsctl reconfigure-device -f --allow-capture -m "$mode" "$device" > /dev/null
		[[ $1 != enable-device ]] || daxfsctl disable-device -f "$device" > /dev/null
		# (with --seccomp-bpf strace does not kill)
		traced_alone -f -y -o trace -e trace=write -e "inject=write:signal=KILL:when=$n" \
			daxfsctl "$@" "$device" > out 2>&1 || true
		# the last ones are of its own output
		[[ $(grep 'write(' trace | tail -n 1) =~ write\([0-9]+\</(sys|run)/ ]] || break
		grep -q 'killed by SIGKILL' trace || break
		points=$((points + 1))
		daxfsctl recover > recovered || { cat trace recovered; fail "write $n: not recovered"; }
		case $(driver_of "$device") in
		none) is_disabled "$device" "$mode"; none=$((none + 1)) ;;
		*) is_enabled "$device" "$mode"; bound=$((bound + 1)) ;;
		esac
		! compgen -G '/run/daxfsctl/journal-*' || fail "a journal is left"
		[[ $n -lt 60 ]] || fail "no end"
	done
	daxfsctl reconfigure-device -f --allow-capture -m devdax "$device"
	echo "$device, $mode, $*: killed before $points writes: $none without a driver, $bound with it" |
		tee -a /tmp/counts
	[[ $points -ge 4 && $none -ge 1 && $bound -ge 1 ]]
}
pairs=("$DAX_HMEM famfs" "$DAX_PMEM system-ram")
[[ ! -v ALL ]] || pairs+=("$DAX_HMEM system-ram" "$DAX_PMEM famfs")
for pair in "${pairs[@]}"; do
	read -r device mode <<< "$pair"
	check "${device}_killed_as_it_is_disabled_in_$mode" killed "$device" "$mode" disable-device -f
	check "${device}_killed_as_it_is_enabled_in_$mode" killed "$device" "$mode" enable-device
done

# Neither a switch that fails nor one that is undone binds a device that had no driver.
fails_disabled() {
	daxfsctl reconfigure-device -f -m devdax "$1"
	daxfsctl disable-device "$1"
	traced --seccomp-bpf -f -y -o trace -e trace=write -P /sys/bus/dax/drivers/fsdev_dax/remove_id \
		-e inject=write:error=EIO:when=1 daxfsctl enable-device -m famfs "$1" > out 2>&1 &&
		fail "success with a fault"
	grep -q INJECTED trace || { cat trace; fail "no fault"; }
	grep -q rolled-back out || { cat out; fail "not rolled back"; }
	is_disabled "$1" devdax
	daxfsctl enable-device "$1"
}
for device in "${devices[@]}"; do
	check "${device}_disabled_before_a_failed_switch_is_disabled_after" fails_disabled "$device"
done

check no_complaint_of_the_kernel dmesg_clean
cat /tmp/counts
finish
