# SPDX-License-Identifier: GPL-2.0-only
# check-device: sound devices have no findings, and each defect is found.
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/plant.bash"

# Checks the planted device for the mode that goes with the defect
check() {
	run --sysroot "$tree" check-device --json ${mode:+-m "$mode"} "$device"
}

# One tree for each: that, and nothing else, is found, with what follows and what was compared.
is_found() {
	plant "$1"
	check
	[ "$(jq -c '.devices[0].findings | map([.id, .severity])' "$out")" = "[[\"$id\",\"$severity\"]]" ] ||
		fail "$1: $(cat "$out")"
	case $severity in
	error) status_is 9 ;;
	warning) status_is 0 ;;
	esac
	jq_is '.devices[0].findings[0] | .device == "'"$device"'" and (.effect | length) > 0 and (.remedy | length) > 0' true
}

# TREE MODE: every device of it
is_sound() {
	on "$1" check-device --json ${2:+-m "$2"} all
	status_is 0
	jq_is '[.devices[].findings[]]' '[]'
}
lib_functions+=$'\ncheck\nis_found\nis_sound'$(printf '\n%s' put put_mapping put_second_device is_to_be plant)

sound_devices_have_no_findings() {
	local tree
	for tree in hmem pmem cxl fsdev system-ram unbound empty no-bus; do
		case $tree in
		empty | no-bus) continue ;;
		esac
		is_sound "$tree" ''
	done
	is_sound hmem devdax
	is_sound hmem famfs
	is_sound hmem system-ram
	is_sound pmem devdax
	is_sound pmem famfs
	is_sound cxl devdax
	is_sound cxl famfs
	is_sound fsdev famfs
	is_sound unbound devdax
}

for name in "${defects[@]}"; do
	eval "${name}_is_found() { is_found $name; }"
done

at_least_25_trees_have_a_defect() {
	[ "${#defects[@]}" -ge 25 ] || fail "${#defects[@]}"
}

# What a switch is refused for is an error here, by the same word; and a warning is no refusal.
# (What only the other devices of a region show is not looked for by a switch.)
a_switch_is_refused_for_each_error() {
	local name wanted
	for name in "${defects[@]}"; do
		plant "$name"
		[ "$id" = range-shared ] && continue
		# without a mode in the check, to one that the device does not have
		wanted=$mode
		[ -n "$wanted" ] || { [ "$base" = cxl ] && wanted=devdax || wanted=famfs; }
		run --sysroot "$tree" reconfigure-device --dry-run --json -m "$wanted" "$device"
		case $severity:$id in
		warning:empty-device) jq_is '.errors[0].id' '"empty-device"' ;;
		warning:*) jq_is '.errors' '[]' ;;
		error:*) jq_is '.errors[0].id' "\"$id\"" ;;
		esac
	done
}

values_are_what_was_compared() {
	plant size_differs
	check
	jq_is '.devices[0].findings[0].values' '{"size":268435456,"sum_of_ranges":536870912}'
	plant data_past_map
	check
	jq_is '.devices[0].findings[0].values' '{"data_end":10200547327,"namespace_end":9932111871}'
	plant online_policy
	check
	jq_is '.devices[0].findings[0].values' '{"policy":"online"}'
}

the_option_that_permits_is_named() {
	plant memory_online
	check
	jq_is '.devices[0].findings[0].override' '"--force"'
}

text_says_the_same() {
	plant size_differs
	run --sysroot "$tree" check-device dax0.0
	status_is 9
	has "$out" "dax0.0: 1 error"
	has "$out" "  error size-differs: its size is 268435456 bytes, its ranges have 536870912"
	has "$out" "    follows: "
	has "$out" "    remedy: "
	on hmem check-device -m famfs dax0.0
	status_is 0
	has "$out" "dax0.0: famfs: no findings"
}

an_alignment_that_is_wrong_can_be_mended() {
	plant range_misaligned
	run --sysroot "$tree" reconfigure-device --dry-run --json -a 4K dax0.0
	status_is 0
}

a_defect_does_not_keep_a_device_from_being_unbound() {
	plant range_overlap
	run --sysroot "$tree" disable-device --dry-run --json dax0.0
	status_is 0
}

what_cannot_be_read_is_told_and_the_rest_is_checked() {
	plant online_policy
	rm -r "$tree/proc"
	check
	status_is 9
	jq_is '.devices[0].unchecked | map(.what) | contains(["owner", "memory", "users", "module"])' true
	rm "$tree"/$hmem/dax0.0/mapping1/start
	check
	jq_is '.devices[0].unchecked | map(.what) | contains(["ranges"])' true
}

a_message_does_not_repeat_the_device() {
	plant online_policy
	check
	jq_is '.devices[0].findings[0].message | startswith("dax0.0")' false
}

several_devices_are_checked() {
	on pmem check-device --json all
	names_are dax1.0 dax2.0 dax3.0
	plant data_past_map
	run --sysroot "$tree" check-device --json all
	status_is 9
	jq_is '[.devices[] | .findings | length]' '[1,0,0]'
}

what_is_asked_about_has_to_be_there() {
	on hmem check-device --json
	status_is 2
	on hmem check-device --json dax9.9
	status_is 3
	on hmem check-device --json 'dax9.*'
	status_is 3
	on hmem check-device --json -m bogus dax0.0
	status_is 2
	on hmem check-device --json -m famfs -N dax0.0
	status_is 2
}

# Every id that a check has is in a tree above; those that no tree can have are tested elsewhere.
every_id_has_a_tree() {
	local source=$SYSFS/../../lib planted='' name missing
	for name in "${defects[@]}"; do
		plant "$name"
		planted+="$id"$'\n'
	done
	# a journal is not recorded, and neither are modules: test/unit/test-check.c
	planted+=$'journal\nmodule-unsigned\n'
	missing=$(sed -nE 's/.*\.id = "([a-z-]+)".*/\1/p' "$source"/check-*.c | sort -u |
		grep -vxF "$planted" || true)
	[ -z "$missing" ] || fail "no tree has: $missing"
}

run_tests
