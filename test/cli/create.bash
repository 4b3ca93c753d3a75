# SPDX-License-Identifier: GPL-2.0-only
# create-device and destroy-device on recorded trees: what would be done, and what is refused.
. "$(dirname "$0")/lib.bash"

steps_are() {
	jq_is '[.devices[0].plan[].step] | join(" ")' "\"$*\""
}

error_is() {
	jq_is '[.errors[0].id, .errors[0].device, .errors[0].override]' "$1"
}
lib_functions+=$'\nsteps_are\nerror_is'

an_enabled_device_is_destroyed_by_force_only() {
	on hmem destroy-device --json --dry-run dax0.0
	status_is 5
	error_is '["enabled","dax0.0","--force"]'
	on hmem destroy-device --json --dry-run -f dax0.0
	status_is 0
	steps_are unbind size remove-id remove-id remove-id
	jq_is '.devices[0].notes | length' 1
}

a_disabled_device_is_emptied() {
	on unbound destroy-device --json --dry-run dax0.0
	status_is 0
	steps_are size remove-id remove-id remove-id
	jq_is '.devices[0] | [.result, .plan[0].value]' '["would-change","0"]'
}

# the kernel keeps device 0 of a region only
another_device_is_deleted() {
	on hmem destroy-device --json --dry-run dax0.1
	status_is 0
	jq_is '.devices[0].plan[-1] | [.step, .value, .path[-17:]]' '["delete","dax0.1","dax_region/delete"]'
}

online_memory_is_the_reason_that_is_told() {
	on system-ram destroy-device --json --dry-run dax0.0
	status_is 5
	error_is '["memory-online","dax0.0","--force"]'
	on system-ram destroy-device --json --dry-run -f dax0.0
	steps_are offline-memory unbind size remove-id remove-id remove-id
}

a_held_device_is_in_use() {
	on fsdev destroy-device --json --dry-run dax0.0
	status_is 5
	error_is '["in-use","dax0.0","--force"]'
}

a_static_device_is_refused() {
	on pmem destroy-device --json --dry-run -f dax1.0
	status_is 6
	jq_is '.errors[0].id' '"static-device"'
}

destroying_wants_devices() {
	on hmem destroy-device --json
	status_is 2
	on hmem destroy-device --json --dry-run dax9.9
	status_is 3
	on hmem destroy-device --json -f dax0.0
	status_is 2
	error_is '["recorded-tree","dax0.0",null]'
}

# daxctl takes them too
daxctls_options_are_taken() {
	on hmem destroy-device -r 0 -u -v -f --dry-run dax0.0
	status_is 0
}

a_new_device_would_be_the_seed() {
	on hmem create-device -r 0 -s 256M --json --dry-run
	status_is 0
	jq_is '[.command, (.devices[0] | .chardev, .result, .plan[0].step, .plan[0].value)]' \
		'["create-device","dax0.1","would-change","size","268435456"]'
}

what_cannot_be_made_is_told() {
	on hmem create-device --json --dry-run
	status_is 2
	on hmem create-device --json --dry-run -r 0 dax0.1
	status_is 2
	on hmem create-device --json --dry-run -r 7
	status_is 3
	on hmem create-device --json --dry-run -r 0 -s 3000
	status_is 2
	jq_is '.errors[0].id' '"bad-size"'
	on pmem create-device --json --dry-run -r 1
	status_is 6
	jq_is '.errors[0].id' '"static-device"'
	on hmem create-device --json -r 0 -s 256M
	status_is 2
	jq_is '.errors[0].id' '"recorded-tree"'
}

run_tests
