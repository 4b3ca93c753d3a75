# SPDX-License-Identifier: GPL-2.0-only
# disable-device and enable-device on recorded trees: what would be done, and what is refused.
. "$(dirname "$0")/lib.bash"

# steps_are STEP...
steps_are() {
	jq_is '[.devices[0].plan[].step] | join(" ")' "\"$*\""
}

result_is() {
	jq_is '[.devices[].result] | join(" ")' "\"$*\""
}

error_is() {
	jq_is '[.errors[0].id, .errors[0].device, .errors[0].override]' "$1"
}
lib_functions+=$'\nsteps_are\nresult_is\nerror_is'

a_disable_is_an_unbind_that_leaves_no_id() {
	on hmem disable-device --json --dry-run dax0.0
	status_is 0
	result_is would-change
	steps_are unbind remove-id remove-id remove-id
	jq_is '[.command, .devices[0].before.mode, .devices[0].after, .errors]' \
		'["disable-device","devdax",null,[]]'
}

a_disable_is_told_in_words() {
	on hmem disable-device --dry-run dax0.0
	has "$out" "dax0.0: would-change: devdax -> no driver"
}

a_disabled_device_is_unchanged() {
	on unbound disable-device --json --dry-run dax0.0
	status_is 0
	result_is unchanged
	jq_is '.devices[0].plan' '[]'
}

online_memory_is_not_unbound() {
	on system-ram disable-device --json --dry-run dax0.0
	status_is 5
	result_is refused
	error_is '["memory-online","dax0.0","--force"]'
}

force_offlines_memory_first() {
	on system-ram disable-device --json --dry-run -f dax0.0
	status_is 0
	steps_are offline-memory unbind remove-id remove-id remove-id
}

a_held_device_is_not_disabled() {
	on fsdev disable-device --json --dry-run dax0.0
	status_is 5
	error_is '["in-use","dax0.0","--force"]'
	on fsdev disable-device --json --dry-run -f dax0.0
	status_is 0
	steps_are unbind remove-id remove-id remove-id
}

a_disable_of_a_stranded_device_needs_a_reboot() {
	on stranded disable-device --json --dry-run dax0.0
	status_is 8
	error_is '["stranded","dax0.0",null]'
	on stranded enable-device --json --dry-run dax0.0
	status_is 8
	error_is '["stranded","dax0.0",null]'
}

a_driver_that_is_not_known_is_left_alone() {
	on unknown-driver disable-device --json --dry-run dax0.0
	status_is 6
	error_is '["unknown-driver","dax0.0",null]'
}

several_devices_have_a_result_each() {
	on fsdev disable-device --json --dry-run dax0.0 dax0.1 dax1.0
	status_is 5
	result_is refused would-change would-change
	on fsdev disable-device --json --dry-run -r 0
	names_are dax0.0 dax0.1 dax0.2
}

a_recorded_tree_cannot_be_changed() {
	on hmem disable-device --json dax0.0
	status_is 2
	error_is '["recorded-tree","dax0.0",null]'
	on unbound enable-device --json dax0.0
	status_is 2
}

without_a_known_mode_a_device_becomes_devdax() {
	on unbound enable-device --json --dry-run dax0.0
	status_is 0
	result_is would-change
	jq_is '[.command, .devices[0].plan[0].path[-19:]]' '["enable-device","s/device_dax/new_id"]'
}

a_mode_can_be_asked_for() {
	on unbound enable-device --json --dry-run --mode=famfs dax0.0
	status_is 0
	jq_is '.devices[0].plan[0].path[-17:]' '"/fsdev_dax/new_id"'
}

an_enabled_device_is_unchanged() {
	on hmem enable-device --json --dry-run dax0.0
	status_is 0
	result_is unchanged
	on hmem enable-device --json --dry-run -m devdax dax0.0
	status_is 0
	result_is unchanged
}

# Another command changes modes.
an_enabled_device_in_another_mode_is_refused() {
	on hmem enable-device --json --dry-run -m famfs dax0.0
	status_is 2
	result_is refused
	error_is '["already-enabled","dax0.0",null]'
	jq_is '.errors[0].hint | contains("reconfigure-device -m MODE")' true
}

# reconfigure-device -m system-ram would online what is offline of it
enabling_does_not_online_memory() {
	on system-ram reconfigure-device --json --dry-run -m system-ram dax0.0
	steps_are online-memory
	on system-ram enable-device --json --dry-run dax0.0
	result_is unchanged
}

both_want_devices() {
	local command
	for command in disable-device enable-device; do
		on hmem $command --json
		status_is 2
		jq_is '[.errors[0].id, .errors[0].message]' \
			"[\"usage\",\"no device given; name devices (dax0.0, 'dax1.*') or all\"]"
		on hmem $command --json --dry-run dax9.9
		status_is 3
		on hmem $command --json --dry-run 'dax9.*'
		status_is 3
	done
}

an_idle_device_of_size_0_is_left_out_unless_named() {
	on hmem enable-device --json --dry-run all
	names_are dax0.0
	on hmem enable-device --json --dry-run dax0.1
	status_is 2
	error_is '["empty-device","dax0.1",null]'
	on hmem disable-device --json --dry-run dax0.1
	status_is 0
	result_is unchanged
}

options_that_contradict_each_other_are_told() {
	on unbound enable-device --json --dry-run -N --no-movable dax0.0
	status_is 2
	on unbound enable-device --json --dry-run -N -m famfs dax0.0
	status_is 2
	on unbound enable-device --json --dry-run -N dax0.0
	status_is 0
	on unbound enable-device --json --dry-run -m bogus dax0.0
	status_is 2
	jq_is '.errors[0].message' \
		"\"--mode: 'bogus' is not a mode; modes are devdax, famfs, system-ram\""
}

# daxctl takes them too
daxctls_options_are_taken() {
	on hmem disable-device -r 0 -u -v --dry-run dax0.0
	status_is 0
	on hmem enable-device dax0.0 --region=all -u -v --dry-run
	status_is 0
}

who_has_a_disabled_device_open_is_in_the_way() {
	local tree=$work/tree
	rm -rf "$tree"
	cp -r "$SYSFS/unbound" "$tree"
	mkdir -p "$tree/proc/1/fd" "$tree/proc/12/fd"
	echo init >"$tree/proc/1/comm"
	echo cat >"$tree/proc/12/comm"
	ln -s /dev/dax0.0 "$tree/proc/12/fd/3"
	run --sysroot "$tree" enable-device --json --dry-run dax0.0
	status_is 5
	error_is '["in-use","dax0.0","--force"]'
	run --sysroot "$tree" enable-device --json --dry-run -f dax0.0
	status_is 0
}

run_tests
