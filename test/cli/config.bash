# SPDX-License-Identifier: GPL-2.0-only
# config and apply on recorded trees, each with a configuration of its own.
. "$(dirname "$0")/lib.bash"

# TREE: a copy that can have an etc/
copy() {
	rm -rf "$work/tree"
	cp -a "$SYSFS/$1" "$work/tree"
}

# DIRECTORY/FILE LINE...: a file of the configuration
configure() {
	local file=$work/tree/etc/$1.conf
	shift
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "$@" >"$file"
}

# As root, who sees addresses; the tree is what decides
here() {
	run --sysroot "$work/tree" "$@"
}

pool() {
	configure daxfsctl.conf.d/pool '[device pool]' "$@"
}
lib_functions+=$'\ncopy\nconfigure\nhere\npool'

without_a_configuration_there_is_nothing_to_do() {
	copy hmem
	here config test
	status_is 0
	has "$out" '0 sections, no errors'
	here config show --json
	jq_is .config '[]'
	here apply --all
	status_is 0
	is_empty "$out"
	here apply --all --diff
	status_is 0
	has "$out" 'nothing to do'
}

each_match_key_finds_its_device() {
	local key
	copy hmem
	for key in 'name = dax0.0' 'kind = hmem' 'resource = 0x140000000' 'size = 512M' \
		'target-node = 1' 'numa-node = 0'; do
		[ "$(id -u)" -eq 0 ] || [ "${key%% *}" != resource ] || continue
		pool "$key" 'mode = famfs'
		here config show --json
		status_is 0
		jq_is '[.config[0].matches[]]' '["dax0.0"]'
		pool "$key" 'cxl-region = region9' 'mode = famfs'
		here config show --json
		jq_is '[.config[0].matches[]]' '[]'
	done
}

backing_matches() {
	local uuid
	copy pmem
	uuid=$("$DAXFSCTL" --sysroot "$SYSFS/pmem" list --backing --json | jq -r '.devices[0].backing.uuid')
	pool "uuid = ${uuid^^}" 'mode = famfs'
	here config show --json
	jq_is '[.config[0].matches[]] | length' 1
	configure daxfsctl.conf.d/pool '# nothing'
	configure daxctl.conf.d/ram '[reconfigure-device ram]' "nvdimm.uuid = $uuid" 'mode = devdax'
	here config show --json
	jq_is '[.config[0] | .want.mode, (.matches | length)]' '["devdax",1]'
	copy cxl
	pool 'cxl-region = region0' 'mode = famfs'
	here config show --json
	jq_is '[.config[0].matches[]] | length' 1
}

all_of_a_section_is_told() {
	copy hmem
	pool 'name = dax0.0' 'kind = hmem' 'size = 512M' 'target-node = 1' \
		'mode = system-ram' 'align = 2M' 'movable = no' 'on-failure = ignore'
	here config show --json
	jq_is '.config[0] | [.line, .title, .match, .want]' \
		'[1,"device pool",{"name":"dax0.0","kind":"hmem","size":536870912,"target_node":1},{"mode":"system-ram","align":2097152,"movable":false,"on_failure":"ignore"}]'
	here config show
	has "$out" 'pool.conf:1: [device pool]: mode = system-ram, align = 2097152, movable = no, on-failure = ignore'
	has "$out" '  dax0.0'
}

an_error_has_file_and_line() {
	copy hmem
	pool 'name = dax0.0' 'mod = famfs'
	for command in 'config test' 'config show' 'apply --all' 'apply dax0.0' \
		'reconfigure-device -C dax0.0' 'apply --early'; do
		# shellcheck disable=SC2086
		here $command --json
		status_is 2
		jq_is '[.errors[0].id, (.errors[0].message | test("pool.conf:3: unknown key .mod"))]' \
			'["bad-config",true]'
	done
}

two_sections_for_one_device_are_an_error() {
	copy hmem
	pool 'name = dax0.0' 'mode = famfs'
	configure daxfsctl.conf.d/other '[device other]' 'kind = hmem' 'mode = system-ram'
	here config test --json
	status_is 2
	jq_is '.errors[0].id' '"bad-config"'
	here apply --all --dry-run --json
	status_is 2
	jq_is '.devices' '[]'
}

apply_plans_what_the_section_says() {
	copy hmem
	pool 'kind = hmem' 'mode = famfs' 'align = 4K'
	here apply --dry-run --all --json
	status_is 0
	jq_is '.devices[0] | [.chardev, .result, ([.plan[].step] | index("align") != null)]' \
		'["dax0.0","would-change",true]'
	here reconfigure-device -C --dry-run dax0.0 --json
	status_is 0
	jq_is '.devices[0].result' '"would-change"'
	here apply --diff dax0.0 --json
	status_is 9
	jq_is '.devices[0].result' '"would-change"'
	pool 'kind = hmem' 'mode = devdax'
	here apply --dry-run --all --json
	jq_is '.devices[0].result' '"unchanged"'
	here apply --diff --all --json
	status_is 0
	jq_is '.devices' '[]'
}

# what cannot be is a difference, too
a_refusal_is_a_difference() {
	copy pmem
	pool 'kind = pmem' 'mode = famfs' 'align = 1G'
	here apply --diff --all --json
	status_is 9
	jq_is '.errors[0].id' '"static-device"'
	here apply --dry-run --all --json
	status_is 6
	pool 'kind = pmem' 'mode = famfs' 'align = 1G' 'on-failure = ignore'
	here apply --dry-run --all --json
	status_is 0
	jq_is '.errors[0].id' '"static-device"'
}

a_device_without_a_section_stays_as_it_is() {
	copy hmem
	pool 'kind = pmem' 'mode = famfs'
	here apply dax0.0 --json -v
	status_is 0
	jq_is '.devices' '[]'
	has "$err" 'dax0.0: no section'
	here apply dax9.9 --json
	status_is 3
}

wrong_calls_are_told() {
	copy hmem
	for call in 'config' 'config list' 'config test show' 'apply' 'apply --all dax0.0' \
		'apply --early dax0.0' 'apply --early --diff' 'reconfigure-device -C -m famfs dax0.0'; do
		# shellcheck disable=SC2086
		here $call --json
		status_is 2
		jq_is '.errors[0].id' '"usage"'
	done
}

a_recorded_tree_is_not_written() {
	copy hmem
	pool 'name = dax5.0' 'mode = famfs'
	here apply --early --json
	status_is 2
	jq_is '.errors[0].id' '"recorded-tree"'
}

run_tests
