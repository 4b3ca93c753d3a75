# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by what runs first in the machine. devices_KIND makes one kind of device and prints its name:
# it exists, has a size and is bound to device_dax, no driver keeps an id. Without --full, neither kmem
# nor fsdev_dax is loaded: there is no udev, so nothing is loaded that nobody asked for.

readonly dax=/sys/bus/dax
readonly MiB=$((1 << 20))
readonly path_hmem='*/hmem*/dax*' path_pmem='*/ndbus*/region*/dax*/dax*'
readonly path_cxl='*/root*/region*/dax_region*/dax*'

fail() {
	echo "$@" >&2
	exit 1
}

# PATTERN: the dax devices whose path in /sys/devices matches it
dax_below() {
	local device path
	for device in "$dax"/devices/*; do
		path=$(readlink -f "$device")
		# shellcheck disable=SC2053 # a pattern it is
		[[ $path != $1 ]] || echo "${path##*/}"
	done
}

# PATTERN: the same, as a question
dax_is_there() {
	[[ -n $(dax_below "$1") ]]
}

# KIND PATTERN: prints its name when it is there, for drivers work in the background; of several, which
# SCRIPT made, that of the lab is the first
device_found() {
	wait_for dax_is_there "$2" || fail "there is no dax device of $1"
	dax_below "$2" | head -n 1
}

device_hmem() {
	device_found hmem "$path_hmem"
}

device_hmem-kmem() {
	device_hmem
}

device_pmem() {
	device_found pmem "$path_pmem"
}

device_cxl() {
	device_found CXL "$path_cxl"
}

# DEVICE
bound_to_device_dax() {
	[[ $(readlink "$dax/devices/$1/driver") == */device_dax ]]
}

# DEVICE: from the driver that it has
unbind() {
	[[ ! -e $dax/devices/$1/driver ]] || echo "$1" > "$dax/devices/$1/driver/unbind"
}

# DEVICE: by name, if need be. A device of kmem's type matches device_dax by an id only, and the
# id would take the device away from a test that unbinds it: it goes at once.
bind_to_device_dax() {
	local device=$1 driver=$dax/drivers/device_dax

	! bound_to_device_dax "$device" || return 0
	unbind "$device"
	{
		echo "$device" > $driver/bind || {
			echo "$device" > $driver/new_id
			echo "$device" > $driver/remove_id
		}
	} 2> /dev/null
	bound_to_device_dax "$device" || fail "$device does not bind to device_dax"
}

# DEVICE BYTES: a bound device keeps its size, and 6.1 binds it at once
set_size() {
	unbind "$1"
	[[ $(< "$dax/devices/$1/size") == "$2" ]] || echo "$2" > "$dax/devices/$1/size" ||
		fail "$1 does not take the size $2"
}

# A soft-reserved range (memmap= on the command line). dax_hmem.region_idle=1, also there, makes
# its devices match device_dax and start empty.
devices_hmem() {
	local device

	modprobe -a device_dax dax_hmem || fail "no dax_hmem"
	device=$(device_hmem) || return
	set_size "$device" $((512 * MiB))
	bind_to_device_dax "$device"
	echo "$device"
}

# The same range without region_idle: one device over all of it, of kmem's type. That is what
# machines in production have.
devices_hmem-kmem() {
	devices_hmem
}

# Half of an nvdimm; the other half is for tests to use.
devices_pmem() {
	local device region

	modprobe -a device_dax nfit nd_pmem dax_pmem || fail "no nfit or dax_pmem"
	# its number is the next after hmem's
	wait_for compgen -G '/sys/bus/nd/devices/region*/driver' > /run/region || fail "no nvdimm region"
	region=$(basename "$(dirname "$(< /run/region)")")
	# the nvdimm is new: only with a label area can it have more than one namespace
	{
		ndctl disable-region "$region"
		ndctl init-labels nmem0
		ndctl enable-region "$region"
		ndctl create-namespace --region="$region" --mode=devdax --size=512M
	} > /run/ndctl 2>&1 || fail "ndctl: $(< /run/ndctl)"
	device=$(device_pmem) || return
	bind_to_device_dax "$device"
	echo "$device"
}

# A ram region over two CXL devices, 256 MiB of each. By sysfs: Debian 12's cxl knows pmem only.
cxl_region() {
	local cxl=/sys/bus/cxl/devices root endpoints region decoder number=0

	modprobe -a cxl_acpi cxl_pci cxl_port cxl_mem dax_cxl || fail "no cxl"
	# an endpoint decoder appears when all ports above its device are enumerated
	wait_for cxl_endpoints 2 > /dev/null || fail "no two CXL devices"
	root=$(dirname "$(compgen -G "$cxl/decoder*/create_ram_region")") || fail "no CXL window for ram"
	mapfile -t endpoints < <(cxl_endpoints)

	# reading gives the name of the region that comes next
	region=$(< "$root/create_ram_region")
	echo "$region" > "$root/create_ram_region" || fail "no CXL region"
	echo 256 > "$cxl/$region/interleave_granularity"
	echo 2 > "$cxl/$region/interleave_ways"
	for decoder in "${endpoints[@]:0:2}"; do
		echo ram > "$decoder/mode"
		echo $((256 * MiB)) > "$decoder/dpa_size"
	done
	echo $((512 * MiB)) > "$cxl/$region/size"
	for decoder in "${endpoints[@]:0:2}"; do
		echo "${decoder##*/}" > "$cxl/$region/target$number" || fail "$region does not take ${decoder##*/}"
		number=$((number + 1))
	done
	echo 1 > "$cxl/$region/commit" || fail "$region is not committed"
	[[ -e $cxl/$region/driver ]] || echo "$region" > /sys/bus/cxl/drivers/cxl_region/bind
}

devices_cxl() {
	local device

	modprobe device_dax
	# with --full it is there
	dax_is_there "$path_cxl" || cxl_region
	device=$(device_cxl) || return
	bind_to_device_dax "$device"
	echo "$device"
}

# [COUNT]: the first decoder of each CXL device; fails when there are fewer than COUNT
cxl_endpoints() {
	local decoder found=()
	for decoder in /sys/bus/cxl/devices/decoder*.0; do
		[[ ! -e $decoder/dpa_size ]] || found+=("$decoder")
	done
	[[ ${#found[@]} -ge ${1:-0} ]] || return
	printf '%s\n' "${found[@]}"
}
