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

# FILTER: the document of the tree hmem, changed
document() {
	"$DAXFSCTL" --sysroot "$SYSFS/hmem" list -M --json | jq "$1" >"$work/document"
}
lib_functions+=$'\ndocument'

a_device_that_is_as_the_document_says_is_unchanged() {
	document .
	on hmem reconfigure-device --json --dry-run --input "$work/document"
	status_is 0
	jq_is '[.devices[] | [.chardev, .result]]' '[["dax0.0","unchanged"]]'
}

a_document_asks_for_ranges_by_address() {
	document '.devices[0].mappings |= reverse'
	on hmem reconfigure-device --json --dry-run --input "$work/document"
	status_is 0
	jq_is '.devices[0].result' '"unchanged"'
	document '.devices[0] | del(.size) | .mappings = [.mappings[0] |
		.start += 268435456 | .end += 268435456]'
	on hmem reconfigure-device --json --dry-run --input "$work/document"
	status_is 2
	error_is '["shrink","dax0.0","--shrink"]'
	on hmem reconfigure-device --json --dry-run --shrink --input "$work/document"
	status_is 0
	steps_are new-id unbind size mapping bind remove-id remove-id remove-id
	jq_is '[.devices[0].plan[2:4][].value]' '["0","0x150000000-0x15fffffff"]'
}

a_new_device_has_the_ranges_of_the_document() {
	document '.devices[0] | .mode = "famfs" | .size = 268435456 | .mappings = [
		{"start": 6442450944, "end": 6576668671}, {"start": 6710886400, "end": 6845104127}]'
	on hmem create-device --json --dry-run --input "$work/document"
	status_is 0
	jq_is '.devices[0] | [.chardev, .result, .mode]' '["dax0.1","would-change",null]'
	jq_is '[.devices[0].plan[] | select(.step == "mapping").value]' \
		'["0x180000000-0x187ffffff","0x190000000-0x197ffffff"]'
	jq_is '[.devices[0].plan[] | select(.step == "bind" or .step == "new-id").path | split("/")[-2]]' \
		'["fsdev_dax"]'
}

memory_that_is_taken_is_refused() {
	document .
	on hmem create-device --json --dry-run --input "$work/document"
	status_is 2
	error_is '["range-taken","dax0.1",null]'
}

what_the_document_cannot_say_is_told() {
	on hmem create-device --json --dry-run --input "$work/missing"
	status_is 2
	jq_is '.errors[0] | [.id, .path == "'"$work/missing"'", .errno]' '["bad-input",true,"ENOENT"]'
	echo '[{"chardev":"dax0.0","align":"x"}]' >"$work/document"
	on hmem reconfigure-device --json --dry-run --input "$work/document"
	status_is 2
	has "$out" 'devices[0].align'
	document .
	on hmem reconfigure-device --json --dry-run --input "$work/document" dax0.1
	status_is 2
	error_is '["bad-input","dax0.1",null]'
	on hmem reconfigure-device --json --dry-run --input "$work/document" -m famfs
	status_is 2
	on hmem create-device --json --dry-run --input "$work/document" -s 256M
	status_is 2
	jq_is '.errors[0].id' '"usage"'
}

idle_devices_of_a_document_are_left_out() {
	"$DAXFSCTL" --sysroot "$SYSFS/hmem" list -i -M --json >"$work/document"
	on hmem reconfigure-device --json --dry-run --input "$work/document"
	status_is 0
	names_are dax0.0
}

run_tests
