# SPDX-License-Identifier: GPL-2.0-only
# As daxctl: its arguments, its arrays, its words.
. "$(dirname "$0")/lib.bash"

# TREE ARGUMENT...
as_daxctl() {
	local tree=$1
	shift
	run --compat=daxctl --sysroot "$SYSFS/$tree" "$@"
}
lib_functions+=$'\nas_daxctl'

a_list_is_a_bare_array_with_daxctls_keys() {
	as_daxctl mixed list
	status_is 0
	jq_is 'type' '"array"'
	jq_is '[.[] | select(has("state") | not) | select(.mode == "devdax") | keys_unsorted] | unique' \
		'[["chardev","size","target_node","align","mode"]]'
}

the_link_makes_it_daxctl() {
	ln -sf "$DAXFSCTL" "$work/daxctl"
	status=0
	"$work/daxctl" --sysroot "$SYSFS/hmem" list -d dax0.0 >"$out" 2>"$err" || status=$?
	status_is 0
	jq_is '.[0] | [.chardev, .size]' '["dax0.0",536870912]'
	mkdir -p "$work/daxctl.d"
	ln -sf "$DAXFSCTL" "$work/daxctl.d/other"
	"$work/daxctl.d/other" --sysroot "$SYSFS/hmem" list >"$out"
	has "$out" DEVICE
}

one_for_people_is_no_array() {
	as_daxctl hmem list -M -u
	jq_is '[.size, .align, .mappings[-1].page_offset, .mappings[-1].start]' \
		'["512.00 MiB (536.87 MB)",2097152,"0","0x140000000"]'
	as_daxctl hmem list -i -u
	jq_is 'length' 2
	as_daxctl hmem list -Ru
	jq_is '[.size, .available_size, .align]' '["2.00 GiB (2.15 GB)","1536.00 MiB (1610.61 MB)",2097152]'
}

ranges_come_last_first() {
	as_daxctl hmem list -M
	jq_is '[.[0].mappings[].page_offset]' '[65536,0]'
}

r_alone_lists_regions() {
	as_daxctl hmem list -r 0
	jq_is '.[0] | keys_unsorted' '["path","id","size","available_size","align"]'
	as_daxctl hmem list -D -r region0
	jq_is '[.[].chardev]' '["dax0.0"]'
	as_daxctl hmem list -R -D
	jq_is '[.[0].devices[].chardev]' '["dax0.0"]'
	as_daxctl hmem list -r 0 -d dax0.0
	jq_is '[.[0].devices[].chardev]' '["dax0.0"]'
}

memory_is_counted_after_the_mode() {
	as_daxctl system-ram list
	jq_is '.[0] | [keys_unsorted[4:8], .movable]' \
		'[["mode","online_memblocks","total_memblocks","movable"],false]'
}

the_state_is_told_when_there_is_no_driver() {
	as_daxctl unbound list
	jq_is '.[0] | [.mode, .state]' '["devdax","disabled"]'
	as_daxctl stranded list
	jq_is '.[0] | [.mode, .state]' '["devdax","stranded"]'
	as_daxctl fsdev list
	jq_is '.[0] | [.mode, .state]' '["famfs",null]'
}

nothing_is_an_empty_array() {
	as_daxctl empty list
	status_is 0
	jq_is . '[]'
	as_daxctl hmem list -d dax9.9
	status_is 3
	jq_is . '[]'
	has "$err" 'dax9.9: no such device'
}

errors_have_no_program_in_front() {
	as_daxctl hmem reconfigure-device -m famfs dax0.0
	status_is 2
	[ "$(head -n 1 "$err")" = "dax0.0: a recorded tree cannot be changed" ] || fail "$(cat "$err")"
	has "$err" 'reconfigured 0 devices'
	is_empty "$out"
}

options_may_be_short() {
	as_daxctl hmem list --dev dax0.0 --hum
	status_is 0
	jq_is '.chardev' '"dax0.0"'
	on hmem list --dev dax0.0 --hum
	status_is 2
}

what_daxctls_options_mean_is_meant() {
	as_daxctl unbound reconfigure-device --dry-run -s 0 dax0.0
	status_is 0
	has "$err" 'dax0.0: would-change: size'
	on unbound reconfigure-device --dry-run -s 0 dax0.0
	status_is 2
	as_daxctl hmem reconfigure-device --dry-run -s 256M dax0.0
	status_is 0
	as_daxctl hmem reconfigure-device --dry-run -s 0 dax0.0
	status_is 2
	as_daxctl hmem create-device --dry-run -s 256M
	status_is 0
	has "$err" 'dax0.1: would-change'
	as_daxctl pmem create-device --dry-run -s 256M
	status_is 2
}

the_version_is_a_number() {
	as_daxctl hmem version
	[ "$(cat "$out")" = 85 ] || fail "$(cat "$out")"
	has "$err" daxfsctl
	run --compat=other list
	status_is 2
}

with_json_the_document_is_ours() {
	as_daxctl hmem list --json -d dax0.0
	names_are dax0.0
}

run_tests
