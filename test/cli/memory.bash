# SPDX-License-Identifier: GPL-2.0-only
# online-memory and offline-memory on recorded trees: what would be done, and what is refused.
. "$(dirname "$0")/lib.bash"

steps_are() {
	jq_is '[.devices[0].plan[].step] | join(" ")' "\"$*\""
}
lib_functions+=$'\nsteps_are'

blocks_that_are_offline_are_onlined() {
	on system-ram online-memory --json --dry-run dax0.0
	status_is 0
	steps_are online-memory
	jq_is '[.command, .devices[0].result, .devices[0].plan[0].value]' \
		'["online-memory","would-change","online_movable"]'
	on system-ram online-memory --no-movable --json --dry-run dax0.0
	jq_is '.devices[0].plan[0].value' '"online_kernel"'
}

blocks_that_are_online_are_set_offline() {
	on system-ram offline-memory --json --dry-run dax0.0
	status_is 0
	steps_are offline-memory
	jq_is '[.command, .devices[0].result]' '["offline-memory","would-change"]'
}

memory_is_shown_with_the_device_of_before() {
	on system-ram offline-memory --json --dry-run dax0.0
	jq_is '.devices[0].before.memory | .online_blocks > 0 and .total_blocks > .online_blocks' true
}

a_device_in_another_mode_is_refused() {
	local command
	for command in online-memory offline-memory; do
		on hmem $command --json --dry-run dax0.0
		status_is 2
		jq_is '[.devices[0].result, .errors[0].id, .errors[0].message]' \
			'["refused","not-system-ram","dax0.0: has no memory blocks: it is in mode devdax, not in mode system-ram"]'
		on unbound $command --json --dry-run dax0.0
		status_is 2
		on stranded $command --json --dry-run dax0.0
		status_is 8
	done
}

a_recorded_tree_cannot_be_changed() {
	local command
	for command in online-memory offline-memory; do
		on system-ram $command --json dax0.0
		status_is 2
		jq_is '.errors[0].id' '"recorded-tree"'
	done
}

both_want_devices() {
	local command
	for command in online-memory offline-memory; do
		on system-ram $command --json
		status_is 2
		on system-ram $command --json --dry-run dax9.9
		status_is 3
		on system-ram $command --json --wait x dax0.0
		status_is 2
	done
}

# daxctl takes them too
daxctls_options_are_taken() {
	on system-ram online-memory -r 0 -u -v --no-movable --dry-run dax0.0
	status_is 0
	on system-ram offline-memory dax0.0 --region=all -u -v --dry-run
	status_is 0
}

run_tests
