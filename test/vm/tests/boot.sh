# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Configuration at boot, in a whole Debian with systemd and udev:
#	test/vm/run --full --devices hmem-kmem,pmem test/vm/tests/boot.sh
#
# hmem by --early, pmem by its unit, CXL memory as system-ram where there is one, and a device that
# cannot become what it shall.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

conf=/etc/daxfsctl.conf.d/boot.conf

# UNIT PROPERTY
property() {
	systemctl show --property "$2" --value "$1"
}

# UNIT: microseconds since the start of the machine
active_since() {
	property "$1" ActiveEnterTimestampMonotonic
}

# DEVICE
unit_of() {
	echo "daxfsctl-apply@$1.service"
}

failed_units() {
	systemctl --failed --plain --no-legend | cut -d' ' -f1
}

# What the kernel says of DAX devices, from before the first one on
record_uevents() {
	cat > /etc/systemd/system/uevents.service <<-'EOF'
		[Unit]
		DefaultDependencies=no
		Before=daxfsctl-early.service
		After=systemd-remount-fs.service
		[Service]
		Type=exec
		ExecStart=udevadm monitor --kernel --property --subsystem-match=dax
		StandardOutput=truncate:/test/uevents
		[Install]
		WantedBy=sysinit.target
	EOF
	systemctl enable uevents.service
}

# DEVICE: the drivers that it was bound to in this boot, one per line
bound_to() {
	# it writes when it has a page of it, or ends
	systemctl stop uevents.service
	awk -v device="/$1" '
		/^DEVPATH=/ { is_it = substr($0, length($0) - length(device) + 1) == device }
		/^ACTION=/ { action = $0 }
		/^DRIVER=/ { driver = $0 }
		/^$/ { if (is_it && action == "ACTION=bind") print substr(driver, 8); is_it = 0 }
	' uevents
}

# ---- first boot: nothing is configured

# but daxctl's example of a configuration
nothing_is_done_without_a_configuration() {
	systemctl is-active daxfsctl-settle.service "$(unit_of "$DAX_HMEM")"
	[[ -z $(failed_units) ]] || fail "$(failed_units)"
	[[ $(property daxfsctl-early.service ActiveState) == inactive ]]
	! journalctl --boot --unit="$(unit_of "$DAX_HMEM")" | grep "$DAX_HMEM: " ||
		fail "something was done"
}

# A namespace whose align nothing can change
configure() {
	local uuid broken

	uuid=$(ndctl list -N | jq -r '.[0].uuid')
	broken=$(make_pmem_devdax 128M mem)
	echo "$broken" > broken
	mkdir -p "${conf%/*}"
	cat > "$conf" <<-EOF
		[device pool]
		name = $DAX_HMEM
		kind = hmem
		mode = famfs

		[device log]
		uuid = $uuid
		mode = famfs
	EOF
	cat > "${conf%/*}/broken.conf" <<-EOF
		[device broken]
		name = $broken
		kind = pmem
		align = 1G
	EOF
	[[ -z ${DAX_CXL:-} ]] || printf '[device tier]\nkind = cxl\nmode = system-ram\n' >> "$conf"
	daxfsctl config test
	systemctl enable daxfsctl-early.service
	record_uevents
	# a mount that needs its device in its mode; the kernel has no famfs
	echo "tmpfs /mnt tmpfs x-systemd.requires=$(unit_of "$DAX_PMEM") 0 0" >> /etc/fstab
}

# ---- second boot: it is

each_device_is_in_its_mode() {
	daxfsctl list
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax && $(driver_of "$DAX_PMEM") == fsdev_dax ]]
	[[ -z ${DAX_CXL:-} || $(driver_of "$DAX_CXL") == kmem ]]
}

cxl_memory_is_online() {
	[[ -n ${DAX_CXL:-} ]] || skip "no CXL device"
	daxfsctl list --memory --json "$DAX_CXL" |
		jq -e '.devices[0].memory | .online_blocks == .total_blocks and .total_blocks > 0'
}

multi_user_target_waits_for_each_device() {
	local device target
	target=$(active_since multi-user.target)
	for device in "$DAX_HMEM" "$DAX_PMEM" ${DAX_CXL:-}; do
		systemctl is-active "$(unit_of "$device")"
		[[ $(active_since "$(unit_of "$device")") -lt $target ]]
	done
}

an_early_device_is_never_anything_else() {
	[[ $(bound_to "$DAX_HMEM") == fsdev_dax ]] || fail "$(bound_to "$DAX_HMEM")"
	# the test can tell: this one was
	[[ $(bound_to "$DAX_PMEM") == device_dax$'\n'fsdev_dax ]] || fail "$(bound_to "$DAX_PMEM")"
	[[ -d $dax_bus/drivers/kmem ]]
}

the_journal_tells_it() {
	journalctl --boot --unit=daxfsctl-early.service | grep "$DAX_HMEM: registered"
	journalctl --boot --unit="$(unit_of "$DAX_HMEM")" | grep "$DAX_HMEM: unchanged"
	journalctl --boot --unit="$(unit_of "$DAX_PMEM")" |
		grep "$DAX_PMEM: changed: devdax -> famfs"
}

early_is_before_udev() {
	[[ $(active_since daxfsctl-early.service) -lt \
		$(property systemd-udev-trigger.service ExecMainStartTimestampMonotonic) ]]
}

a_failing_device_fails_its_own_unit() {
	[[ $(failed_units) == "$(unit_of "$(< broken)")" ]] || fail "$(failed_units)"
	journalctl --boot --unit="$(unit_of "$(< broken)")" | grep "$(< broken): "
}

a_mount_can_wait_for_its_device() {
	[[ $(active_since "$(unit_of "$DAX_PMEM")") -lt $(active_since mnt.mount) ]]
	[[ $(active_since mnt.mount) -lt $(active_since local-fs.target) ]]
	! journalctl --boot --grep='ordering cycle' || fail "units wait for each other"
}

nothing_is_left_to_do() {
	expect_exit 9 daxfsctl apply --all --diff
	rm "${conf%/*}/broken.conf"
	[[ $(daxfsctl apply --all --diff) == 'nothing to do' ]]
	systemctl reset-failed
}

nothing_was_forbidden_that_they_need() {
	! journalctl --boot --unit='daxfsctl-*' | grep -i 'not permitted\|denied\|EPERM' ||
		fail "a unit may do too little"
	! dmesg | grep 'audit.*SECCOMP' || fail "a system call was refused"
}

# By hand it becomes something else, and comes back: who administers it knows what is wanted.
what_is_changed_by_hand_stays() {
	daxfsctl reconfigure-device -m devdax "$DAX_PMEM"
	udevadm settle
	[[ $(driver_of "$DAX_PMEM") == device_dax ]]
}

is_fsdev_dax() {
	[[ $(driver_of "$1") == fsdev_dax ]]
}

a_device_that_appears_again_is_made_so() {
	local namespace
	namespace=$(ndctl list -N | jq -r --arg device "$DAX_PMEM" \
		'.[] | select(.chardev == $device or .daxregion.devices[0].chardev == $device) | .dev')
	ndctl disable-namespace "$namespace"
	wait_until 10 test ! -e "$dax_bus/devices/$DAX_PMEM"
	ndctl enable-namespace "$namespace"
	wait_until 30 is_fsdev_dax "$DAX_PMEM"
	systemctl is-active "$(unit_of "$DAX_PMEM")"
}

an_initramfs_has_what_early_needs() {
	printf 'dax_hmem\nkmem\n' >> /etc/initramfs-tools/modules
	mkinitramfs -o initrd
	mkdir -p unpacked
	unmkinitramfs initrd unpacked
	grep -A 10 'init-top/daxfsctl-early' unpacked/scripts/init-top/ORDER |
		grep 'init-top/udev'
	cmp "$conf" "unpacked$conf"
	[[ -e $(echo unpacked/usr/lib/*/libinih.so.1) && -e $(echo unpacked/usr/lib/*/libkmod.so.2) ]]
}

# ---- third boot: modules are loaded in the initramfs

early_was_in_the_initramfs() {
	dmesg | grep 'daxfsctl: '
	journalctl --boot --unit='daxfsctl-*'
	dmesg | grep "daxfsctl: $DAX_HMEM: registered"
	# it comes too late there, and has nothing to do
	journalctl --boot --unit=daxfsctl-early.service | grep "$DAX_HMEM: unchanged\|registered"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax && -d $dax_bus/drivers/kmem ]]
	[[ -z $(bound_to "$DAX_HMEM") ]]
	[[ -z $(failed_units) ]] || fail "$(failed_units)"
}

echo "boot $BOOT"
case $BOOT in
1)
	check nothing_is_done_without_a_configuration
	check configuration configure
	go_on_after_reboot
	;;
2)
	check each_device_is_in_its_mode
	check cxl_memory_is_online
	check multi_user_target_waits_for_each_device
	check an_early_device_is_never_anything_else
	check the_journal_tells_it
	check early_is_before_udev
	check a_failing_device_fails_its_own_unit
	check a_mount_can_wait_for_its_device
	check nothing_was_forbidden_that_they_need
	check nothing_is_left_to_do
	check what_is_changed_by_hand_stays
	check a_device_that_appears_again_is_made_so
	check an_initramfs_has_what_early_needs
	check no_complaint_of_the_kernel dmesg_clean
	# Beside CXL memory, which is probed by the way, it is a race there who is dax0.0
	[[ -z ${DAX_CXL:-} ]] || finish
	go_on_after_reboot --initrd initrd
	;;
3)
	check each_device_is_in_its_mode_again each_device_is_in_its_mode
	check early_was_in_the_initramfs
	check still_no_complaint_of_the_kernel dmesg_clean
	finish
	;;
esac
# a reboot does not return
exit 3
