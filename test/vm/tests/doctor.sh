# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# doctor on this kernel: what it says of the kernel's fixes is what is so, and what is wrong is found.
#	test/vm/run [--kernel V] [--module] test/vm/tests/doctor.sh
# check.sh takes the first of it, for its machine is up anyway.
# shellcheck source=test/vm/lib.sh
[[ -v lib_passed ]] || source ./lib.sh

kernel=$(uname -r)
series=$(cut -d. -f1,2 <<< "$kernel")
readonly kernel series
ours=0
[[ ! -d module ]] || ours=1

# STATUS: the document is in ./said
doctor() {
	local status=0
	daxfsctl doctor --json > said || status=$?
	[[ $status == "$1" ]] || { cat said; fail "exit status $status, expected $1"; }
}

# FILTER EXPECTED
is() {
	[[ $(jq -c "$1" said) == "$2" ]] || { cat said; fail "$1 is not $2"; }
}

# What is so, kernel by kernel: failure-offset clear-ops pins holder-once holder-order final-wait
case $series/$ours in
6.1/*) expected='null null null true false false' ;;
6.12/*) expected='null null null false false false' ;;
7.1/0) expected='false false false false false true' ;;
7.1/1) expected='true true true false false true' ;;
7.[2-9]/0) expected='true true false true true true' ;;
7.[2-9]/1) expected='true true true true true true' ;;
*) fail "no row for kernel $series" ;;
esac

# and how bad that is: doctor's exit status
case $series/$ours in
7.1/0) usual=9 ;;
*) usual=0 ;;
esac

fixes_are_told() {
	local id answers=()
	doctor "$usual"
	for id in failure-offset clear-ops pins holder-once holder-order final-wait; do
		answers+=("$(jq -c "[.fixes[] | select(.id == \"$id\") | .fixed][0]" said)")
	done
	[[ ${answers[*]} == "$expected" ]] || { cat said; fail "told: ${answers[*]}; so it is: $expected"; }
	# each answer has its evidence, and none is without
	is '[.fixes[] | select((.fixed == null) != (.evidence == null))]' '[]'
	is .machine.kernel "\"$kernel\""
}

driver_is_told() {
	doctor "$usual"
	case $series/$ours in
	6.*) is .machine.fsdev_dax null; is '[.findings[].id] | contains(["no-driver"])' true ;;
	*/0) is .machine.fsdev_dax.origin '"in-tree"' ;;
	*/1)
		is .machine.fsdev_dax.origin '"dkms"'
		is .machine.fsdev_dax.version "\"$(modinfo -F version fsdev_dax)\""
		is '[.findings[].id] | contains(["driver-defects"])' false
		;;
	esac
}

# By the file before it is loaded, by the driver itself afterwards
loaded_or_not_it_is_the_same() {
	modprobe -r fsdev_dax
	fixes_are_told
	is .machine.fsdev_dax.loaded false
	[[ $ours == 1 ]] || is '[.fixes[] | select(.id == "clear-ops") | .evidence | contains("file")]' '[true]'
	modprobe fsdev_dax
	fixes_are_told
	is .machine.fsdev_dax.loaded true
	[[ $ours == 1 ]] || is '[.fixes[] | select(.id == "clear-ops") | .evidence | contains("kallsyms")]' '[true]'
	modprobe -r fsdev_dax
}

check fixes_of_this_kernel_are_told fixes_are_told
check the_driver_is_told driver_is_told
[[ $0 == *doctor.sh ]] || return 0
[[ $series == 6.* ]] || check evidence_is_in_the_file_and_in_the_kernel loaded_or_not_it_is_the_same

# ID COMMAND...: not found before, and found while it is so
finds() {
	local id=$1
	doctor "$usual"
	is "[.findings[].id] | contains([\"$id\"])" false
	"${@:2}"
	daxfsctl doctor --json > said || [[ $? == 9 ]]
	is "[.findings[].id] | contains([\"$id\"])" true
}

set_policy() {
	echo "$1" > /sys/devices/system/memory/auto_online_blocks
}

policy_is_found() {
	finds online-policy set_policy online
	set_policy offline
	doctor "$usual"
}
check the_online_policy_is_found policy_is_found

no_debugfs_is_found() {
	finds no-debugfs umount /sys/kernel/debug
	mount -t debugfs debugfs /sys/kernel/debug
	doctor "$usual"
}
check missing_debugfs_is_found no_debugfs_is_found

make_unit() {
	mkdir -p /usr/lib/udev/rules.d
	echo 'SUBSYSTEM=="dax", ENV{SYSTEMD_WANTS}="daxdev-reconfigure@%k.service"' \
		> /usr/lib/udev/rules.d/90-daxctl-device.rules
}

rule_is_found() {
	rm -f /usr/lib/udev/rules.d/90-daxctl-device.rules
	finds daxctl-rule make_unit
	rm /usr/lib/udev/rules.d/90-daxctl-device.rules
}
check a_rule_of_daxctl_is_found rule_is_found

if [[ $series != 6.* ]]; then
	old_daxctl_is_found() {
		doctor "$usual"
		# what the lab has is Debian 12's
		is '[.findings[] | select(.id == "old-daxctl") | .severity]' '["warning"]'
	}
	check an_old_libdaxctl_is_found old_daxctl_is_found

	kill_switch() {
		traced -qqq -o /dev/null -P /sys/bus/dax/drivers/fsdev_dax/bind \
			-e inject=write:signal=KILL daxfsctl reconfigure-device -m famfs "$DAX_HMEM" || true
	}
	journal_is_found() {
		modprobe fsdev_dax
		finds journal kill_switch
		is "[.findings[] | select(.id == \"journal\") | .device]" "[\"$DAX_HMEM\"]"
		daxfsctl recover > /dev/null
		doctor "$usual"
	}
	check a_stale_journal_is_found journal_is_found
fi

strand() {
	daxfsctl reconfigure-device -m system-ram "$DAX_HMEM" > /dev/null
	echo "$DAX_HMEM" > "$dax_bus/drivers/kmem/unbind"
}

# The last but one: it cannot be undone
stranded_is_found() {
	finds stranded strand
	doctor 9
	is '[.findings[] | select(.id == "stranded") | [.device, .severity]]' "[[\"$DAX_HMEM\",\"error\"]]"
}
check a_stranded_device_is_found stranded_is_found

lockdown_is_told() {
	[[ -w /sys/kernel/security/lockdown ]] || skip "this kernel has no lockdown"
	doctor 9
	is .machine.lockdown '"none"'
	echo integrity > /sys/kernel/security/lockdown
	doctor 9
	is .machine.lockdown '"integrity"'
	if [[ $ours == 1 ]]; then
		# what is not signed would not be loaded any more
		is '[.findings[] | select(.id == "module-unsigned") | .severity]' '["error"]'
	fi
}
check lockdown_is_told_and_what_it_does_to_our_driver lockdown_is_told

check no_complaint_of_the_kernel dmesg_clean
finish
