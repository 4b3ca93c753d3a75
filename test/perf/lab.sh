# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2153 # SIZES and WHAT are given
#
# What test/perf/lab runs in the virtual machine: lines of JSON on stdout. In a machine that counts
# instructions, the time that a process has had is a count, that of the kernel included.
# Environment: SIZES, how many devices; WHAT: instructions, or seconds of a switch of all of them.
# shellcheck source=test/vm/lib.sh
source ./lib.sh
set -e

readonly SIZE=$((2 << 20))
driver=$dax_bus/drivers/device_dax

# N: so many devices, each bound to device_dax. By bash alone: each program costs more than a device.
grow_to() {
	local name
	while [[ $n_devices -lt $1 ]]; do
		echo 1 > "$create"
		# reading it gives the youngest device
		read -r name < "$create"
		echo "$SIZE" > "$dax_bus/devices/$name/size"
		echo "$name" > "$driver/bind"
		names+=" $name"
		n_devices=$((n_devices + 1))
	done
}

# WHO WHAT VALUE
note() {
	printf '{"who":"%s","what":"%s","tree":"lab-%s","measure":"%s","value":%s}\n' "$1" "$2" \
		"$n_devices" "$WHAT" "$(($3 * scale))"
}

# COMMAND...: what it costs, or $least if that is less, into $least
run() {
	local fields
	./cost "$@" > /tmp/cost || fail "$*"
	read -ra fields < /tmp/cost
	[[ -n $least && $least -le ${fields[$field]} ]] || least=${fields[$field]}
}

# WHO WHAT COMMAND...: the least of three
note_one() {
	local least=''
	run "${@:3}"
	run "${@:3}"
	run "${@:3}"
	note "$1" "$2" "$least"
}

# WHO THERE COMMAND BACK COMMAND: both ways, the least of three each
note_both() {
	local least least_there='' least_back=''
	for _ in 1 2 3; do
		least=$least_there
		# shellcheck disable=SC2086 # words
		run $3
		least_there=$least least=$least_back
		# shellcheck disable=SC2086
		run $5
		least_back=$least
	done
	note "$1" "$2" "$least_there"
	note "$1" "$4" "$least_back"
}

# Before the first device shrinks, it has to be unbound
unbind "$DAX_HMEM"
resize_unbound "$DAX_HMEM" "$SIZE"
bind_to "$DAX_HMEM" device_dax
n_devices=1
names=$DAX_HMEM
create=$(region_of "$DAX_HMEM")/create
region=${DAX_HMEM#dax}
region=${region%.*}

if [[ $WHAT == instructions ]]; then
	field=0 scale=1000
	for n in $SIZES; do
		grow_to "$n"
		note_one daxctl list daxctl list
		note_one ours list daxfsctl list --json
		note_one bound list ./bound list
		note_one daxctl one daxctl list -d "$DAX_HMEM"
		note_one ours one daxfsctl list --json "$DAX_HMEM"
		note_one bound one ./bound "$DAX_HMEM"
		note_both daxctl disable "daxctl disable-device $DAX_HMEM" \
			enable "daxctl enable-device $DAX_HMEM"
		note_both ours disable "daxfsctl disable-device $DAX_HMEM" \
			enable "daxfsctl enable-device $DAX_HMEM"
		note_both bound disable "./bound-switch $driver/unbind $DAX_HMEM" \
			enable "./bound-switch $driver/bind $DAX_HMEM"
		note_both ours to-famfs "daxfsctl reconfigure-device -m famfs $DAX_HMEM" \
			to-devdax "daxfsctl reconfigure-device -m devdax $DAX_HMEM"
	done
else
	field=1 scale=1
	for n in $SIZES; do
		grow_to "$n"
		note_both daxctl disable-all "daxctl disable-device -r $region all" \
			enable-all "daxctl enable-device -r $region all"
		note_both ours disable-all "daxfsctl disable-device -r $region all" \
			enable-all "daxfsctl enable-device -r $region all"
		note_both bound disable-all "./bound-switch $driver/unbind $names" \
			enable-all "./bound-switch $driver/bind $names"
	done
fi
