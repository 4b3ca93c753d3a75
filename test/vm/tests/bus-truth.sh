# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the dax bus answers to writes: a line for each, with the state before, the file, the value,
# the answer, and the state after. test/fakedax/compare runs it on a kernel and on the model, and
# both have to say the same. By itself it tests nothing. It needs no other file, and no tool but
# modprobe: a process costs more here than a write.

set -u
LC_ALL=C
shopt -s nullglob
bus=/sys/bus/dax
memory=/sys/devices/system/memory
readonly MiB=$((1 << 20))

for module in fsdev_dax kmem; do
	[[ -d $bus/drivers/$module ]] || modprobe "$module" || exit 77
done
echo "# kernel $(uname -r)" >&2

# ---- state

# DEVICE: into $driver
find_driver() {
	local name
	driver=none
	for name in device_dax fsdev_dax kmem; do
		[[ ! -e $bus/drivers/$name/$1 ]] || driver=$name
	done
}

# FILE: into $text; "-" when it cannot be read
get() {
	text=-
	{ read -r text < "$1"; } 2> /dev/null
	return 0
}

# DEVICE: appended to $state
device_state() {
	local dir=$bus/devices/$1 number=0 driver text
	find_driver "$1"
	state+=" $1=$driver"
	get "$dir/size"; state+=,$text
	get "$dir/align"; state+=,$text
	get "$dir/resource"; state+=,$text
	while [[ -e $dir/mapping$number ]]; do
		get "$dir/mapping$number/start"; state+=,$text
		get "$dir/mapping$number/end"; state+=-$text
		get "$dir/mapping$number/page_offset"; state+=@$text
		number=$((number + 1))
	done
	[[ ! -e $dir/state ]] || { get "$dir/state"; state+=,$text; }
}

# Into $state: devices, the dynamic region, the blocks that are not the machine's own, iomem
look() {
	local device block text line region
	state=
	for device in "$bus"/devices/*; do
		device_state "${device##*/}"
	done
	region=$bus/devices/$DAX_HMEM/../dax_region
	get "$region/available_size"; state+=" region=$text"
	get "$region/seed"; state+=,$text
	get "$region/create"; state+=,$text
	for block in "$memory"/memory{3[2-9],4?,5?}; do
		get "$block/state"; state+=" ${block##*/}=$text"
		get "$block/valid_zones"; state+=,$text
	done
	while read -r line; do
		[[ $line != *"(kmem)"* ]] || state+=" ${line%% *}"
	done < /proc/iomem
}

# ---- writes

# FILE VALUE: below $bus unless absolute
say() {
	local file=$1 answer
	[[ $file == /* ]] || file=$bus/$1
	if answer=$( { printf %s "$2" > "$file"; } 2>&1 ); then
		answer=ok
	else
		answer=${answer##*: }
	fi
	look
	printf '%s <- %q: %s |%s\n' "$1" "$2" "$answer" "$state"
}

# FILE VALUE: not of interest
quietly() {
	{ printf %s "$2" > "$bus/$1"; } 2> /dev/null
}

# DEVICE DRIVER|none: whatever it is, without an id left anywhere
put() {
	local device=$1 wanted=$2 driver name
	find_driver "$device"
	if [[ $driver != "$wanted" ]]; then
		[[ $driver == none ]] || quietly "drivers/$driver/unbind" "$device"
		if [[ $wanted != none ]]; then
			quietly "drivers/$wanted/bind" "$device" ||
				quietly "drivers/$wanted/new_id" "$device"
		fi
	fi
	for name in device_dax fsdev_dax kmem; do
		quietly "drivers/$name/remove_id" "$device"
	done
	look
}

section() {
	look
	printf '== %s |%s\n' "$*" "$state"
}

# ---- the pairs

# DEVICE: every file of every driver, from every driver
driver_files() {
	local from to file
	for from in none device_dax fsdev_dax kmem; do
		for to in device_dax fsdev_dax kmem; do
			for file in bind unbind new_id remove_id; do
				put "$1" "$from"
				section "$1 on $from"
				say "drivers/$to/$file" "$1"
			done
		done
	done
	put "$1" device_dax
}

# DEVICE OTHER: who is taken along
neighbours() {
	local driver
	for driver in device_dax fsdev_dax kmem; do
		put "$1" none
		put "$2" none
		section "$1 and $2 unbound"
		say "drivers/$driver/new_id" "$1"
		put "$1" none
		say "drivers/$driver/new_id" "$2"
		say "drivers/$driver/new_id" dax9.9
		quietly "drivers/$driver/remove_id" dax9.9
	done
	put "$1" none
	put "$2" none
	for driver in "$1" "$2" bogus; do
		say drivers_probe "$driver"
	done
	put "$1" device_dax
	put "$2" device_dax
}

# DEVICE: registered while bound, then the way of a switch; ids that were left
switch() {
	local driver
	for driver in fsdev_dax kmem device_dax; do
		section "to $driver"
		old=$(readlink "$bus/devices/$1/driver")
		say "drivers/$driver/new_id" "$1"
		say "drivers/${old##*/}/unbind" "$1"
		say "drivers/$driver/bind" "$1"
		say "drivers/$driver/bind" "$1"
		say "drivers/$driver/remove_id" "$1"
	done
	say drivers/fsdev_dax/new_id "$1"
	say drivers/device_dax/unbind "$1"
	say drivers/fsdev_dax/new_id dax9.9
	put "$1" device_dax
	quietly drivers/fsdev_dax/remove_id dax9.9
}

names() {
	local name
	put "$1" none
	for name in "$1"$'\n' "$1 " " $1" "${1/dax/dax0}" "$1x" dax0 dax.0 0.0 dax-1.0 dax0.-1 DAX0.0 \
		foo $'\n' dax99999.99999; do
		say drivers/fsdev_dax/new_id "$name"
		say drivers/fsdev_dax/bind "$name"
		say drivers/fsdev_dax/remove_id "$name"
		say drivers/device_dax/unbind "$name"
	done
	put "$1" device_dax
}

# DEVICE
sizes() {
	local size dir=devices/$1
	for size in 0 1 4096 2097152 2097153 0x20000000 2M -1 x 536870912$'\n' 134217728 \
		4294967296 18446744073709549568 18446744073709551616 1073741824 2147483648 2149580800 \
		+2097152 010000000 ' 2097152' '2097152 ' 0x 0X200000 536870912; do
		say "$dir/size" "$size"
	done
}

# DEVICE
aligns() {
	local align dir=devices/$1
	for align in 0 1 4096 8192 x -1 1073741824 0x200000 4096$'\n' 2097152 4294967296; do
		say "$dir/align" "$align"
	done
}

# DEVICE: bound and unbound, and what is checked against what
layout() {
	local driver
	for driver in device_dax fsdev_dax kmem none; do
		put "$1" "$driver"
		section "sizes and aligns on $driver"
		sizes "$1"
		aligns "$1"
		[[ $driver != none ]] || quietly "devices/$1/size" $((512 * MiB))
	done
	put "$1" none
	say "devices/$1/size" $((1024 * MiB))
	say "devices/$1/align" 1073741824
	say "devices/$1/size" $((512 * MiB))
	say "devices/$1/size" $((2048 * MiB))
	say "devices/$1/align" 2097152
	say "devices/$1/size" $((512 * MiB))
	say "devices/$1/align" 4096
	say "devices/$1/size" $((512 * MiB + 4096))
	say "devices/$1/align" 2097152
}

# DEVICE: of size 0, and too small for kmem
small() {
	local driver size
	for size in 0 2097152 $((128 * MiB)) $((130 * MiB)); do
		put "$1" none
		section "size $size"
		say "devices/$1/size" "$size"
		for driver in fsdev_dax kmem device_dax; do
			say "drivers/$driver/new_id" "$1"
			say "drivers/$driver/bind" "$1"
			put "$1" none
		done
	done
	say "devices/$1/size" $((512 * MiB))
}

# Create, delete, ranges and gaps; $DAX_HMEM is the first of its region.
region() {
	local value r=devices/$DAX_HMEM/../dax_region first=${DAX_HMEM%.*}
	section "create and delete"
	for value in 0 2 x -1 1x 1$'\n' 1 0x1; do
		say "$r/create" "$value"
	done
	for value in "$first.0" "$first.9" foo "$first.1" "$DAX_PMEM" "$first.2"$'\n'; do
		say "$r/delete" "$value"
	done
	say "$r/create" 1
	say "devices/$first.1/size" $((128 * MiB))
	say "$r/delete" "$first.1"
	say drivers/fsdev_dax/new_id "$first.1"
	say "devices/$first.1/size" 0
	say "$r/delete" "$first.1"
	section "growing around a neighbour"
	say "devices/$DAX_HMEM/size" $((768 * MiB))
	say "devices/$DAX_HMEM/size" $((2048 * MiB))
	say "devices/$first.1/size" $((64 * MiB))
	say "devices/$DAX_HMEM/size" $((600 * MiB))
	say "devices/$first.3/size" $((64 * MiB))
	say "devices/$first.3/size" $((1024 * MiB))
	say "devices/$DAX_HMEM/size" $((256 * MiB))
	say "devices/$first.3/size" $((1100 * MiB))
	say "devices/$first.3/size" $((300 * MiB))
	say "devices/$first.3/size" $((4 * MiB))
	put "$first.1" none
	for value in 0 1 2 3; do
		say "devices/$first.$value/size" 0
		say "$r/delete" "$first.$value"
	done
	say "devices/$DAX_HMEM/size" $((2048 * MiB))
	say "$r/create" 1
}

# Ranges by address: the start of the region is 4 GiB.
mappings() {
	local value dir=devices/$DAX_HMEM
	section "ranges by address"
	say "$dir/size" 0
	for value in 0x100000000-0x107ffffff 110000000-117FFFFFF 0x114000000-0x11bffffff \
		0x108000000-0x108000fff 0x108000000-0x1081ffffe 0x120001000-0x120200fff \
		0xf8000000-0xffffffff 0x178000000-0x187ffffff 0x200000000-0x207ffffff \
		0x100000000 - -0x1 0x1- x-y 0x1-0x2-0x3 ' 0x138000000-0x13fffffff' \
		0x138000000-0x13fffffff$'\n' 0x118000000-0x11fffffff 0x107000000-0x108ffffff; do
		say "$dir/mapping" "$value"
	done
	say "$dir/align" 1073741824
	say "$dir/align" 4096
	say "$dir/align" 2097152
	for value in device_dax fsdev_dax kmem; do
		put "$DAX_HMEM" $value
		put "$DAX_HMEM" none
	done
	say "$dir/size" $((640 * MiB))
	say "$dir/size" $((500 * MiB))
	say "$dir/size" $((256 * MiB))
	say "$dir/size" 0
	say "$dir/size" $((512 * MiB))
}

# DEVICE FIRST-BLOCK: on, off, and 7.3's own attribute
blocks() {
	local device=$1 first=$memory/memory$2/state second=$memory/memory$(($2 + 1))/state value
	put "$device" kmem
	section "blocks of $device"
	for value in offline bogus online_movable online_movable online offline offline 1 \
		online_movable$'\n' offline; do
		say "$first" "$value"
	done
	say "$memory/memory$2/online" 0
	say "$memory/memory$2/valid_zones" Movable
	say "$memory/auto_online_blocks" bogus
	for value in offline online online_kernel bogus unplugged unplugged online_movable \
		online_movable online unplugged online_movable; do
		say "devices/$device/state" "$value"
	done
	# what the blocks are by now is the same with and without that attribute
	for value in "$memory/memory"{3[2-9],4?,5?}/state; do
		{ echo offline > "$value"; } 2> /dev/null
	done
	look
	say "devices/$device/state" online_kernel
	say "devices/$device/state" unplugged
	say "drivers/kmem/unbind" "$device"
	say "$memory/auto_online_blocks" online_movable
	put "$device" kmem
	say "$second" offline
	say "devices/$device/state" online_movable
	say "devices/$device/state" unplugged
	for value in "$memory/memory"{3[2-9],4?,5?}/state; do
		{ echo offline > "$value"; } 2> /dev/null
	done
	say "$memory/auto_online_blocks" offline
	put "$device" device_dax
}

others() {
	local device=devices/$1
	section "other files"
	say "$device/memmap_on_memory" 0
	say "$device/memmap_on_memory" 1
	say "$device/memmap_on_memory" x
	say "$device/resource" 1
	say "$device/dev" 1:1
	say "$device/nothing" 1
	say "$device/mapping0/start" 1
	say "$device/uevent" bogus
	say "$device/../dax_region/size" 1
	say "$device/../dax_region/seed" "$1"
	say "drivers/nothing/bind" "$1"
	say drivers_autoprobe 0
	say drivers_autoprobe 1
}

# DEVICE FIRST-BLOCK: what nothing but a reboot undoes
strand() {
	local driver
	put "$1" kmem
	section "$1 is stranded"
	say "$memory/memory$2/state" online_movable
	say drivers/kmem/unbind "$1"
	for driver in kmem device_dax fsdev_dax; do
		say "drivers/$driver/bind" "$1"
		say "drivers/$driver/new_id" "$1"
		say "drivers/$driver/bind" "$1"
	done
	say "$memory/memory$2/state" offline
	say drivers/kmem/bind "$1"
	say drivers/device_dax/bind "$1"
	say "devices/$1/size" 0
	say "devices/$1/size" $((512 * MiB))
	say drivers/device_dax/bind "$1"
}

for device in "$DAX_HMEM" "$DAX_PMEM"; do
	driver_files "$device"
	switch "$device"
	names "$device"
	others "$device"
	[[ $device == "$DAX_HMEM" ]] && first=32 || first=49
	blocks "$device" "$first"
done
neighbours "$DAX_HMEM" "$DAX_PMEM"
neighbours "$DAX_PMEM" "$DAX_HMEM"
layout "$DAX_HMEM"
layout "$DAX_PMEM"
small "$DAX_HMEM"
region
mappings

# Two ranges, of which one can go.
say "devices/$DAX_HMEM/size" 0
say "devices/$DAX_HMEM/mapping" 0x100000000-0x107ffffff
say "devices/$DAX_HMEM/mapping" 0x110000000-0x117ffffff
strand "$DAX_HMEM" 34
strand "$DAX_PMEM" 50
# The very last: a kernel does not survive the unbind of this.
section "mapping while bound"
say "devices/$DAX_HMEM/../dax_region/create" 1
other=${DAX_HMEM%.*}.1
say "devices/$other/mapping" 0x160000000-0x167ffffff
say drivers/fsdev_dax/new_id "$other"
say "devices/$other/mapping" 0x168000000-0x16fffffff
exit 0
