# SPDX-License-Identifier: GPL-2.0-only
# Usage errors: exit 2, one document with --json, words on stderr without.
. "$(dirname "$0")/lib.bash"

message_is() {
	jq_is '.errors | map(.message) | join("|")' "\"$1\""
}
lib_functions+=$'\n'message_is

# It once went on as if the device had no memory blocks, and divided by zero before the unbind.
system_ram_without_a_block_size_is_refused() {
	local tree=$work/tree
	rm -rf "$tree"
	cp -r "$SYSFS/system-ram" "$tree"
	rm "$tree/sys/devices/system/memory/block_size_bytes"
	run --sysroot "$tree" reconfigure-device --json --dry-run -f -m devdax dax0.0
	status_is 1
	jq_is '[.devices[0].result, .errors[0].device, .errors[0].errno]' '["refused","dax0.0","ENOENT"]'
}

no_command_is_a_usage_error() {
	run
	status_is 2
	is_empty "$out"
	has "$err" "daxfsctl: no command given"
	has "$err" "see 'daxfsctl --help'"
}

a_usage_error_is_a_document_too() {
	run --json
	status_is 2
	jq_is '[.schema, .command, .devices, .errors[0].id]' '[1,null,[],"usage"]'
	is_empty "$err"
}

json_may_come_last() {
	run lst --json
	status_is 2
	jq_is '.errors | length' 1
}

a_command_is_not_taken_by_its_beginning() {
	run --json lis
	status_is 2
	message_is "unknown command 'lis': did you mean 'list'?"
}

a_mistyped_command_is_guessed() {
	run --json lsit
	message_is "unknown command 'lsit': did you mean 'list'?"
	run --json vresion
	message_is "unknown command 'vresion': did you mean 'version'?"
}

a_far_off_command_is_not_guessed() {
	run --json frobnicate
	message_is "unknown command 'frobnicate'"
}

an_unknown_option_is_guessed() {
	run list --json --regoin
	status_is 2
	message_is "unknown option '--regoin': did you mean '--region'?"
	jq_is '.command' '"list"'
	run list --json --mode=famfs --sate=x
	message_is "unknown option '--sate': did you mean '--state'?"
	run list --json -x
	message_is "unknown option '-x'"
}

an_option_is_not_taken_by_its_beginning() {
	run list --json --noheading
	status_is 2
	message_is "unknown option '--noheading': did you mean '--noheadings'?"
	run list --json --stat enabled
	status_is 2
	message_is "unknown option '--stat': did you mean '--state'?"
	run list --json --stat=enabled
	status_is 2
	message_is "unknown option '--stat': did you mean '--state'?"
}

an_option_without_its_argument_is_told() {
	run list --json --region
	status_is 2
	message_is "option '--region' needs an argument: REGION"
	run list --json -r
	message_is "option '--region' needs an argument: REGION"
}

an_option_with_an_argument_too_many_is_told() {
	run list --json --idle=1
	status_is 2
	message_is "option '--idle' takes no argument"
}

a_bad_filter_lists_what_is_allowed() {
	on hmem list --json --mode bogus
	status_is 2
	message_is "--mode: 'bogus' is not a mode: give devdax, famfs, system-ram, other or none"
	on hmem list --json --kind x
	status_is 2
	message_is "--kind: 'x' is not a kind: give pmem, hmem, cxl or other"
	on hmem list --json --state x
	status_is 2
	message_is "--state: 'x' is not a state: give enabled, disabled or stranded"
}

columns_do_not_go_with_json() {
	on hmem list --json -o DEVICE
	status_is 2
}

a_bad_lock_timeout_is_told() {
	local value
	for value in x -1 1x '' . 1. .5 99999999999; do
		run --json --lock-timeout="$value" list
		status_is 2
		message_is "--lock-timeout: '$value' is not a number of seconds"
	done
	on hmem --lock-timeout 0.5 list --json
	status_is 0
}

a_sysroot_that_is_missing_is_told() {
	run --json --sysroot /nonexistent/tree list
	status_is 2
	jq_is '.errors[0] | [.id, .path, .errno]' '["bad-sysroot","/nonexistent/tree","ENOENT"]'
}

a_sysroot_that_is_no_tree_is_told() {
	mkdir "$work/no-tree"
	touch "$work/no-tree/file"
	run --json --sysroot "$work/no-tree" list
	status_is 2
	jq_is '.errors[0] | [.id, .errno]' '["bad-sysroot",null]'
}

a_recorded_sys_itself_is_a_tree() {
	run --json --sysroot "$SYSFS/hmem/sys" list
	status_is 0
	names_are dax0.0
}

options_may_follow_devices() {
	on mixed list dax0.0 --json -i
	status_is 0
	names_are dax0.0
}

two_dashes_end_the_options() {
	on mixed list --json -- --json
	status_is 2
	message_is "'--json' is not a device: give dax0.0, /dev/dax0.0, 0.0, a glob as 'dax0.*', all, uuid:UUID, resource:ADDRESS or cxl:REGION"
}

version_and_help_take_no_devices() {
	run version --json dax0.0
	status_is 2
	message_is "unexpected argument 'dax0.0'"
	run help --json list list
	status_is 2
}

a_missing_device_is_told_once_with_a_hint() {
	on mixed list dax9.9
	status_is 3
	is_empty "$out"
	[ "$(cat "$err")" = "daxfsctl: dax9.9: no such device
  'daxfsctl list --idle' shows the devices there are
daxfsctl: no devices to list" ] || fail "$(cat "$err")"
}

control_characters_do_not_reach_the_terminal() {
	run list $'\e]0;x\a'
	status_is 2
	has "$err" "'?]0;x?' is not a device"
}

run_tests
