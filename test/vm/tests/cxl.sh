# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Poison of CXL memory: what is injected by an offset of the device is on the list of the right memory
# device at the right address, by what the kernel itself says; and clear-error takes it off.
#	test/vm/run --devices cxl,pmem test/vm/tests/cxl.sh
# shellcheck source=test/vm/lib.sh
source ./lib.sh

readonly debug=/sys/kernel/debug/cxl tracing=/sys/kernel/tracing
readonly count=${COUNT:-24} # QEMU's devices have room for 256 on their lists
MEMDEVS=$(basename -a /sys/bus/cxl/devices/mem*)
region=$(basename "$(readlink -f "$dax_bus/devices/$DAX_CXL/../..")")
start=$(($(cat "/sys/bus/cxl/devices/$region/resource")))
readonly MEMDEVS region start
mountpoint -q "$tracing" || mount -t tracefs tracefs "$tracing" || fail "no tracefs"

# STATUS COMMAND ARGUMENT...: the document is in ./said
tool() {
	local expected=$1 status=0
	shift
	daxfsctl "$@" --json --yes > said || status=$?
	[[ $status == "$expected" ]] || { cat said; fail "$*: exit status $status, expected $expected"; }
}

# FILTER EXPECTED
is() {
	[[ $(jq -c "$1" said) == "$2" ]] || { cat said; fail "$1 is $(jq -c "$1" said), not $2"; }
}

# What the kernel says of the lists: "MEMDEV DPA LENGTH HPA" of each entry, in decimal; HPA is - where
# it does not tell it.
kernels_lists() {
	local memdev line dpa length hpa
	echo > "$tracing"/trace
	echo 1 > "$tracing"/events/cxl/cxl_poison/enable
	for memdev in $MEMDEVS; do
		echo 1 > "/sys/bus/cxl/devices/$memdev/trigger_poison_list"
	done
	echo 0 > "$tracing"/events/cxl/cxl_poison/enable
	while read -r line; do
		memdev=$(sed -n 's/.*memdev=\([^ ]*\).*/\1/p' <<< "$line")
		dpa=$(sed -n 's/.* dpa=\([^ ]*\).*/\1/p' <<< "$line")
		length=$(sed -n 's/.* dpa_length=\([^ ]*\).*/\1/p' <<< "$line")
		hpa=$(sed -n 's/.* hpa=\([^ ]*\).*/\1/p' <<< "$line")
		echo "$memdev $((dpa)) $((length)) ${hpa:+$((hpa))}"
	done < <(grep 'cxl_poison:.*trace_type=List' "$tracing"/trace) | sort
}

# The same of the pieces in ./said
pieces() {
	jq -r '.devices[0].targets[] | "\(.memdev) \(.dpa) \(.length) \(.address)"' said | sort
}

# FILE...: lists of pieces, as the kernel would have them: in units of 64 bytes. HPA is cut off where
# this kernel does not tell.
expected_lists() {
	local memdev dpa length address at
	cat "$@" | while read -r memdev dpa length address; do
		for ((at = 0; at < length; at += 64)); do
			echo "$memdev $((dpa + at)) 64 $((address + at))"
		done
	done | sort -u
}

# FILE: the kernel's lists are what is in it
lists_are() {
	kernels_lists > lists
	if grep -q ' $' lists; then
		sed 's/ [0-9]*$/ /' "$1" > expected
	else
		cp "$1" expected
	fi
	diff expected lists || fail "the kernel's lists (>) are not what was injected (<)"
}

nothing_is_listed() {
	: > none
	lists_are none
}

# OFFSET...: injected, one by one
inject_all() {
	local offset
	: > asked
	for offset; do
		tool 0 inject-error "$DAX_CXL" --method cxl --offset "$offset"
		is '.devices[0] | [.result, .method, .recovered]' '["injected","cxl",null]'
		pieces >> asked
	done
	expected_lists asked > should
	lists_are should
}

clear_all() {
	local offset
	for offset; do
		tool 0 clear-error "$DAX_CXL" --method cxl --offset "$offset"
		is '.devices[0].result' '"cleared"'
	done
	nothing_is_listed
}

size=$(size_of "$DAX_CXL")
readonly size
edges=(0 64 192 256 448 512 $((size / 2)) $((size / 2 + 256)) $((size - 320)) $((size - 64)))

# Both devices are hit
injected_is_where_the_kernel_has_it() {
	inject_all "${edges[@]}"
	[[ $(cut -d' ' -f1 lists | sort -u | wc -l) == 2 ]]
	# by our own listing, they are the offsets again; neighbours are one
	tool 0 list --poison "$DAX_CXL"
	is '[.devices[0].poison[] | select(.source == "cxl") | .length] | add' $((64 * ${#edges[@]}))
	is '.devices[0].poison | map(select(.source == "cxl") | .offset)' \
		"[0,192,448,$((size / 2)),$((size / 2 + 256)),$((size - 320)),$((size - 64))]"
	is '.devices[0].poison_unknown | contains(["cxl"])' false
	clear_all "${edges[@]}"
	tool 0 list --poison "$DAX_CXL"
	is '.devices[0].poison' '[]'
}

random_offsets() {
	awk -v n="$count" -v size="$size" 'BEGIN {
		srand(5)
		for (i = 0; i < n; i++)
			printf "%d\n", int(rand() * size / 64) * 64
	}'
}

random_offsets_are_where_the_kernel_has_them() {
	local offsets
	mapfile -t offsets < <(random_offsets)
	inject_all "${offsets[@]}"
	clear_all "${offsets[@]}"
}

# A length over the ends of granules is on both devices in turn
lengths_are_cut_by_device() {
	tool 0 inject-error "$DAX_CXL" --method cxl --offset 0x1c0:512
	is '.devices[0].targets | map(.length)' '[64,256,192]'
	is '.devices[0].targets | map(.memdev) | .[0] == .[2] and .[0] != .[1]' true
	pieces > asked
	expected_lists asked > should
	lists_are should
	tool 0 list --poison "$DAX_CXL"
	is '.devices[0].poison | map([.offset, .length])' '[[448,512]]'
	tool 0 clear-error "$DAX_CXL" --method cxl --offset 0x1c0:512
	nothing_is_listed
}

check nothing_is_listed_at_first nothing_is_listed
if [[ -e $debug/$region/inject_poison ]]; then
	check "by_the_region_it_is_where_the_kernel_has_it" injected_is_where_the_kernel_has_it
	check "by_the_region_${count}_random_offsets" random_offsets_are_where_the_kernel_has_them
	# without that file, it has to be known here which device has which byte
	mount -t tmpfs tmpfs "$debug/$region"
fi
check by_the_memory_devices_it_is_where_the_kernel_has_it injected_is_where_the_kernel_has_it
check "by_the_memory_devices_${count}_random_offsets" random_offsets_are_where_the_kernel_has_them
check lengths_are_cut_where_the_device_changes lengths_are_cut_by_device
! mountpoint -q "$debug/$region" || umount "$debug/$region"

# What the kernel injects by itself at a region's offset, is at our offset
kernels_offset_is_ours() {
	[[ -e $debug/$region/inject_poison ]] || skip "this kernel has no file for a region"
	echo 0x12340 > "$debug/$region/inject_poison"
	tool 0 list --poison "$DAX_CXL"
	is '.devices[0].poison | map([.offset, .length, .source])' "[[$((0x12340)),64,\"cxl\"]]"
	echo 0x12340 > "$debug/$region/clear_poison"
	nothing_is_listed
}
check what_the_kernel_injects_is_listed_by_our_offset kernels_offset_is_ours

units_are_kept() {
	tool 2 inject-error "$DAX_CXL" --method cxl --exact --offset 1
	is '.errors[0].id' '"misaligned"'
	tool 2 inject-error "$DAX_CXL" --method cxl --exact --offset 0:32
	tool 0 inject-error "$DAX_CXL" --method cxl --address $((start + 65))
	is '.devices[0].targets | map([.offset, .length])' '[[64,64]]'
	is '.devices[0].notes | length' 1
	tool 0 clear-error "$DAX_CXL" --method cxl --address $((start + 64))
	nothing_is_listed
}
check units_are_64_bytes units_are_kept

other_memory_is_refused() {
	tool 6 inject-error "$DAX_PMEM" --method cxl --offset 0
	is '.errors[0].id' '"wrong-method"'
	tool 6 clear-error "$DAX_PMEM" --method cxl --offset 0
	is '.errors[0].id' '"wrong-method"'
}
check other_memory_has_no_such_method other_memory_is_refused

the_best_method_is_taken() {
	tool 0 inject-error --dry-run "$DAX_CXL" --offset 0
	is '.devices[0].method' '"hwpoison"'
	unbind "$DAX_CXL"
	tool 0 inject-error "$DAX_CXL" --offset 128
	is '.devices[0].method' '"cxl"'
	tool 0 clear-error "$DAX_CXL" --offset 128
	is '.devices[0].method' '"cxl"'
	bind_to "$DAX_CXL" device_dax
	nothing_is_listed
}
check a_disabled_device_is_poisoned_by_its_memory the_best_method_is_taken

pages_are_not_cleared() {
	tool 0 inject-error "$DAX_CXL" --method hwpoison --offset 0x5000
	tool 6 clear-error "$DAX_CXL" --offset 0x5040
	is '.errors[0].id' '"cannot-clear"'
	tool 0 clear-error "$DAX_CXL" --method cxl --offset 0x5040
	is '.devices[0].notes | length' 1
	tool 0 list --poison "$DAX_CXL"
	is '.devices[0].poison | map([.offset, .source])' '[[20480,"record"]]'
	tool 0 reconfigure-device --rebind --discard-poison "$DAX_CXL"
}
check what_the_kernel_took_for_broken_is_not_cleared_by_the_memory pages_are_not_cleared

system_ram_is_refused() {
	tool 0 inject-error "$DAX_CXL" --method cxl --offset 0x5000
	tool 5 reconfigure-device -m system-ram "$DAX_CXL"
	is '.errors[0].id' '"poison"'
	tool 0 clear-error "$DAX_CXL" --method cxl --offset 0x5000
	tool 0 reconfigure-device --dry-run -m system-ram "$DAX_CXL"
}
check poison_on_a_list_keeps_a_device_from_system_ram system_ram_is_refused

other_modes_are_warned_of() {
	tool 0 inject-error "$DAX_CXL" --method cxl --offset 0x5000
	tool 0 reconfigure-device --dry-run --rebind "$DAX_CXL"
	is '.devices[0].notes | map(select(contains("0x5000 (64 bytes, cxl)"))) | length' 1
	tool 0 clear-error "$DAX_CXL" --method cxl --offset 0x5000
	tool 0 reconfigure-device --dry-run --rebind "$DAX_CXL"
	is '.devices[0].notes' null
}
check poison_on_a_list_is_told_before_any_other_switch other_modes_are_warned_of

# EXPECTED: offsets and lengths of what it told until now, in order
ended_monitor_told() {
	local told
	stop_monitor
	told=$(jq -cs 'map(select(.event == "failure") | [.source, .offset, .length])' events)
	[[ $told == "$1" ]] || { cat events; fail "told was $told, not $1"; }
}

# What lies over the ends of granules is on both devices, and is told by its offsets all the same
injections_are_told() {
	start_monitor
	tool 0 inject-error "$DAX_CXL" --method cxl --offset 0xc0:128
	tool 0 list --poison "$DAX_CXL"
	tool 0 clear-error "$DAX_CXL" --method cxl --offset 0xc0:128
	tool 0 inject-error "$DAX_CXL" --method cxl --offset 0x100
	ended_monitor_told '[["cxl",192,64],["cxl",256,64],["cxl",256,64]]'
	jq -es --argjson start "$start" \
		'map(select(.event == "failure") | .address - $start) == [192, 256, 256]' events
	tool 0 clear-error "$DAX_CXL" --method cxl --offset 0x100
}
check what_is_injected_is_told_by_monitor injections_are_told

lists_are_told_once() {
	tool 0 inject-error "$DAX_CXL" --method cxl --offset 0x7040
	start_monitor
	tool 0 list --poison "$DAX_CXL"
	tool 0 list --poison "$DAX_CXL"
	ended_monitor_told '[["cxl",28736,64]]'
	tool 0 clear-error "$DAX_CXL" --method cxl --offset 0x7040
}
check what_a_list_has_is_told_once_by_monitor lists_are_told_once

missing_means_are_told() {
	umount "$tracing"
	if [[ ! -d /sys/kernel/debug/tracing/events ]]; then
		tool 0 list --poison "$DAX_CXL"
		is '.devices[0].poison_unknown | contains(["cxl"])' true
	fi
	mount -t tracefs tracefs "$tracing"
	umount /sys/kernel/debug
	tool 6 inject-error "$DAX_CXL" --method cxl --offset 0
	is '.errors[0].id' '"no-debugfs"'
	mount -t debugfs debugfs /sys/kernel/debug
	tool 0 inject-error --status "$DAX_CXL"
	is '.devices[0].methods | map(select(.method == "cxl") | .usable)' '[true]'
}
check missing_means_are_told_apart missing_means_are_told

# The last test: there is no way back
lockdown_is_told() {
	[[ -w /sys/kernel/security/lockdown ]] || skip "this kernel has no lockdown"
	echo integrity > /sys/kernel/security/lockdown
	tool 4 inject-error "$DAX_CXL" --method cxl --offset 0
	is '.errors[0].id' '"lockdown"'
	nothing_is_listed
}
check a_kernel_that_is_locked_down_is_told lockdown_is_told

check no_complaint_of_the_kernel dmesg_clean
finish
