# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check() calls the functions
#
# The lab itself: what test/vm/run --full promises to a SCRIPT besides.
#	test/vm/run --full --devices hmem-kmem,pmem test/vm/smoke-full.sh

# shellcheck source=test/vm/lib.sh
source ./lib.sh

it_is_a_whole_debian() {
	[[ $(ps -o comm= -p 1) == systemd ]]
	grep '^VERSION_CODENAME=bookworm$' /etc/os-release
	systemctl is-active multi-user.target systemd-udevd.service
	[[ $(findmnt -no FSTYPE /) == ext4 ]]
	[[ -z $(systemctl --failed --no-legend) ]] || fail "$(systemctl --failed --no-legend)"
}

tools_are_there() {
	local tool
	for tool in daxfsctl bash jq modprobe strace ndctl daxctl cxl mkinitramfs journalctl; do
		command -v "$tool"
	done
	daxfsctl --version
}

each_device_is_bound_to_device_dax() {
	[[ $(driver_of "$DAX_HMEM") == device_dax && $(size_of "$DAX_HMEM") == $((512 * MiB)) ]]
	[[ $(driver_of "$DAX_PMEM") == device_dax ]]
}

udev_has_loaded_kmem() {
	[[ -d /sys/bus/dax/drivers/kmem ]]
}

stdio_is_null_and_pipes() {
	[[ $(readlink /proc/$$/fd/0) == /dev/null ]]
	[[ $stdout == pipe:* && $stderr == pipe:* && $stdout != "$stderr" ]]
}

namespaces_of() {
	ndctl list -N | jq -r '.[].uuid'
}

# Without a configuration: kmem takes what is of its type, and pmem has what its labels say.
devices_are_what_the_boot_made_of_them() {
	[[ $(driver_of "$DAX_HMEM") == kmem && $(size_of "$DAX_HMEM") == $((2048 * MiB)) ]]
	[[ $(driver_of "$DAX_PMEM") == device_dax ]]
	[[ $(namespaces_of) == "$(< namespaces)" ]]
}

the_machine_was_shut_down_properly() {
	journalctl --boot=-1 --unit=multi-user.target | grep Stopped
	! journalctl --grep='recovering journal|unclean' || fail "as after a power cut"
}

the_lab_made_this_initramfs() {
	[[ ! -e /run/initramfs && ! -e /dev/.initramfs ]] || fail "it was initramfs-tools"
}

initramfs_tools_made_this_one() {
	[[ -d /run/initramfs ]]
}

stdout=$(readlink /proc/$$/fd/1)
stderr=$(readlink /proc/$$/fd/2)
echo "boot $BOOT"
case $BOOT in
1)
	check it_is_a_whole_debian
	check tools_are_there
	check stdio_is_null_and_pipes
	check each_device_is_bound_to_device_dax
	check udev_has_loaded_kmem
	check the_lab_made_this_initramfs
	namespaces_of > namespaces
	go_on_after_reboot
	;;
2)
	check it_is_still_one it_is_a_whole_debian
	check devices_are_what_the_boot_made_of_them
	check the_machine_was_shut_down_properly
	mkinitramfs -o initrd
	go_on_after_reboot --initrd initrd
	;;
3)
	check it_is_one_with_an_initramfs_of_its_own it_is_a_whole_debian
	check initramfs_tools_made_this_one
	check no_complaint_of_the_kernel dmesg_clean
	finish
	;;
esac
# a reboot does not return
exit 3
