# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check() calls the functions
#
# The lab itself: what test/vm/run promises to a SCRIPT.
#	test/vm/run test/vm/smoke.sh

# shellcheck source=test/vm/lib.sh
source ./lib.sh

loaded() {
	[[ -d /sys/module/$1 ]]
}

# DEVICE
is_ready() {
	[[ -n $1 && -c /dev/$1 ]]
	[[ $(size_of "$1") -gt 0 ]]
	[[ $(driver_of "$1") == device_dax ]]
}

hmem_is_512_MiB_of_2_GiB() {
	is_ready "$DAX_HMEM"
	[[ $(size_of "$DAX_HMEM") == $((512 * MiB)) ]]
	[[ $(< "$(region_of "$DAX_HMEM")/size") == $((2048 * MiB)) ]]
	[[ $(< "$(region_of "$DAX_HMEM")/available_size") == $((1536 * MiB)) ]]
}

pmem_is_static() {
	is_ready "$DAX_PMEM"
	[[ ! -e $(region_of "$DAX_PMEM")/create ]]
}

devices_are_on_memory_nodes_of_their_own() {
	local device
	for device in "${devices[@]}"; do
		[[ $(< "$dax_bus/devices/$device/target_node") -gt 0 ]]
	done
}

the_bus_has_no_other_device() {
	diff <(printf '%s\n' "${devices[@]}" | grep . | sort) \
		<(find "$dax_bus/devices" -mindepth 1 -printf '%f\n' | sort)
}

nothing_is_loaded_that_a_test_has_to_see_loaded() {
	! loaded kmem || fail "kmem is loaded"
	! loaded fsdev_dax || fail "fsdev_dax is loaded"
	[[ $(< "$dax_bus/drivers_autoprobe") == 1 ]]
}

no_driver_keeps_an_id() {
	# a device of kmem's type is only found by an id, but 6.1 does not know such a type
	[[ ,$VM_DEVICES, == *,hmem-kmem,* ]] || skip "only --devices hmem-kmem can tell"
	[[ $(uname -r) != 6.1.* ]] || skip "this kernel's device_dax takes every device"
	unbind "$DAX_HMEM"
	echo "$DAX_HMEM" > "$dax_bus/drivers_probe" || true
	[[ $(driver_of "$DAX_HMEM") == none ]]
	bind_to "$DAX_HMEM" device_dax
}

stdio_is_null_and_pipes() {
	[[ $stdin == /dev/null ]]
	[[ $stdout == pipe:* && $stderr == pipe:* && $stdout != "$stderr" ]]
}

signals_have_their_defaults() {
	# a command's own: SIGHUP, SIGINT, SIGQUIT and SIGTERM are the ones a test would send
	local ignored
	ignored=$(sed -n 's/^SigIgn:\t//p' /proc/self/status)
	[[ $((0x$ignored & 0x4007)) == 0 ]]
}

tools_are_real() {
	local tool
	for tool in daxfsctl bash jq modprobe lsmod strace ndctl daxctl cxl dmesg mount unshare \
		flock setpriv ps kill pgrep grep sed awk find xargs cmp diff tar gzip timeout stat; do
		command -v "$tool"
	done
	# an applet of a multi-call binary would answer with that binary's name
	stat --version | grep -q coreutils
	dmesg --version | grep -q util-linux
	daxfsctl --version
	daxctl list
	ndctl list
	cxl --version
}

cxl_is_512_MiB_over_two_devices() {
	local region
	region=$(readlink -f "$dax_bus/devices/$DAX_CXL")/../..
	is_ready "$DAX_CXL"
	[[ $(size_of "$DAX_CXL") == $((512 * MiB)) ]]
	[[ $(< "$region/interleave_ways") == 2 ]]
	[[ -e /sys/kernel/debug/cxl/mem0/inject_poison ]]
}

hwpoison_can_be_injected() {
	modprobe -n hwpoison-inject || skip "this kernel has no hwpoison-inject"
	modprobe hwpoison-inject
	[[ -w /sys/kernel/debug/hwpoison/corrupt-pfn ]]
}

kmem_can_be_loaded_and_takes_nothing() {
	modprobe kmem
	[[ -d $dax_bus/drivers/kmem ]]
	rmmod kmem
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}

modules_are_found_by_alias() {
	modprobe --resolve-alias dax:t0 | grep -x device_dax
	modprobe --resolve-alias dax:t0 | grep -x kmem
}

two_ranges_with_a_hole() {
	local start0 end0 start1 end1

	make_two_range "$DAX_HMEM"
	{ read -r start0 end0; read -r start1 end1; } < <(ranges_of "$DAX_HMEM")
	[[ $((end0 - start0 + 1 + end1 - start1 + 1)) == $((512 * MiB)) ]]
	[[ $((start1 - end0 - 1)) == $((128 * MiB)) ]]
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
	the_bus_has_no_other_device
}

a_second_pmem_device() {
	local device
	device=$(make_pmem_devdax 128M mem)
	is_ready "$device"
	ndctl list -N | jq -e "length == 2"
}

# DEVICE
fsdev_dax_and_back() {
	modprobe -n fsdev_dax || skip "this kernel has no fsdev_dax"
	modprobe fsdev_dax
	rebind_to "$1" fsdev_dax
	rebind_to "$1" device_dax
	rmmod fsdev_dax
}

kmem_takes_hmem() {
	modprobe kmem
	rebind_to "$DAX_HMEM" kmem
	grep -q 'System RAM (kmem)' /proc/iomem
	# the lab's default policy is offline, so this is allowed
	rebind_to "$DAX_HMEM" device_dax
	rmmod kmem
}

# shellcheck disable=SC2206 # names without blanks; the ones that are not there must vanish
devices=(${DAX_HMEM:-} ${DAX_PMEM:-} ${DAX_CXL:-})
stdin=$(readlink /proc/self/fd/0)
stdout=$(readlink /proc/$$/fd/1)
stderr=$(readlink /proc/$$/fd/2)

check stdio_is_null_and_pipes
check signals_have_their_defaults
check tools_are_real
check nothing_is_loaded_that_a_test_has_to_see_loaded
check the_bus_has_no_other_device
check modules_are_found_by_alias
check hwpoison_can_be_injected
check devices_are_on_memory_nodes_of_their_own
if [[ -n ${DAX_PMEM:-} ]]; then
	check pmem_is_static
	check pmem_on_fsdev_dax_and_back fsdev_dax_and_back "$DAX_PMEM"
fi
if [[ -n ${DAX_CXL:-} ]]; then
	check cxl_is_512_MiB_over_two_devices
	check cxl_on_fsdev_dax_and_back fsdev_dax_and_back "$DAX_CXL"
fi
if [[ -n ${DAX_HMEM:-} ]]; then
	check hmem_is_512_MiB_of_2_GiB
	check no_driver_keeps_an_id
	check kmem_can_be_loaded_and_takes_nothing
	check two_ranges_with_a_hole
	check two_ranges_on_fsdev_dax_and_back fsdev_dax_and_back "$DAX_HMEM"
	check kmem_takes_hmem
fi
if [[ -n ${DAX_PMEM:-} ]]; then
	check a_second_pmem_device
fi
check no_complaint_of_the_kernel dmesg_clean
finish
