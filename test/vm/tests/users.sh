# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2153,SC2317 # DAX_PMEM is set; check calls the functions
#
# A device that somebody uses is not switched.
#	cc -static -pthread -o hold test/vm/helper/hold.c
#	test/vm/run test/vm/tests/users.sh hold
# shellcheck source=test/vm/lib.sh
source ./lib.sh

[[ -x ./hold ]] || fail "give me the helper: see the top of this file"

# COMMAND...: runs it in the background until the check ends; it says "ready" on stdout
start() {
	rm -f ready
	"$@" > ready &
	holder=$!
	# shellcheck disable=SC2064 # of this one
	trap "kill -KILL $holder 2> /dev/null || true; wait $holder 2> /dev/null || true" EXIT
	wait_until 10 grep -q ready ready
}

# FILTER DEVICE: of its users
users() {
	daxfsctl list --json --users "$2" | jq -c ".devices[0].users | $1"
}

state_of() {
	echo "$(driver_of "$1") $(size_of "$1") $(ranges_of "$1" | tr '\n' ' ')"
}

# DEVICE MODE OPTION...: refused as in use, nothing was written; the document is in out
refused() {
	local device=$1 mode=$2 before status=0
	shift 2
	before=$(state_of "$device")
	# a look at all processes is many calls: stop at writes only
	traced --seccomp-bpf -f -y -o trace -e trace=write \
		daxfsctl reconfigure-device --json -m "$mode" "$@" "$device" \
		> out || status=$?
	cat out
	[[ $status == 5 ]] || fail "exit status $status, expected 5"
	grep -q 'write(1<' trace || fail "nothing was traced"
	! grep '</sys' trace || fail "something was written"
	[[ $(jq -c '[.devices[0].result, .errors[0].id, .errors[0].device, .errors[0].override]' out) == \
		"[\"refused\",\"in-use\",\"$device\",\"--force\"]" ]]
	[[ $(state_of "$device") == "$before" ]] || fail "$device changed"
}

# HOW DEVICE: one user of that kind, the holder
used_by_holder() {
	[[ $(jq -c '[.errors[0].users[] | [.pid, .comm, .uid, .how]]' out) == \
		"[[$holder,\"hold\",0,\"$1\"]]" ]] || fail "not the holder, $holder"
	[[ $(users 'map([.pid, .comm, .uid, .how])' "$2") == "[[$holder,\"hold\",0,\"$1\"]]" ]]
}

# DEVICE HOW COUNT: what metrics say of it
metrics_count() {
	daxfsctl metrics | grep -xF "daxfs_device_users{device=\"$1\",how=\"$2\"} $3" ||
		fail "$(daxfsctl metrics | grep daxfs_device_users)"
}

nobody() {
	[[ $(users . "$DAX_HMEM") == '[]' ]]
	[[ $(users . "$DAX_PMEM") == '[]' ]]
	time daxfsctl list --users
}
check nobody_uses_a_device_at_first nobody

open_node() {
	start ./hold open "/dev/$DAX_HMEM"
	refused "$DAX_HMEM" famfs
	used_by_holder fd "$DAX_HMEM"
	expect_exit 5 daxfsctl reconfigure-device -m famfs "$DAX_HMEM" > text 2>&1
	grep -qF "$DAX_HMEM: in use by pid $holder (hold, uid 0): open" text || { cat text; fail "not told"; }
	daxfsctl list --users | grep -F "hold[$holder] fd"
	daxfsctl list --tree
	daxfsctl list --tree | grep -A 2 "dax0.0 " | grep -F -- "-hold[$holder] fd"
	metrics_count "$DAX_HMEM" fd 1
	metrics_count "$DAX_HMEM" map 0
	[[ ! -e /run/daxfsctl/journal/$DAX_HMEM ]]
}
check an_open_node_is_refused open_node

mapped() {
	start ./hold map "/dev/$DAX_HMEM"
	refused "$DAX_HMEM" famfs
	used_by_holder map "$DAX_HMEM"
	refused "$DAX_HMEM" system-ram
	refused "$DAX_HMEM" devdax --rebind
	refused "$DAX_HMEM" famfs --dry-run
}
check a_mapping_is_refused mapped

static_device() {
	start ./hold both "/dev/$DAX_PMEM"
	refused "$DAX_PMEM" famfs
	[[ $(jq -c '[.errors[0].users[].how]' out) == '["fd","map"]' ]]
	jq -r '.errors[0].message' out | grep -qF "pid $holder (hold, uid 0): open, mapped"
}
check a_static_device_is_refused static_device

# Pages that an io_uring has pinned: by the mapping, or by the open node when that is gone.
pinned() {
	start ./hold "$1" "/dev/$2"
	refused "$2" famfs
	used_by_holder "$3" "$2"
}
check a_pinned_mapping_is_refused pinned pin "$DAX_HMEM" map
check pinned_pages_of_an_open_node_are_refused pinned pin-fd "$DAX_HMEM" fd
check pinned_pages_of_a_static_device_are_refused pinned pin "$DAX_PMEM" map

# There is no famfs here: any file system that is mounted from the node, and is not told by an open
# node, stands for it.
mounted() {
	mkdir -p mnt
	start ./hold mount "/dev/$DAX_HMEM"
	refused "$DAX_HMEM" famfs
	daxfsctl list --users "$DAX_HMEM" > table
	umount -l mnt
	[[ $(jq -c '[.errors[0].users[] | [.how, .pid, .mountpoint]]' out) == \
		"[[\"mount\",null,\"$PWD/mnt\"]]" ]]
	jq -r '.errors[0].message' out | grep -qF "a mount on $PWD/mnt"
	grep -F "$PWD/mnt" table
	[[ $(users . "$DAX_HMEM") == '[]' ]]
}
check a_mounted_device_is_refused mounted

# The neighbour can be switched meanwhile.
other_device() {
	start ./hold map "/dev/$DAX_PMEM"
	daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	[[ $(users . "$DAX_HMEM") == '[]' ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}
check another_device_is_not_concerned other_device

# DEVICE PATH: a node of its own
make_node() {
	local number
	number=$(< "$dax_bus/devices/$1/dev")
	mknod "$2" c "${number%:*}" "${number#*:}"
}

# HOW: by a node that is called otherwise, in a mount namespace where it alone is
other_namespace() {
	export -f make_node
	export dax_bus DAX_HMEM
	start unshare -m bash -c "mount -t tmpfs none /tmp && make_node $DAX_HMEM '/tmp/a node' &&
		exec ./hold $1 '/tmp/a node'"
	[[ ! -e "/tmp/a node" ]]
	refused "$DAX_HMEM" famfs
	used_by_holder "$2" "$DAX_HMEM"
}
check a_mapping_in_another_mount_namespace_is_refused other_namespace map map
check an_open_node_in_another_mount_namespace_is_refused other_namespace open fd

other_pid_namespace() {
	start unshare -m -p -f --kill-child --mount-proc ./hold map "/dev/$DAX_HMEM"
	refused "$DAX_HMEM" famfs
	[[ $(jq -c '[.errors[0].users[] | [.comm, .how]]' out) == '[["hold","map"]]' ]]
}
check a_mapping_in_another_pid_namespace_is_refused other_pid_namespace

deleted_node() {
	make_node "$DAX_HMEM" /tmp/gone
	start ./hold map /tmp/gone
	rm /tmp/gone
	refused "$DAX_HMEM" famfs
	used_by_holder map "$DAX_HMEM"
}
check a_mapping_of_a_deleted_node_is_refused deleted_node

same_name() {
	start unshare -m bash -c "mount -t tmpfs none /dev && mknod /dev/$DAX_HMEM c 1 5 &&
		exec ./hold open /dev/$DAX_HMEM"
	[[ $(users . "$DAX_HMEM") == '[]' ]]
}
check another_node_of_that_name_is_no_use same_name

threads() {
	start ./hold thread "/dev/$DAX_HMEM"
	refused "$DAX_HMEM" famfs
	used_by_holder fd "$DAX_HMEM"
}
check a_thread_with_files_of_its_own_is_seen threads

orphan() {
	start ./hold orphan "/dev/$DAX_HMEM"
	refused "$DAX_HMEM" famfs
	used_by_holder map "$DAX_HMEM"
}
check a_process_without_its_first_thread_is_seen orphan

path_only() {
	start ./hold path "/dev/$DAX_HMEM"
	[[ $(users . "$DAX_HMEM") == '[]' ]]
}
check an_O_PATH_descriptor_is_no_use path_only

# What the shell that calls the tool has open, the tool inherits: that is one user, not two.
inherited() {
	exec 9< "/dev/$DAX_HMEM"
	refused "$DAX_HMEM" famfs
	[[ $(jq -c '[.errors[0].users[] | select(.comm == "daxfsctl")]' out) == '[]' ]]
	exec 9<&-
	# nobody else has it open; over a switch it would break the device all the same
	expect_exit 5 daxfsctl reconfigure-device -m famfs "$DAX_HMEM" 9< "/dev/$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
}
check what_the_tool_inherited_counts_once inherited

famfs_mode() {
	daxfsctl reconfigure-device -m famfs "$DAX_HMEM"
	(
		start ./hold open "/dev/$DAX_HMEM"
		refused "$DAX_HMEM" devdax
		used_by_holder fd "$DAX_HMEM"
	)
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}
check a_device_in_mode_famfs_is_refused famfs_mode

# ---- waiting

wait_succeeds() {
	start ./hold map "/dev/$DAX_HMEM"
	(sleep 2; kill "$holder") &
	daxfsctl reconfigure-device -v --wait=60 -m famfs "$DAX_HMEM" > text 2>&1 ||
		{ cat text; fail "exit status $?"; }
	cat text
	grep -qF "in use by pid $holder (hold, uid 0): mapped: waiting" text
	[[ $(grep -c waiting text) == 1 ]]
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}
check wait_goes_on_when_the_device_is_free wait_succeeds

wait_ends() {
	local began took
	start ./hold map "/dev/$DAX_HMEM"
	began=$SECONDS
	expect_exit 5 daxfsctl reconfigure-device --json --wait=3 -m famfs "$DAX_HMEM" > out
	took=$((SECONDS - began))
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
	[[ $took -ge 2 && $took -le 20 ]] || fail "it took $took s"
	used_by_holder map "$DAX_HMEM"
}
check wait_ends_with_the_list wait_ends

wait_for_lock() {
	[[ -d /run/daxfsctl ]] || mkdir -m 700 /run/daxfsctl
	flock /run/daxfsctl/lock sleep 2 &
	sleep 0.3
	daxfsctl reconfigure-device --lock-timeout 0.1 --wait=60 -m famfs "$DAX_HMEM"
	wait
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}
check wait_is_for_the_lock_too wait_for_lock

# What does not pass by itself is told at once.
wait_for_nothing() {
	local began=$SECONDS
	expect_exit 6 daxfsctl reconfigure-device --wait=100 -m famfs -s 1G "$DAX_PMEM"
	[[ $((SECONDS - began)) -lt 30 ]]
}
check wait_is_not_for_what_does_not_pass wait_for_nothing

# ---- who may not see

as_user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

unprivileged() {
	[[ $(as_user daxfsctl list --json --users "$DAX_HMEM" | jq -c '.devices[0].users') == null ]]
	as_user daxfsctl list --users --noheadings -o DEVICE,USERS "$DAX_HMEM" | grep -x "$DAX_HMEM -"
	start ./hold map "/dev/$DAX_HMEM"
	[[ $(as_user daxfsctl list --json --users "$DAX_HMEM" | jq -c '.devices[0].users') == null ]]
}
check for_users_other_than_root_it_is_unknown unprivileged

hidden() {
	local users
	users=$(unshare -m bash -c "mount -t proc -o hidepid=2 proc /proc &&
		setpriv --reuid=65534 --regid=65534 --clear-groups daxfsctl list --json --users" |
		jq -c '.devices[0].users')
	[[ $users == null ]] || fail "$users"
}
check with_hidepid_it_is_unknown hidden

contained() {
	local users
	users=$(unshare -m -p -f --mount-proc daxfsctl list --json --users | jq -c '.devices[0].users')
	[[ $users == null ]] || fail "$users"
	unshare -m -p -f --mount-proc daxfsctl reconfigure-device --dry-run -m famfs "$DAX_HMEM" > text
	grep -q 'not all processes can be seen' text
}
check in_a_container_it_is_unknown contained

check no_complaint_of_the_kernel dmesg_clean

# Last: after this the kernel's character device is broken (6.1 to 7.3), as the manual page says.
forced() {
	start ./hold map "/dev/$DAX_PMEM"
	daxfsctl reconfigure-device --json -f -m famfs "$DAX_PMEM" > out
	cat out
	[[ $(jq -r '.devices[0].result' out) == changed ]]
	jq -r '.devices[0].notes[]' out | grep -qF "goes on though in use by pid $holder (hold, uid 0): mapped"
	[[ $(driver_of "$DAX_PMEM") == fsdev_dax ]]
}
check force_goes_on forced
finish
