# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# As daxctl: the same commands from the same state print the same as Debian's daxctl. Run with
# --daxctl, which brings daxctl-sid; the machine has the older daxctl besides.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

dynamic=${DAX_HMEM:-${DAX_CXL:-}}
region=${dynamic#dax} region=${region%%.*}

# The state that each tool starts from: one dynamic device of 256 MiB, all bound to device_dax.
fresh() {
	local device
	for device in "$dax_bus/devices/dax$region".*; do
		device=${device##*/}
		offline "$device"
		unbind "$device"
		[[ $device == "$dynamic" ]] || delete_device "$device"
	done
	resize_unbound "$dynamic" 0
	echo $((2 * MiB)) > "$dax_bus/devices/$dynamic/align"
	resize_unbound "$dynamic" $((256 * MiB))
	bind_to "$dynamic" device_dax
	[[ -z ${DAX_PMEM:-} ]] || { offline "$DAX_PMEM"; rebind_to "$DAX_PMEM" device_dax; }
}

# DEVICE: its memory, if it is memory
offline() {
	local block
	[[ $(driver_of "$1") == kmem ]] || return 0
	for block in /sys/devices/system/memory/memory*; do
		in_device "$1" "$block" || continue
		[[ $(< "$block/state") == offline ]] || echo offline > "$block/state"
	done
}

# DEVICE BLOCK: is the block inside a range of it?
in_device() {
	local size start end from
	size=$((16#$(< /sys/devices/system/memory/block_size_bytes)))
	from=$((${2##*memory} * size))
	while read -r start end; do
		[[ $from -ge $start && $from -lt $end ]] && return
	done < <(ranges_of "$1")
	return 1
}

# COMMAND-LINE...: what both do. @D is the dynamic device, @S the one after it, @R the region.
both() {
	cat <<-'END'
	list
	list -u
	list -M
	list -M -u
	list -Mu -d @D
	list -R
	list -RD
	list -RDi
	list -Ru
	list -r @R
	list -r region@R -u
	list -d @D -r @R
	list -D -r @R
	reconfigure-device -m famfs @D
	list -d @D
	disable-device @D
	list -d @D
	enable-device @D
	disable-device @D
	reconfigure-device -s 128M @D
	reconfigure-device -s 256M @D
	list -M -d @D
	reconfigure-device -m system-ram -N @D
	list -u -d @D
	online-memory @D
	list -d @D
	list
	offline-memory @D
	reconfigure-device -m devdax @D
	reconfigure-device --mode=system-ram @D
	list -d @D
	reconfigure-device --force --mode devdax @D
	disable-device @D
	reconfigure-device -s 128M @D
	enable-device @D
	create-device -r @R -s 64M
	create-device -r @R -s 64M -u
	list
	disable-device @S
	destroy-device @S
	create-device -r @R -s 32M -a 4096
	disable-device @S
	list -M -d @S | jq .[0] > input.json
	destroy-device @S
	create-device --input input.json
	destroy-device --force @S
	disable-device @D
	reconfigure-device -s 0 @D
	list -i
	list -r @R
	reconfigure-device -s 256M @D
	list
	END
}

# TOOL...: stdin's commands from a fresh state; what they printed, and whether they succeeded
record() {
	local line number=0
	fresh
	while read -r line; do
		number=$((number + 1))
		line=${line//@D/$dynamic}
		line=${line//@S/dax$region.1}
		line=${line//@R/$region}
		echo "--- $number: $line"
		eval "$* $line" < /dev/null 2> stderr || echo FAILED
		# how many devices, in words; the rest is for people
		sed -nE '/^[a-z]+ed( memory for)? [0-9]+ devices?$/p' stderr
	done
}

prints_the_same_as() {
	local tool=$1
	shift
	both | grep -vE "${1:-^$}" > commands
	record "$tool" < commands > theirs
	record daxfsctl --compat=daxctl < commands > ours
	diff -U 8 theirs ours
	[[ $(grep -c '^---' ours) -ge 40 ]]
	ln -sf "$(command -v daxfsctl)" ./daxctl
	record ./daxctl < commands > ours
	diff -U 8 theirs ours
}

# What upstream's own tests do with devices and with creation
scripts_go_on() {
	local size new
	daxctl() { daxfsctl --compat=daxctl "$@"; }
	fresh
	daxctl reconfigure-device -m devdax -f "$dynamic"
	daxctl disable-device "$dynamic"
	daxctl disable-device "$dynamic"
	daxctl reconfigure-device -s 0 "$dynamic"
	size=$(daxctl list -r "$region" | jq -er '.[0].available_size')
	new=$(daxctl create-device -r "$region" -s $((size / 4)) | jq -er '.[].chardev')
	[[ $new == "dax$region.1" ]] || fail "made $new"
	new=$(daxctl create-device -r "$region" | jq -er '.[].chardev')
	[[ $new == "dax$region.2" ]] || fail "made $new"
	[[ $(daxctl list -r "$region" | jq -er '.[0].available_size | .//""') == "" ]]
	daxctl disable-device -r "$region" all
	daxctl destroy-device -r "$region" all
	daxctl reconfigure-device -s "$size" "$dynamic"
	daxctl enable-device "$dynamic"
	[[ $(size_of "$dynamic") == "$size" && $(driver_of "$dynamic") == device_dax ]]
}

modprobe -a fsdev_dax kmem
if [[ -n $(command -v daxctl-sid) ]]; then
	check "prints_the_same_as_daxctl_$(daxctl-sid version)" prints_the_same_as daxctl-sid
fi
# it knows no famfs, and does not find the way back from it
check "prints_the_same_as_daxctl_$(daxctl version)" prints_the_same_as daxctl 'famfs'
check scripts_go_on
fresh
check no_complaint_of_the_kernel dmesg_clean
finish
