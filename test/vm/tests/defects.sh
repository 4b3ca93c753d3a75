# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# What daxctl does not do right, one test for each: Debian's daxctl fails it, and daxfsctl called as
# daxctl passes. Prints the table of both. Run with --daxctl, on hmem-kmem,pmem, with the helper hold.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

[[ -x ./hold ]] || fail "give me the helper: see users.sh"
old=daxctl
new=daxctl
[[ -z $(command -v daxctl-sid) ]] || new="daxctl-sid"
H=$DAX_HMEM P=$DAX_PMEM
region=${H#dax} region=${region%%.*}
policy=/sys/devices/system/memory/auto_online_blocks

# Both devices on device_dax with their first size, no others, no module that is not needed
fresh() {
	local device block
	echo offline > "$policy"
	for device in "$dax_bus"/devices/*; do
		device=${device##*/}
		if [[ $(driver_of "$device") == kmem ]]; then
			for block in /sys/devices/system/node/node[1-9]/memory*/state; do
				echo offline > "$block"
			done
		fi
		unbind "$device"
		[[ $device == "$H" || $device == "$P" ]] || delete_device "$device"
	done 2> /dev/null
	modprobe -r kmem fsdev_dax
	resize_unbound "$H" 0
	echo $((2 * MiB)) > "$dax_bus/devices/$H/align"
	resize_unbound "$H" $((512 * MiB))
	bind_to "$H" device_dax
	bind_to "$P" device_dax
}

t() {
	"${tool[@]}" "$@"
}

mode_in_list() {
	t list -d "$1" | jq -r '.[0].mode'
}

devices() {
	ls "$dax_bus/devices"
}

D0() { # famfs is told, and left
	modprobe fsdev_dax
	rebind_to "$H" fsdev_dax
	[[ $(mode_in_list "$H") == famfs ]]
	t reconfigure-device -m devdax "$H"
	[[ $(driver_of "$H") == device_dax ]]
}

D1() { # a device that is not there is an error
	! t reconfigure-device -m devdax dax9.9 || return
}

D2() { # a mode that is none is told with those that are
	! t reconfigure-device -m bogus "$H" 2> err || return
	grep -q devdax err && grep -q system-ram err
}

D3() { # an align alone
	unbind "$H"
	t reconfigure-device -a 4096 "$H"
	[[ $(< "$dax_bus/devices/$H/align") == 4096 ]]
}

D4() { # size and mode together
	unbind "$H"
	t reconfigure-device -s 256M -m famfs "$H"
	[[ $(size_of "$H") == $((256 * MiB)) && $(driver_of "$H") == fsdev_dax ]]
}

D5() { # all devices, beside an idle one
	echo 1 > "$(region_of "$H")/create"
	[[ $(t reconfigure-device -m famfs all | jq -r '.[].chardev' | sort | xargs) == "$H $P" ]]
}

D6() { # a module that is missing leaves the device as it was
	local module status=0
	module=$(modinfo -n fsdev_dax)
	mv "$module" "$module.gone"
	depmod
	t reconfigure-device -m famfs "$H" || status=$?
	mv "$module.gone" "$module"
	depmod
	[[ $status != 0 && $(driver_of "$H") == device_dax ]]
}

D7() { # a famfs device is disabled and enabled
	t reconfigure-device -m famfs "$H"
	t disable-device "$H"
	t enable-device "$H"
	[[ $(driver_of "$H") == fsdev_dax ]]
}

D8() { # who has it mapped lives
	local pid status=0
	./hold map "/dev/$H" > held &
	pid=$!
	wait_until 10 grep -q ready held
	! t reconfigure-device -m famfs "$H" 2> err || status=1
	grep -q "$pid" err || status=1
	kill -0 "$pid" || status=1
	cat err
	kill -KILL "$pid" || echo "it was gone"
	wait "$pid" || echo "it ended with $?"
	return "$status"
}

D9() { # a disabled neighbour stays disabled, or is named
	local neighbour
	neighbour=$(make_sibling "$H" $((256 * MiB)))
	if t reconfigure-device -m system-ram "$P" 2> err; then
		[[ $(driver_of "$P") == kmem ]]
	else
		grep -q "$neighbour" err
	fi
	[[ $(driver_of "$neighbour") == none ]]
}

D10() { # a policy that gives what is asked
	echo online_movable > "$policy"
	t reconfigure-device -m system-ram "$P"
	[[ $(driver_of "$P") == kmem ]]
}

D11() { # nothing stays of a creation that fails
	local before
	before=$(devices)
	! t create-device -r "$region" -s 3000 || return
	[[ $(devices) == "$before" ]]
}

D12() { # memory that only a reboot frees is told
	t list -d "$P" | jq -e '.[0].state == "stranded"'
}

D13() { # one look at the memory of a device
	local block count
	t reconfigure-device -m system-ram "$P"
	traced -f -e trace=open,openat,readlink,readlinkat,access,faccessat,stat,newfstatat \
		-o trace "${tool[@]}" list -d "$P"
	block=$(($(cut -d' ' -f1 <<< "$(ranges_of "$P")") / 16#$(< /sys/devices/system/memory/block_size_bytes) + 1))
	count=$(grep -c "memory$block\>" trace)
	echo "memory$block is asked for $count times"
	[[ $count -ge 1 && $count -le 4 ]]
}

D14() { # an align of a bound device: done, or the right reason
	if t reconfigure-device -a 4096 "$H" 2> err; then
		[[ $(< "$dax_bus/devices/$H/align") == 4096 && $(driver_of "$H") == device_dax ]]
	else
		grep -qi busy err
	fi
}

D15() { # the right words
	! t enable-device 2> err || return
	! grep -qi disable err || return
	grep -qi device err
}

D16() { # bytes that cannot be memory are told
	resize_unbound "$H" $((258 * MiB))
	bind_to "$H" device_dax
	t reconfigure-device -m system-ram -N "$H" 2> err
	grep -q $((2 * MiB)) err
}

D17() { # a size that is none
	local before
	before=$(devices)
	! t create-device -r "$region" -s 12x || return
	[[ $(devices) == "$before" ]]
}

D18() { # nothing to list
	t list -d dax9.9 2> /dev/null > out || true
	[[ $(jq -c . out) == '[]' ]]
}

D19() { # several devices
	t reconfigure-device -m famfs "$H" "$P"
	[[ $(driver_of "$H") == fsdev_dax && $(driver_of "$P") == fsdev_dax ]]
}

# TEST COMMAND...: "passes" or "fails", with how it went in $TEST.log
result() {
	local test=$1
	tool=("${@:2}")
	[[ $test == D12 ]] || fresh > fresh.log 2>&1
	# not in an `if`: that would switch set -e off inside
	(
		set -e
		"$test"
	) > "$test.log" 2>&1
	case $? in
	0) echo passes ;;
	*) echo fails ;;
	esac
}

# TEST: daxctl fails it and daxfsctl passes
is_better() {
	local test=$1 daxctl=$new theirs ours words
	# the versions that know famfs tell it
	[[ $test != D0 ]] || daxctl=$old
	# ours first: what daxctl does to a device that is mapped breaks it until the next boot
	ours=$(result "$test" daxfsctl --compat=daxctl)
	cp "$test.log" ours.log
	theirs=$(result "$test" "$daxctl")
	words=$(sed -n "s/^$test() { # //p" "$0")
	printf '| %-4s %-55s %-9s %-6s\n' "$test" "$words" "$theirs" "$ours" >> table
	[[ $ours == passes ]] || { cat ours.log; fail "daxfsctl does not pass $test"; }
	[[ $theirs == fails ]] || fail "$daxctl passes $test"
}

# What only a reboot takes back: the last of all
strand() {
	fresh
	modprobe kmem
	daxfsctl reconfigure-device -m system-ram "$P"
	echo "$P" > "$dax_bus"/drivers/kmem/unbind
}

printf '| %-4s %-55s %-9s %-6s\n' D "daxctl $($new version), for D0 $($old version)" daxctl daxfsctl > heading
for test in D0 D1 D2 D3 D4 D5 D6 D7 D9 D10 D11 D13 D14 D15 D16 D17 D18 D19; do
	check "$test" is_better "$test"
done
check D12_setup strand
check D12 is_better D12
check D8 is_better D8
cat heading <(sort -V -k 2 table)
finish
