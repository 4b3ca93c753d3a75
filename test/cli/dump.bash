# SPDX-License-Identifier: GPL-2.0-only
# An archive of a tree is that tree again, for every command that reads.
. "$(dirname "$0")/lib.bash"

# TREE: dumped and unpacked in $work/again
dump_and_unpack() {
	rm -rf "$work/again"
	mkdir "$work/again"
	run --sysroot "$1" dump -o "$work/dump.tar"
	status_is 0
	is_empty "$out"
	tar -C "$work/again" -xf "$work/dump.tar"
}

# TREE ARGUMENT...: what the command says of it. Warnings come in the order of a directory's entries,
# which is the file system's.
said() {
	run --sysroot "$@"
	sed "s|$1|TREE|g" "$out"
	sed "s|$1|TREE|g" "$err" | sort
	echo "status $status"
}

# TREE ARGUMENT...: the command says the same of both
says_the_same() {
	local tree=$1
	shift
	said "$tree" "$@" >"$work/first"
	said "$work/again" "$@" >"$work/second"
	diff "$work/first" "$work/second" || fail "$(basename "$tree"): $* says something else"
}

# TREE
is_the_same() {
	dump_and_unpack "$1"
	says_the_same "$1" list --json --idle -v -M --backing --memory --poison --users
	says_the_same "$1" list --json -R
	says_the_same "$1" list -v
	says_the_same "$1" check-device --json all
	says_the_same "$1" check-device --json -m famfs all
	says_the_same "$1" check-device --json -m system-ram all
	says_the_same "$1" doctor --json -v
	says_the_same "$1" reconfigure-device --json --dry-run -m famfs all
}
lib_functions+=$'\n'dump_and_unpack$'\n'said$'\n'says_the_same$'\n'is_the_same

every_tree_comes_back() {
	local tree trees=("$SYSFS"/*)
	# four times as slow then
	[ "$SANITIZED" = 0 ] || trees=("$SYSFS"/{cxl,pmem,system-ram,strange})
	for tree in "${trees[@]}"; do
		is_the_same "$tree"
	done
}

messages_of_the_kernel_come_back() {
	local tree=$work/tree
	rm -rf "$tree"
	cp -r "$SYSFS/unbound" "$tree"
	mkdir "$tree/dev"
	printf '%s\n' '6,100,2000,-;usb 1-1: new device' ' SUBSYSTEM=usb' \
		'4,101,2001,-;device_dax dax0.0: dynamic-dax with pre-populated page map' \
		' SUBSYSTEM=dax' ' DEVICE=+dax:dax0.0' '6,102,2002,-;secret: of no interest' \
		'6,103,2003,-;CXL: region0' >"$tree/dev/kmsg"
	is_the_same "$tree"
	run --sysroot "$work/again" check-device --json dax0.0
	jq_is '.devices[0].findings | map(.id) | contains(["left-page-map"])' true
	[ "$(wc -l <"$work/again/dev/kmsg")" = 4 ]
	! grep -E 'usb|secret' "$work/again/dev/kmsg" || fail "it has messages of others"
}

journals_and_configuration_are_in_it() {
	local tree=$work/tree
	rm -rf "$tree"
	cp -r "$SYSFS/hmem" "$tree"
	mkdir -p "$tree/run/daxfsctl" "$tree/etc/daxfsctl.conf.d" "$tree/home"
	echo journal >"$tree/run/daxfsctl/journal-dax0.0"
	echo '[device a]' >"$tree/etc/daxfsctl.conf.d/a.conf"
	echo 'not read' >"$tree/etc/daxfsctl.conf.d/a.conf~"
	echo secret >"$tree/home/secret"
	echo secret >"$tree/etc/shadow"
	echo secret >"$work/elsewhere"
	ln -s "$work/elsewhere" "$tree/etc/daxfsctl.conf.d/b.conf"
	dump_and_unpack "$tree"
	[ "$(cat "$work/again/run/daxfsctl/journal-dax0.0")" = journal ]
	[ "$(cat "$work/again/etc/daxfsctl.conf.d/a.conf")" = '[device a]' ]
	[ ! -e "$work/again/etc/daxfsctl.conf.d/a.conf~" ]
	! grep -rl secret "$work/again" || fail "it is told"
	grep -q '^daxfsctl [0-9.]*$' "$work/again/versions"
}

# Of the machine that runs the tests: nothing but what the page lists.
nothing_else_of_this_machine_is_in_it() {
	run dump -o "$work/dump.tar"
	status_is 0
	[ "$(stat -c %a "$work/dump.tar")" = 600 ]
	tar -tf "$work/dump.tar" | grep -vE \
		'^(versions|unread|sys/|dev/kmsg|run/daxfsctl/|proc/(iomem|meminfo|version|sys/kernel/(arch|osrelease|tainted))$|etc/(os-release|dax(fs)?ctl.conf.d/[^/]*.conf)$|(etc|usr/lib)/(udev/rules.d/90-daxctl-device.rules|systemd/system/daxdev-reconfigure@.service)$)' \
		>"$work/more" || true
	is_empty "$work/more"
	tar -tf "$work/dump.tar" | grep '^sys/' | grep -vE \
		'^sys/(bus/(dax|nd|cxl)/|devices/(system/(memory/(block_size_bytes|auto_online_blocks|memory[0-9]+/)|node/node[0-9]+/memory_failure/)|.*/(dax|ndbus|root|region|mem|dax_region)[^/]*/)|module/|firmware/efi/|kernel/security/lockdown)' |
		grep -vx sys/ >"$work/more" || true
	is_empty "$work/more"
}

a_user_gets_what_there_is_for_users() {
	local dir=$work/user
	mkdir "$dir"
	chmod 777 "$dir"
	cp -r "$SYSFS/hmem" "$dir/tree"
	chmod -R a+rX "$dir/tree"
	find "$dir/tree" -name resource -exec chmod 400 {} +
	status=0
	as_user "$DAXFSCTL" --sysroot "$dir/tree" dump -o "$dir/dump.tar" >"$out" 2>"$err" || status=$?
	status_is 0
	has "$err" "only root can read all of it"
	tar -xOf "$dir/dump.tar" unread | grep -q 'resource: Permission denied'
	! tar -tf "$dir/dump.tar" | grep '/resource$' || fail "it was read"
}

it_goes_to_a_pipe() {
	"$DAXFSCTL" --sysroot "$SYSFS/hmem" dump 2>"$err" | tar -tf - >"$out"
	[ "${PIPESTATUS[0]}" = 0 ]
	has "$out" "sys/bus/dax/devices/dax0.0"
}

with_json_there_is_a_document_beside_a_file() {
	on hmem dump --json -o "$work/dump.tar"
	status_is 0
	jq_is '[.command, .devices, .errors]' '["dump",[],[]]'
	tar -tf "$work/dump.tar" >/dev/null
	on hmem dump --json
	status_is 2
	jq_is '.errors[0].id' '"usage"'
}

what_cannot_be_written_is_told() {
	local status=0
	on hmem dump --json -o "$work/none/dump.tar"
	status_is 1
	jq_is '[.errors[0].id, .errors[0].errno, (.errors[0].path | endswith("none/dump.tar"))]' \
		'["not-written","ENOENT",true]'
	"$DAXFSCTL" --sysroot "$SYSFS/hmem" dump >/dev/full 2>"$err" || status=$?
	status_is 1
	has "$err" "cannot write the archive: No space left on device"
}

it_is_not_written_through_a_link() {
	echo precious >"$work/file"
	ln -s file "$work/link"
	on hmem dump --json -o "$work/link"
	status_is 1
	jq_is '.errors[0].errno' '"ELOOP"'
	[ "$(cat "$work/file")" = precious ]
}

it_takes_no_argument() {
	on hmem dump --json -o "$work/dump.tar" dax0.0
	status_is 2
}

libarchive_is_only_there_when_it_is_needed() {
	[ "$SANITIZED" = 0 ] || skip "a leak detector and strace exclude each other"
	command -v strace >/dev/null || skip "no strace"
	strace -f -e trace=openat -o "$work/trace" "$DAXFSCTL" --sysroot "$SYSFS/hmem" list >"$out"
	! grep libarchive "$work/trace" || fail "list loads it"
	strace -f -e trace=openat -o "$work/trace" "$DAXFSCTL" --sysroot "$SYSFS/hmem" dump >"$out"
	grep -q libarchive "$work/trace"
}

run_tests
