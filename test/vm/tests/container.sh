# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# In a container, as daxfsctl-containers(7) has it. There is no udev in this machine, and none in there.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

root=/tmp/container

# SYS RUN PID COMMAND...: COMMAND in a container with the machine's programs and no node of a device. SYS is
# ro or rw; RUN and PID are "own", or "host": the machine's /run, and its processes.
container() {
	local pid=(--pid --fork --kill-child)

	[[ $3 == own ]] || pid=()
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --ipc --uts --net "${pid[@]}" bash -ec '
		root=$1 sys=$2 run=$3
		shift 4
		mount -t tmpfs -o mode=0755 container "$root"
		cd "$root"
		mkdir dev etc proc run sys tmp usr
		for dir in bin sbin lib lib64; do
			ln -s usr/$dir $dir
		done
		mount --bind /usr usr
		mount --bind /etc etc
		mount -t proc proc proc
		mount -t sysfs -o "$sys" sysfs sys
		mknod -m 666 dev/null c 1 3
		[[ $run == own ]] || mount --bind /run run
		exec chroot . "$@"' container "$root" "$@"
}

it_is_a_container() {
	[[ $(container rw own own ls /dev) == null ]]
	[[ $(container rw own own ps -e -o comm= | wc -l) -lt 5 ]]
	! pgrep udevd || fail "there is udev"
}

it_lists_what_the_machine_lists() {
	daxfsctl list --json -v -M --backing > machine
	container ro own own daxfsctl list --json -v -M --backing > contained
	diff machine contained
}

users_are_unknown_without_the_machines_processes() {
	container ro own own daxfsctl list --users --json "$DAX_HMEM" | jq -e '.devices[0].users == null'
	container ro own host daxfsctl list --users --json "$DAX_HMEM" | jq -e '.devices[0].users == []'
}

a_read_only_sys_is_exit_4_and_told() {
	expect_exit 4 container ro own own daxfsctl reconfigure-device --json -m famfs "$DAX_HMEM" > out
	jq -e '.errors[0] | .id == "not-permitted" and .errno == "EROFS" and (.path | startswith("/sys/")) and
		(.hint | contains("read-only"))' out || fail "$(< out)"
	jq -e '.devices[0] | .result == "refused" or .result == "rolled-back"' out || fail "$(< out)"
	[[ $(driver_of "$DAX_HMEM") == device_dax && ! -e /run/daxfsctl ]]
}

a_dry_run_needs_no_writable_sys() {
	container ro own own daxfsctl reconfigure-device --json --dry-run -m famfs "$DAX_HMEM" |
		jq -e '.devices[0].result == "would-change"'
}

it_switches_without_udev() {
	local mode
	for mode in famfs devdax system-ram; do
		container rw host host daxfsctl reconfigure-device --json -m "$mode" "$DAX_HMEM" > out
		jq -e --arg mode "$mode" '.devices[0] | .result == "changed" and .after.mode == $mode' out ||
			fail "$(< out)"
	done
	container rw host host daxfsctl reconfigure-device -f -m devdax "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}

it_makes_and_destroys_devices_without_udev() {
	local name
	container rw host host daxfsctl create-device --json -r 0 -s 256M -m famfs > out
	name=$(jq -r '.devices[0] | select(.result == "changed").chardev' out)
	[[ $(driver_of "$name") == fsdev_dax ]] || fail "$(< out)"
	container rw host host daxfsctl destroy-device -f "$name"
	[[ ! -e $dax_bus/devices/$name ]]
}

it_hears_of_a_switch_outside() {
	container ro own own daxfsctl wait-device --timeout 60 -m famfs "$DAX_HMEM" &
	wait_until 30 pgrep -x daxfsctl
	daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	wait $!
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}

a_user_outside_is_seen_with_the_machines_processes() {
	exec 7< "/dev/$DAX_HMEM"
	expect_exit 5 container rw host host daxfsctl reconfigure-device --json -m famfs "$DAX_HMEM" > out
	exec 7<&-
	jq -e '.errors[0] | .id == "in-use" and .users[0].comm == "bash"' out || fail "$(< out)"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}

# It goes on then, so that whoever leaves them out has to know it.
without_them_it_goes_on_and_a_note_says_so() {
	container rw host own daxfsctl reconfigure-device --json -m famfs "$DAX_HMEM" > out
	jq -e '.devices[0] | .result == "changed" and any(.notes[]; contains("not all processes can be seen"))' out || fail "$(< out)"
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}

the_lock_holds_across_containers() {
	exec 7>> /run/daxfsctl/lock
	flock 7
	expect_exit 5 container rw host host daxfsctl reconfigure-device --json -m famfs --lock-timeout 1 \
		"$DAX_HMEM" > out
	exec 7<&-
	jq -e '.errors[0].id == "locked"' out || fail "$(< out)"
}

what_was_killed_in_one_is_recovered_outside() {
	# before the write that binds: the device has no driver then
	expect_exit 137 container rw host host strace -f -o /dev/null -P "$dax_bus/drivers/fsdev_dax/bind" \
		-e inject=write:signal=SIGKILL daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") != device_dax ]] || fail "it was not killed"
	compgen -G '/run/daxfsctl/journal-*'
	daxfsctl recover
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax || $(driver_of "$DAX_HMEM") == device_dax ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}

an_image_without_modules_needs_them_loaded() {
	modprobe -r fsdev_dax
	expect_exit 6 container rw host host bash -c 'mount -t tmpfs none /usr/lib/modules &&
		daxfsctl reconfigure-device --json -m famfs '"$DAX_HMEM" > out
	jq -e '.errors[0].id == "no-module"' out || fail "$(< out)"
	modprobe fsdev_dax
	container rw host host bash -c 'mount -t tmpfs none /usr/lib/modules &&
		daxfsctl reconfigure-device -m famfs '"$DAX_HMEM"
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}

root_of_a_user_namespace_is_exit_4() {
	expect_exit 4 setpriv --reuid 1000 --regid 1000 --clear-groups unshare --user --map-root-user \
		daxfsctl reconfigure-device --json -m famfs "$DAX_HMEM" > out
	jq -e '.errors[0].id == "not-permitted"' out || fail "$(< out)"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}

mkdir "$root"
check it_is_a_container
check it_lists_what_the_machine_lists
check users_are_unknown_without_the_machines_processes
check a_read_only_sys_is_exit_4_and_told
check a_dry_run_needs_no_writable_sys
check it_switches_without_udev
check it_makes_and_destroys_devices_without_udev
check it_hears_of_a_switch_outside
check a_user_outside_is_seen_with_the_machines_processes
check without_them_it_goes_on_and_a_note_says_so
check the_lock_holds_across_containers
check what_was_killed_in_one_is_recovered_outside
check an_image_without_modules_needs_them_loaded
check root_of_a_user_namespace_is_exit_4
check no_complaint_of_the_kernel dmesg_clean
finish
