# SPDX-License-Identifier: GPL-2.0-only
# doctor on recorded trees: what is wrong is found, and what is not recorded is said to be unknown.
. "$(dirname "$0")/lib.bash"

# A tree of a sound machine with one hmem device
make_tree() {
	tree=$work/tree
	rm -rf "$tree"
	cp -r "$SYSFS/hmem" "$tree"
	put proc/sys/kernel/osrelease 7.3.4+deb13-cloud-amd64
	put proc/sys/kernel/arch x86_64
	put proc/kallsyms '0000000000000000 T dax_break_layout_final'
	put sys/kernel/security/lockdown '[none] integrity confidentiality'
	put dev/kmsg '6,1,2,-;Linux version 7.3.4'
}

# FILE TEXT
put() {
	mkdir -p "$tree/$(dirname "$1")"
	printf '%s\n' "$2" >"$tree/$1"
}

doctor() {
	run --sysroot "$tree" doctor --json "$@"
}

# STATUS IDS
found() {
	doctor
	status_is "$1"
	jq_is '[.findings[].id] | join(" ")' "\"$2\""
}

fix_is() {
	jq_is "[.fixes[] | select(.id == \"$1\") | .fixed][0]" "$2"
}
lib_functions+=$'\nmake_tree\nput\ndoctor\nfound\nfix_is'

a_sound_machine_has_no_findings() {
	make_tree
	found 0 ''
	jq_is '.machine' '{"kernel":"7.3.4+deb13-cloud-amd64","arch":"x86_64","secure_boot":false,"lockdown":"none","online_policy":"offline","fsdev_dax":null}'
	jq_is '.devices' '[]'
	fix_is final-wait true
	fix_is holder-order true
	# whose driver it would be, nobody can tell
	fix_is pins null
}

what_is_not_recorded_is_unknown() {
	on hmem doctor --json
	status_is 0
	jq_is '.machine | [.kernel, .lockdown, .fsdev_dax]' '[null,null,null]'
	jq_is '[.unchecked[].what] | join(" ")' '"kernel driver left ids"'
	jq_is '[.fixes[] | select(.fixed != null)]' '[]'
}

kernels_without_fixes_are_told() {
	make_tree
	put proc/sys/kernel/osrelease 6.12.107
	put proc/kallsyms '0000000000000000 T dax_set_ops'
	found 0 core-defects
	jq_is '.findings[0].values.missing' '"holder-once holder-order final-wait"'
}

# One that is loaded is in the tree: ours tells a version, the kernel's own none.
drivers_are_told_apart() {
	make_tree
	mkdir -p "$tree/sys/module/fsdev_dax"
	put proc/kallsyms $'0 T dax_break_layout_final\n0 t fsdev_clear_pgmap_ops\t[fsdev_dax]'
	found 0 driver-defects
	jq_is '.machine.fsdev_dax | [.origin, .loaded, .version]' '["in-tree",true,null]'
	put sys/module/fsdev_dax/version 0.1.0
	found 0 ''
	jq_is '.machine.fsdev_dax | [.origin, .version]' '["dkms","0.1.0"]'
	fix_is pins null
}

the_first_driver_is_an_error() {
	make_tree
	mkdir -p "$tree/sys/module/fsdev_dax"
	put proc/sys/kernel/osrelease 7.1.13
	found 9 'driver-defects core-defects'
	fix_is failure-offset false
	# unless it has a function that the fix brought
	put proc/kallsyms $'0 T dax_break_layout_final\n0 t fsdev_clear_pgmap_ops\t[fsdev_dax]'
	found 0 'driver-defects core-defects'
	fix_is failure-offset true
	jq_is '[.fixes[] | select(.id == "clear-ops") | .evidence][0] | contains("kallsyms")' true
}

policies_and_rules_are_found() {
	make_tree
	put sys/devices/system/memory/auto_online_blocks online_movable
	put usr/lib/udev/rules.d/90-daxctl-device.rules \
		'SUBSYSTEM=="dax", ENV{SYSTEMD_WANTS}="daxdev-reconfigure@%k.service"'
	found 0 'online-policy daxctl-rule'
	jq_is '.findings[1].values.line' 1
	mkdir -p "$tree/usr/lib/systemd/system"
	put usr/lib/systemd/system/daxdev-reconfigure@.service '[Unit]'
	found 0 online-policy
}

an_old_libdaxctl_is_found() {
	make_tree
	mkdir -p "$tree/sys/module/fsdev_dax"
	put sys/module/fsdev_dax/version 0.1.0
	put usr/lib/x86_64-linux-gnu/libdaxctl.so.1 'device_dax kmem'
	found 0 old-daxctl
	put usr/lib/x86_64-linux-gnu/libdaxctl.so.1 'device_dax kmem fsdev_dax'
	found 0 ''
}

stranded_devices_are_an_error() {
	make_tree
	rm "$tree/sys/devices/platform/hmem_platform.0/hmem.0/dax0.0/driver"
	cp -r "$SYSFS/stranded/." "$tree"
	doctor
	status_is 9
	jq_is '[.findings[] | [.id, .device]]' '[["stranded","dax0.0"]]'
}

left_page_maps_are_found() {
	make_tree
	rm "$tree"/sys/devices/platform/hmem_platform.0/hmem.0/dax0.0/driver
	put dev/kmsg '4,812,3,-;fsdev_dax dax0.0: dynamic-dax with pre-populated page map'
	found 0 left-page-map
	rm "$tree/dev/kmsg"
	found 0 ''
	jq_is '[.unchecked[].what] | contains(["left page maps"])' true
}

secure_boot_and_lockdown_are_told() {
	make_tree
	put sys/kernel/security/lockdown 'none [integrity] confidentiality'
	mkdir -p "$tree/sys/firmware/efi/efivars"
	printf '\006\000\000\000\001' \
		>"$tree/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	found 0 ''
	jq_is '.machine | [.secure_boot, .lockdown]' '[true,"integrity"]'
	printf '\006\000\000\000\000' \
		>"$tree/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	doctor
	jq_is '.machine.secure_boot' false
	rm "$tree"/sys/firmware/efi/efivars/*
	doctor
	jq_is '.machine.secure_boot' null
}

text_says_the_same() {
	make_tree
	run --sysroot "$tree" doctor
	status_is 0
	has "$out" "kernel 7.3.4+deb13-cloud-amd64, x86_64; lockdown none"
	has "$out" "no findings"
	run --sysroot "$tree" doctor -v
	has "$out" "yes       holder-order"
	rm "$tree/sys/devices/platform/hmem_platform.0/hmem.0/dax0.0/driver"
	cp -r "$SYSFS/stranded/." "$tree"
	run --sysroot "$tree" doctor
	status_is 9
	has "$out" "error stranded: dax0.0: "
}

it_takes_no_arguments() {
	make_tree
	doctor dax0.0
	status_is 2
}

# This machine, whatever it is
it_runs_here() {
	run doctor --json
	case $status in
	0 | 9) ;;
	*) fail "exit status $status: $(cat "$err")" ;;
	esac
	jq_is '.machine.kernel' "\"$(uname -r)\""
}

run_tests
