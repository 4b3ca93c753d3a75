# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# system-ram: what is online where, under each auto-online policy.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

policy=/sys/devices/system/memory/auto_online_blocks

# DEVICE FIELD
memory() {
	daxfsctl list --json --memory -d "$1" | jq -er ".devices[0].memory.$2"
}

all_online_in() {
	local total
	total=$(memory "$1" total_blocks)
	[[ $total -gt 0 && $(memory "$1" online_blocks) == "$total" ]] || fail "$(daxfsctl list --json --memory)"
	[[ $(memory "$1" 'zones | join(" ")') == "$2" ]] || fail "$(daxfsctl list --json --memory)"
}

# DEVICE POLICY OPTION...: is refused, the device as before
refused() {
	local device=$1 wish=$2
	shift 2
	echo "$wish" > "$policy"
	expect_exit 6 daxfsctl reconfigure-device -m system-ram "$@" "$device" > out 2>&1
	cat out
	grep -q "$wish" out || fail "the policy is not named"
	[[ $(driver_of "$device") == device_dax ]]
	[[ $(cat "$policy") == "$wish" ]]
}

# DEVICE POLICY OPTION...
accepted() {
	local device=$1 wish=$2
	shift 2
	echo "$wish" > "$policy"
	daxfsctl reconfigure-device -m system-ram "$@" "$device"
	[[ $(driver_of "$device") == kmem ]]
}

back() {
	daxfsctl reconfigure-device -f -m devdax "$1"
	[[ $(driver_of "$1") == device_dax ]]
	echo offline > "$policy"
}

offline_default() {
	accepted "$1" offline
	all_online_in "$1" Movable
	back "$1"
}

offline_no_online() {
	accepted "$1" offline -N
	[[ $(memory "$1" online_blocks) == 0 && $(memory "$1" total_blocks) -gt 0 ]]
	# what is not online needs no force
	daxfsctl reconfigure-device -m devdax "$1"
	[[ $(driver_of "$1") == device_dax ]]
}

later_online() {
	accepted "$1" offline -N
	daxfsctl reconfigure-device -m system-ram "$1"
	all_online_in "$1" Movable
	[[ $(daxfsctl reconfigure-device --json -m system-ram "$1" | jq -r '.devices[0].result') == unchanged ]]
	back "$1"
}

one_offline_block_is_onlined() {
	local block
	accepted "$1" offline
	block=$(($(ranges_of "$1" | head -n 1 | cut -d' ' -f2) / 0x$(cat /sys/devices/system/memory/block_size_bytes)))
	echo offline > "/sys/devices/system/memory/memory$((block - 1))/state"
	[[ $(memory "$1" online_blocks) == $(($(memory "$1" total_blocks) - 1)) ]]
	daxfsctl reconfigure-device -m system-ram "$1"
	all_online_in "$1" Movable
	back "$1"
}

online_is_refused_without_force() {
	accepted "$1" offline
	expect_exit 5 daxfsctl reconfigure-device -m devdax "$1"
	[[ $(daxfsctl reconfigure-device --json -m devdax "$1" | jq -r '.errors[0].override') == --force ]]
	all_online_in "$1" Movable
	back "$1"
}

movable_policy() {
	accepted "$1" online_movable
	all_online_in "$1" Movable
	back "$1"
}

for kind in hmem pmem; do
	device=$DAX_PMEM
	[[ $kind == pmem ]] || device=$DAX_HMEM
	check "${kind}_policy_offline_onlines_movable" offline_default "$device"
	check "${kind}_no_online_leaves_it_offline" offline_no_online "$device"
	check "${kind}_system_ram_again_onlines_what_is_offline" later_online "$device"
	check "${kind}_one_offline_block_is_onlined" one_offline_block_is_onlined "$device"
	check "${kind}_online_memory_is_refused_without_force" online_is_refused_without_force "$device"
	check "${kind}_policy_movable_gives_movable" movable_policy "$device"
	check "${kind}_policy_movable_refuses_no_online" refused "$device" online_movable -N
	check "${kind}_policy_movable_refuses_no_movable" refused "$device" online_movable --no-movable
	check "${kind}_policy_kernel_refuses_movable" refused "$device" online_kernel
	check "${kind}_policy_kernel_refuses_no_online" refused "$device" online_kernel -N
	check "${kind}_policy_online_refuses_movable" refused "$device" online
	check "${kind}_policy_online_refuses_no_online" refused "$device" online -N
	echo offline > "$policy"
done

options_of_system_ram_are_for_system_ram() {
	expect_exit 2 daxfsctl reconfigure-device -m famfs -N "$DAX_HMEM"
	expect_exit 2 daxfsctl reconfigure-device -m devdax --no-movable "$DAX_HMEM"
	expect_exit 2 daxfsctl reconfigure-device -m system-ram -N --no-movable "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}
check options_of_system_ram_are_for_system_ram

# A page that cannot move keeps a block online: nothing is unbound, and the blocks that went offline
# come back.
held_memory() {
	local before status=0
	accepted "$1" offline
	before=$(memory "$1" online_blocks)
	# the node's free memory is this device's: a locked, pinned page lies there
	node=$(cat "/sys/bus/dax/devices/$1/target_node")
	[[ -w /sys/devices/system/node/node$node/meminfo || -r /sys/devices/system/node/node$node/meminfo ]]
	traced -f -o trace -e trace=write -e inject=write:error=EBUSY:when=1 \
		daxfsctl reconfigure-device -f -m devdax "$1" > out 2>&1 || status=$?
	cat out
	[[ $status == 5 ]] || fail "exit status $status"
	[[ $(driver_of "$1") == kmem && $(memory "$1" online_blocks) == "$before" ]]
	back "$1"
}
check hmem_memory_that_stays_online_is_never_unbound held_memory "$DAX_HMEM"
check pmem_memory_that_stays_online_is_never_unbound held_memory "$DAX_PMEM"

# Last: what a kernel zone took, may never go again; then the refusal must say so and strand nothing.
kernel_zone() {
	local status=0
	accepted "$1" "$2" --no-movable
	[[ $(memory "$1" 'zones | join(" ")') == Normal ]] || fail "$(daxfsctl list --json --memory)"
	daxfsctl reconfigure-device -f -m devdax "$1" || status=$?
	case $status in
	0) [[ $(driver_of "$1") == device_dax ]] ;;
	5) [[ $(driver_of "$1") == kmem ]] && all_online_in "$1" Normal ;;
	*) fail "exit status $status" ;;
	esac
}
check hmem_policy_offline_no_movable kernel_zone "$DAX_HMEM" offline
check pmem_policy_kernel_no_movable kernel_zone "$DAX_PMEM" online_kernel
check no_complaint_of_the_kernel dmesg_clean
finish
