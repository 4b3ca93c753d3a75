# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# A kernel that insists on signatures, and in the place of its own fsdev_dax one that nobody signed, or
# nobody whom the kernel knows:
#	test/vm/run --module --append module.sig_enforce=1 test/vm/tests/unsigned.sh
#	test/vm/run --module --append lockdown=integrity test/vm/tests/unsigned.sh
# shellcheck source=test/vm/lib.sh
source ./lib.sh

[[ -d module ]] || fail "give me the modules: test/vm/run --module"
if [[ $(< /sys/module/module/parameters/sig_enforce) == Y ]]; then
	readonly answer=EKEYREJECTED
else
	readonly answer=EPERM
fi

# The drivers of the lab were loaded all the same: they are signed by the key in the kernel.
kernel_insists() {
	local module
	module=$(modinfo -n fsdev_dax)
	[[ $module == */updates/dkms/* ]] || fail "modprobe finds $module"
	[[ -z $(modinfo -F signer fsdev_dax) ]]
	[[ -n $(modinfo -F signer device_dax) ]]
	[[ $answer == EKEYREJECTED ]] || grep -F '[integrity]' /sys/kernel/security/lockdown
	! modprobe fsdev_dax || fail "the kernel takes it"
}

# The module's structures come from the headers; are those the headers of this kernel?
types_are_those_of_the_kernel() {
	cmp module/btf /sys/kernel/btf/vmlinux
}

# DEVICE: as before
is_untouched() {
	[[ $(driver_of "$1") == device_dax ]]
	[[ ! -e /sys/module/fsdev_dax ]]
	[[ $(< "$dax_bus/drivers_autoprobe") == 1 ]]
	[[ $(daxfsctl list -v --json "$1" | jq '.devices[0].journal') == null ]]
	: < "/dev/$1"
}

# DEVICE TEXT: exit status 6, with the module, TEXT and the key
key_is_named() {
	expect_exit 6 daxfsctl reconfigure-device -m famfs "$1" > out 2>&1
	cat out
	grep -F "daxfsctl: $1: " out | grep -F fsdev_dax | grep -F "$2"
	grep -F "mokutil --import /var/lib/dkms/mok.pub" out
	is_untouched "$1"
}

# DEVICE STEP ERRNO RESULT: the same, for programs
document_has_it_too() {
	expect_exit 6 daxfsctl reconfigure-device --json -m famfs "$1" > document
	cat document
	jq -e --arg device "$1" --argjson step "$2" --argjson errno "$3" --arg result "$4" '
		.devices[0].result == $result and (.errors | length == 1) and (.errors[0] |
		.id == "module-unsigned" and .device == $device and .step == $step and
		.errno == $errno and (.hint | contains("/var/lib/dkms/mok.pub")))' document
	is_untouched "$1"
}

# What one sees before the switch, and what only the kernel can tell
sign_by_nobody() {
	cp module/fsdev_dax-signed.ko "$(modinfo -n fsdev_dax)"
	[[ $(modinfo -F signer fsdev_dax) == nobody ]]
	! modprobe fsdev_dax || fail "the kernel takes it"
}

# Signed or not, the other modes are not concerned
other_modes_work() {
	daxfsctl reconfigure-device -m system-ram "$1"
	[[ $(driver_of "$1") == kmem ]]
	daxfsctl reconfigure-device -f -m devdax "$1"
}

check the_kernel_insists_on_signatures kernel_insists
check the_module_was_built_for_the_types_of_this_kernel types_are_those_of_the_kernel
for device in "$DAX_HMEM" "$DAX_PMEM"; do
	check "an_unsigned_module_is_refused_for_$device" key_is_named "$device" "has no signature"
	check "so_it_is_in_the_document_for_$device" document_has_it_too "$device" null null refused
done
check the_module_is_signed_by_nobody_whom_the_kernel_knows sign_by_nobody
for device in "$DAX_HMEM" "$DAX_PMEM"; do
	check "an_unknown_signer_is_told_for_$device" key_is_named "$device" "does not trust"
	check "so_it_is_in_the_document_for_$device" document_has_it_too "$device" \
		'"load-module"' "\"$answer\"" rolled-back
done
check system_ram_and_back other_modes_work "$DAX_HMEM"
check no_complaint_of_the_kernel dmesg_clean
finish
