# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# What cannot work is refused before the unbind; what fails is rolled back.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

modules=/lib/modules/$(uname -r)
file_of() {
	find "$modules/" -name "$1.ko*" | head -n 1
}

# DEVICE: what must be as before
state_of() {
	echo "$(driver_of "$1") $(size_of "$1") $(ranges_of "$1" | tr '\n' ' ')"
}

# STATUS TEXT DEVICE OPTION...: the call ends with STATUS and says TEXT, the device is as before
refused() {
	local expected=$1 text=$2 device=$3 before
	shift 3
	before=$(state_of "$device")
	expect_exit "$expected" daxfsctl reconfigure-device "$@" "$device" > out 2>&1
	grep -q -- "$text" out || { cat out; fail "no word of '$text'"; }
	[[ $(state_of "$device") == "$before" ]] || fail "$device changed: $before, now $(state_of "$device")"
}

# NAME REPLACEMENT: the module's file is gone, or something else stands in its place
break_module() {
	local file
	file=$(file_of "$1")
	mv "$file" /tmp/saved.ko
	[[ -z ${2:-} ]] || cp "$2" "$file"
	saved=$file
}

mend_module() {
	mv /tmp/saved.ko "$saved"
}

fsdev_missing() {
	break_module fsdev_dax
	refused 6 fsdev_dax "$DAX_HMEM" -m famfs
	grep -q "$(uname -r)" out || { cat out; fail "the kernel is not named"; }
	refused 6 fsdev_dax "$DAX_PMEM" -m famfs
	mend_module
}
check famfs_without_the_module_is_refused fsdev_missing

blacklisted() {
	mkdir -p /etc/modprobe.d
	echo "blacklist fsdev_dax" > /etc/modprobe.d/test.conf
	refused 6 blacklisted "$DAX_HMEM" -m famfs
	echo "install fsdev_dax /bin/false" > /etc/modprobe.d/test.conf
	refused 6 "install command" "$DAX_HMEM" -m famfs
	rm /etc/modprobe.d/test.conf
}
check a_blacklisted_module_is_told_apart blacklisted

# A module that the kernel does not take: the load fails, nothing was unbound.
cannot_load() {
	echo "this is no module" > garbage
	break_module fsdev_dax garbage
	refused 6 "cannot be loaded" "$DAX_HMEM" -m famfs
	[[ $(cat /sys/bus/dax/drivers_autoprobe) == 1 ]]
	mend_module
}
check a_module_that_does_not_load_changes_nothing cannot_load

too_small() {
	daxfsctl reconfigure-device -s 64M --shrink "$DAX_HMEM"
	refused 6 "memory block" "$DAX_HMEM" -m system-ram
	daxfsctl reconfigure-device -s 512M "$DAX_HMEM"
}
check a_range_too_small_for_kmem_is_refused too_small

# Bytes that do not fill a memory block are told before and after.
lost_bytes() {
	daxfsctl reconfigure-device -s 514M "$DAX_HMEM"
	daxfsctl reconfigure-device --dry-run -m system-ram "$DAX_HMEM" > out 2>&1
	grep -q "2097152 bytes" out || { cat out; fail "not told before"; }
	daxfsctl reconfigure-device -m system-ram "$DAX_HMEM" > out 2>&1
	grep -q "2097152 bytes" out || { cat out; fail "not told"; }
	[[ $(daxfsctl list --json --memory -d "$DAX_HMEM" | jq '.devices[0].memory.lost_bytes') == 2097152 ]]
	daxfsctl reconfigure-device -f -m devdax "$DAX_HMEM"
	daxfsctl reconfigure-device -s 512M --shrink "$DAX_HMEM"
}
check lost_bytes_are_told lost_bytes

# DEVICE N ERRNO OPTION...: the Nth write of a switch fails
fault() {
	local device=$1 n=$2 errno=$3 before status=0
	shift 3
	before=$(state_of "$device")
	traced -f --seccomp-bpf -y -o trace -e trace=write -e "inject=write:error=$errno:when=$n" \
		daxfsctl reconfigure-device "$@" "$device" > out 2>&1 || status=$?
	# past the last write of the switch the program's own output would be hit
	was_injected trace || return 99
	[[ $status != 0 ]] || { cat out trace; fail "success with a fault in write $n"; }
	[[ $(state_of "$device") == "$before" ]] ||
		{ cat out trace; fail "write $n: was $before, is $(state_of "$device")"; }
	grep -q "$device: " out || { cat out; fail "write $n: the device is not named"; }
}

# DEVICE ERRNO: the unbind fails, which is the first write of a child
fault_in_unbind() {
	local before status=0
	before=$(state_of "$1")
	traced -f -y -o trace -P /sys/bus/dax/drivers/device_dax/unbind -e "inject=write:error=$2:when=1" \
		daxfsctl reconfigure-device -m famfs "$1" > out 2>&1 || status=$?
	was_injected trace || { cat trace; fail "nothing was injected"; }
	[[ $status != 0 && $(state_of "$1") == "$before" ]] || { cat out; fail "status $status"; }
	grep -q "device_dax/unbind: " out || { cat out; fail "the file is not named"; }
}

# DEVICE FROM TO ERRNO: a fault in every write, one run each
sweep() {
	local device=$1 from=$2 to=$3 errno=$4 n=1 status
	while true; do
		daxfsctl reconfigure-device -f -m "$from" "$device" > /dev/null
		status=0
		(fault "$device" "$n" "$errno" -f -m "$to") || status=$?
		[[ $status != 99 ]] || break
		[[ $status == 0 ]] || fail "$from to $to, fault $errno in write $n"
		n=$((n + 1))
		[[ $n -lt 60 ]] || fail "no end"
	done
	echo "faults: $((n - 1))"
	[[ $n -gt 3 ]]
}
make_two_range "$DAX_HMEM"
for device in "$DAX_HMEM" "$DAX_PMEM"; do
	check "${device}_devdax_to_famfs_is_rolled_back" sweep "$device" devdax famfs EINVAL
	check "${device}_famfs_to_devdax_is_rolled_back" sweep "$device" famfs devdax ENODEV
	check "${device}_devdax_to_system_ram_is_rolled_back" sweep "$device" devdax system-ram EBUSY
	check "${device}_system_ram_to_devdax_is_rolled_back" sweep "$device" system-ram devdax EIO
	daxfsctl reconfigure-device -f -m devdax "$device"
	check "${device}_unbind_that_fails_changes_nothing" fault_in_unbind "$device" EBUSY
done

# Both errors are told when the way back fails too, and the state as it really is.
# All writes from the bind on fail.
truth_when_nothing_works() {
	local n status=0 result

	daxfsctl reconfigure-device -m devdax "$DAX_PMEM"
	traced -f -y -o trace -e trace=write daxfsctl reconfigure-device -m famfs "$DAX_PMEM"
	n=$(grep -n 'fsdev_dax/bind' trace | head -n 1)
	n=${n%%:*}
	daxfsctl reconfigure-device -m devdax "$DAX_PMEM"
	# stdout is written by write() as well: so ask how it went afterwards
	traced -f --seccomp-bpf -y -o trace -e trace=write -e "inject=write:error=EIO:when=$n..$((n + 5))" \
		daxfsctl reconfigure-device -m famfs "$DAX_PMEM" > out 2>&1 || status=$?
	cat out
	[[ $status == 7 ]] || fail "exit status $status, expected 7"
	[[ $(driver_of "$DAX_PMEM") == none ]]
	result=$(daxfsctl list --json -d "$DAX_PMEM" | jq -r '.devices[0].state')
	[[ $result == disabled ]]
	daxfsctl reconfigure-device -m devdax "$DAX_PMEM"
	[[ $(driver_of "$DAX_PMEM") == device_dax ]]
}
check the_truth_is_told_when_the_way_back_fails truth_when_nothing_works

# A device that kmem left with online memory: nothing but a reboot helps, and that is said.
stranded_is_told() {
	local state

	daxfsctl reconfigure-device -m system-ram "$DAX_PMEM"
	echo "$DAX_PMEM" > /sys/bus/dax/drivers/kmem/unbind
	state=$(daxfsctl list --json -d "$DAX_PMEM" | jq -r '.devices[0].state')
	[[ $state == stranded ]] || fail "state $state"
	expect_exit 8 daxfsctl reconfigure-device -m devdax "$DAX_PMEM"
}
not_as_root() {
	refused_as_user() {
		expect_exit 4 setpriv --reuid=65534 --regid=65534 --clear-groups \
			daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	}
	refused_as_user
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}
check a_user_is_not_permitted not_as_root

read_only_sysfs() {
	unshare -m bash -c "mount -o remount,bind,ro /sys && daxfsctl reconfigure-device -m famfs $DAX_HMEM" > out 2>&1 &&
		fail "success"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
	expect_exit 4 unshare -m bash -c "mount -o remount,bind,ro /sys && daxfsctl reconfigure-device -m famfs $DAX_HMEM"
}
check read_only_sysfs_is_not_permitted read_only_sysfs

locked() {
	[[ -d /run/daxfsctl ]] || mkdir -m 700 /run/daxfsctl
	flock /run/daxfsctl/lock sleep 3 &
	sleep 0.3
	expect_exit 5 daxfsctl reconfigure-device --lock-timeout 1 -m famfs "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
	wait
	daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}
check another_switch_is_waited_for locked

check no_complaint_of_the_kernel dmesg_clean
# last: nothing in this machine can use that device any more
check a_stranded_device_is_told stranded_is_told
finish
