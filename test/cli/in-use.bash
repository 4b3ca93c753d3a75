# SPDX-License-Identifier: GPL-2.0-only
# Who uses devices, on recorded trees: there, nodes are known by their path.
. "$(dirname "$0")/lib.bash"

# The tree of one hmem device, dax0.0 on devdax, with process 1 besides.
make_tree() {
	tree=$work/tree
	rm -rf "$tree"
	cp -r "$SYSFS/hmem" "$tree"
	add_process 1 init
}

# PID COMM
add_process() {
	mkdir -p "$tree/proc/$1/fd"
	echo "$2" >"$tree/proc/$1/comm"
	printf 'Name:\t%s\nUid:\t5\t7\t5\t5\n' "$2" >"$tree/proc/$1/status"
}

list() {
	run --sysroot "$tree" list "$@"
}

users_are() {
	list --json --users dax0.0
	status_is 0
	jq_is '.devices[0].users' "$1"
}
lib_functions+=$'\nmake_tree\nadd_process\nlist\nusers_are'

nobody_uses_a_device() {
	make_tree
	users_are '[]'
	list --users --noheadings -o DEVICE,USERS
	has "$out" "dax0.0 none"
}

users_are_below_the_ranges_in_a_tree() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	list --tree --noheadings -o DEVICE,SIZE
	[ "$(sed 's/ *$//; s/  */ /g' "$out")" = "\
region0 2G
└─dax0.0 512M
 ├─mapping0 256M
 ├─mapping1 256M
 └─cat[12] fd" ] || fail "$(cat "$out")"
}

users_are_not_there_unless_asked_for() {
	make_tree
	list --json
	jq_is '.devices[0] | has("users")' false
}

users_are_unknown_in_a_tree_without_processes() {
	on hmem list --json --users
	jq_is '.devices[0] | [has("users"), .users]' '[true,null]'
	on hmem list --users --noheadings -o DEVICE,USERS
	has "$out" "dax0.0 -"
}

an_open_node_is_listed() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	users_are '[{"pid":12,"comm":"cat","uid":7,"how":"fd"}]'
}

a_deleted_node_is_listed() {
	make_tree
	add_process 12 cat
	ln -s '/dev/dax0.0 (deleted)' "$tree/proc/12/fd/3"
	users_are '[{"pid":12,"comm":"cat","uid":7,"how":"fd"}]'
}

a_mapping_is_listed() {
	make_tree
	add_process 12 cat
	cat >"$tree/proc/12/maps" <<-'END'
		00400000-00500000 r-xp 00000000 08:01 77                         /usr/bin/cat
		7f0000000000-7f0000200000 rw-s 00000000 00:06 425                /dev/dax0.0
	END
	users_are '[{"pid":12,"comm":"cat","uid":7,"how":"map"}]'
}

a_mount_is_listed_with_its_place() {
	make_tree
	add_process 12 cat
	printf '%s\n' '22 21 0:44 / /mnt/a\040b rw,relatime - famfs /dev/dax0.0 rw' >"$tree/proc/1/mountinfo"
	users_are '[{"pid":null,"comm":null,"uid":null,"how":"mount","mountpoint":"/mnt/a b"}]'
}

a_name_of_a_process_can_be_anything() {
	make_tree
	add_process 12 $'a"\\\nb\xff\e[31m'
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	users_are '[{"pid":12,"comm":"a\"\\\nb�\u001b[31m","uid":7,"how":"fd"}]'
	list --users -o DEVICE,USERS
	! grep -q $'\e' "$out" || fail "a terminal would act on that"
	run --sysroot "$tree" reconfigure-device --dry-run -m famfs dax0.0
	! grep -q $'\e' "$err" || fail "a terminal would act on that"
}

the_table_lists_all_users() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	add_process 13 dd
	ln -s /dev/dax0.0 "$tree/proc/13/fd/3"
	list --users --noheadings
	has "$out" "cat[12] fd"
	has "$out" "dd[13] fd"
	list --users
	has "$out" USERS
}

another_device_is_not_concerned() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.1 "$tree/proc/12/fd/3"
	users_are '[]'
	run --sysroot "$tree" reconfigure-device --json --dry-run -m famfs dax0.0
	status_is 0
}

a_device_in_use_is_refused() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	run --sysroot "$tree" reconfigure-device --json --dry-run -m famfs dax0.0
	status_is 5
	jq_is '.devices[0].result' '"refused"'
	jq_is '.errors[0] | [.id, .device, .errno, .override]' '["in-use","dax0.0",null,"--force"]'
	jq_is '.errors[0].users' '[{"pid":12,"comm":"cat","uid":7,"how":"fd"}]'
	run --sysroot "$tree" reconfigure-device --dry-run -m famfs dax0.0
	status_is 5
	has "$err" "dax0.0: in use by pid 12 (cat, uid 7): open"
}

force_goes_on() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	run --sysroot "$tree" reconfigure-device --json --dry-run -f -m famfs dax0.0
	status_is 0
	jq_is '.devices[0] | [.result, .notes[0]]' \
		'["would-change","dax0.0: goes on though in use by pid 12 (cat, uid 7): open"]'
}

what_would_not_change_is_not_refused() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	run --sysroot "$tree" reconfigure-device --json --dry-run -m devdax dax0.0
	status_is 0
	jq_is '.devices[0].result' '"unchanged"'
}

a_dry_run_does_not_wait() {
	make_tree
	add_process 12 cat
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	local start=$SECONDS
	run --sysroot "$tree" reconfigure-device --dry-run --wait=60 -m famfs dax0.0
	status_is 5
	[ $((SECONDS - start)) -lt 30 ] || fail "it waited"
}

a_wait_is_a_whole_number_of_seconds() {
	local value
	for value in '' x -1 1.5 1s ' 1' 99999999999999999999 2147484; do
		on hmem reconfigure-device --json "--wait=$value" -m famfs dax0.0
		status_is 2
		jq_is '.errors[0] | [.id, (.message | contains("allowed are 0 to 2147483"))]' '["usage",true]'
	done
}

run_tests
