# SPDX-License-Identifier: GPL-2.0-only
# inject-error and clear-error on recorded trees: what would be hit, and what is refused.
. "$(dirname "$0")/lib.bash"
. "$(dirname "$0")/plant.bash"

# TREE ARGUMENT...
would_inject() {
	local tree=$1
	shift
	on "$tree" inject-error --dry-run --json "$@"
}

# FILTER: of the pieces
pieces_are() {
	status_is 0
	jq_is '.devices[0].result' '"would-change"'
	jq_is '.devices[0].targets | map([.offset, .length, .mapping, .address, .pfn])' "$1"
}

# STATUS ID TREE ARGUMENT...
is_refused() {
	local expected=$1 id=$2
	shift 2
	would_inject "$@"
	status_is "$expected"
	jq_is '.errors[0].id' "\"$id\""
}
lib_functions+=$'\nwould_inject\npieces_are\nis_refused'$(printf '\n%s' put put_mapping put_second_device is_to_be plant)

an_offset_is_found_in_the_range_that_holds_it() {
	would_inject hmem dax0.0 --offset 0x5000
	pieces_are '[[20480,4096,0,5368729600,1310725]]'
	would_inject hmem dax0.0 --offset 0x10005000
	pieces_are '[[268455936,4096,1,5905600512,1441797]]'
}

addresses_and_page_frames_are_the_same_place() {
	local place
	for place in '--offset 0x10005000' '--address 0x160005000' '--address 0x160005fff' '--pfn 0x160005' \
		'--pfn 1441797' '--offset 262164K' '--address 5905600512'; do
		# shellcheck disable=SC2086 # words
		would_inject hmem dax0.0 $place
		pieces_are '[[268455936,4096,1,5905600512,1441797]]'
	done
}

a_length_goes_on_in_the_next_range() {
	would_inject hmem dax0.0 --offset 255M:2M
	pieces_are '[[267386880,1048576,0,5636096000,1376000],[268435456,1048576,1,5905580032,1441792]]'
}

what_is_no_page_is_taken_as_its_pages() {
	would_inject hmem dax0.0 --offset 0x5fff:2
	pieces_are '[[20480,8192,0,5368729600,1310725]]'
	jq_is '.devices[0].notes | length' 1
	is_refused 2 misaligned hmem dax0.0 --exact --offset 0x5fff:2
	would_inject hmem dax0.0 --exact --offset 0x5000:4K
	jq_is '.devices[0] | has("notes")' false
}

pmem_is_told_by_its_namespace_too() {
	would_inject pmem dax1.0 --offset 0
	jq_is '.devices[0].targets[0].namespace_offset' 2097152
	would_inject hmem dax0.0 --offset 0
	jq_is '.devices[0].targets[0] | has("namespace_offset")' false
}

cxl_is_told_by_its_memory_devices() {
	local by='.devices[0].targets | map([.offset, .length, .memdev, .dpa])'
	would_inject cxl dax0.0 --method cxl --offset 0
	jq_is "$by" '[[0,64,"mem1",268435456]]'
	# the second granule is on the other device, the third one behind the first
	would_inject cxl dax0.0 --method cxl --offset 0x1f0:0x30
	jq_is "$by" '[[448,64,"mem0",192],[512,64,"mem1",268435712]]'
	jq_is '.devices[0].notes | length' 1
	# pages are not cut: what is told is their first byte
	would_inject cxl dax0.0 --offset 0x1000
	jq_is "$by" '[[4096,4096,"mem1",268437504]]'
	would_inject hmem dax0.0 --offset 0
	jq_is '.devices[0].targets[0] | has("memdev")' false
	on cxl inject-error --dry-run dax0.0 --method cxl --offset 0x100
	has "$out" "dax0.0: offset 0x100, 64 bytes: mapping0, address 0x1090000100, pfn 0x1090000, mem0 0x0 (cxl)"
}

methods_fit_the_memory() {
	is_refused 6 wrong-method hmem dax0.0 --method cxl --offset 0
	is_refused 6 wrong-method pmem dax1.0 --method cxl --offset 0
	on hmem clear-error --dry-run --json dax0.0 --method cxl --offset 0
	status_is 6
	jq_is '.errors[0].id' '"wrong-method"'
	on cxl clear-error --dry-run --json dax0.0 --offset 0x140
	jq_is '.devices[0] | [.method, .targets[0].length, .targets[0].dpa]' '["cxl",64,64]'
}

# Where it is not known which device has which byte, none is told
an_unknown_interleaving_is_not_told() {
	plant size_differs
	rm -rf "$tree"
	cp -r "$SYSFS/cxl" "$tree"
	put "$(cd "$tree" && readlink -f sys/bus/cxl/devices/decoder2.0 | sed "s|$(realpath "$tree")/||")/dpa_size" 4096
	run --sysroot "$tree" inject-error --dry-run --json --method cxl dax0.0 --offset 0
	status_is 0
	jq_is '.devices[0].targets[0] | has("memdev")' false
}

places_outside_are_refused_with_the_reason() {
	is_refused 2 outside-device hmem dax0.0 --address 0x150000000
	jq_is '.errors[0].message | contains("gap between two ranges")' true
	is_refused 2 outside-device hmem dax0.0 --address 0x13fffffff
	jq_is '.errors[0].message | contains("outside of the device")' true
	is_refused 2 outside-device hmem dax0.0 --address 0x170000000
	is_refused 2 outside-device hmem dax0.0 --offset 512M
	is_refused 2 outside-device hmem dax0.0 --offset 511M:2M
	is_refused 2 outside-device hmem dax0.0 --offset 1:18446744073709551615
	is_refused 2 outside-device hmem dax0.0 --pfn 18446744073709551615
	is_refused 2 outside-device pmem dax1.0 --address 0x240001000
	jq_is '.errors[0].message | contains("page map of the namespace")' true
	is_refused 2 outside-device pmem dax1.0 --address 0x23fffffff
	jq_is '.errors[0].message | contains("page map")' false
}

# Nobody can say what lies where
a_device_that_is_not_sound_is_refused() {
	local name
	for name in range_overlap page_offset size_differs data_past_map; do
		plant "$name"
		run --sysroot "$tree" inject-error --dry-run --json "$device" --offset 0
		status_is 6
		jq_is '.errors[0].id' "\"$id\""
	done
}

an_empty_device_is_refused() {
	is_refused 2 empty-device hmem dax0.1 --offset 0
}

system_ram_is_refused_without_force() {
	is_refused 5 system-ram system-ram dax0.0 --offset 0
	jq_is '.errors[0].override' '"--force"'
	would_inject system-ram dax0.0 --force --offset 0
	status_is 0
	is_refused 5 system-ram stranded dax0.0 --offset 0
}

a_disabled_device_is_refused() {
	is_refused 6 no-pages unbound dax0.0 --offset 0
}

one_place_of_one_device() {
	local place
	for place in '' '--offset' '--offset 0 --offset 1' '--offset 0 --pfn 1' '--address 0 --pfn 1' \
		'--offset -1' '--offset 0:0' '--offset 0:-1' '--offset :1' '--offset 1: ' '--offset x' \
		'--offset 99999999999999999999' '--pfn 4K' '--address 1M' '--status --offset 0' \
		'--offset 0 --method bogus' '--offset 0 --method'; do
		# shellcheck disable=SC2086 # words
		is_refused 2 usage hmem dax0.0 $place
	done
	is_refused 2 usage hmem --offset 0
	is_refused 2 usage pmem all --offset 0
	is_refused 3 no-device hmem dax9.9 --offset 0
}

a_question_takes_a_terminal_or_a_yes() {
	on hmem inject-error --json dax0.0 --offset 0
	status_is 2
	jq_is '[.errors[0].id, .devices[0].result]' '["usage","refused"]'
	on hmem inject-error --json --yes dax0.0 --offset 0
	status_is 2
	jq_is '.errors[0].id' '"recorded-tree"'
}

what_would_be_hit_is_told_first() {
	on hmem inject-error dax0.0 --offset 0x10005000
	has "$out" "dax0.0: offset 0x10005000, 4096 bytes: mapping1, address 0x160005000, pfn 0x160005 (hwpoison)"
	on pmem inject-error --dry-run dax1.0 --offset 0
	has "$out" "block 4096 of the namespace"
}

poison_of_dax_pages_cannot_be_cleared() {
	on hmem clear-error --dry-run --json dax0.0 --offset 0
	status_is 6
	jq_is '.errors[0].id' '"cannot-clear"'
	on system-ram clear-error --dry-run --json dax0.0 --offset 0
	status_is 0
}

status_names_the_methods() {
	on hmem inject-error --status --json dax0.0
	status_is 0
	jq_is '.devices[0] | [.poison, (.methods | map(.method) | .[:2])]' '[[],["hwpoison","offline"]]'
}

# ---- list --poison

bad_blocks_are_told_by_offset() {
	plant size_differs # any copy
	cp -r "$SYSFS/pmem/." "$tree"
	put "$nd/../region1/resource" 0x240000000
	# the second sector of the data, and one of the page map's
	put "$nd/badblocks" $'4097 1\n8 8\n1046528 16'
	run --sysroot "$tree" list --poison --json dax1.0
	jq_is '.devices[0] | [.poison, .poison_unknown]' \
		'[[{"offset":512,"length":512,"source":"badblocks"},{"offset":533725184,"length":8192,"source":"badblocks"}],["record"]]'
	run --sysroot "$tree" list --poison --noheadings -o POISON dax1.0
	has "$out" "0x200+512:badblocks,0x1fd00000+8K:badblocks,?record"
	run --sysroot "$tree" reconfigure-device --dry-run --json --rebind --discard-poison dax1.0
	jq_is '.devices[0].notes | map(contains("stays there"))' '[false,true]'
}

failures_of_our_driver_are_told() {
	plant size_differs
	rm -rf "$tree"
	cp -r "$SYSFS/fsdev" "$tree"
	put "$(cd "$tree" && readlink -f sys/bus/dax/devices/dax0.0 | sed "s|$(realpath "$tree")/||")/fsdev/failures" \
		$'0x5000 0x1000\n0x9000 0x1000\n0x5000 0x1000'
	run --sysroot "$tree" list --poison --json dax0.0
	jq_is '.devices[0].poison | map([.offset, .source])' '[[20480,"fsdev"],[36864,"fsdev"]]'
	jq_is '.devices[0].poison_unknown' '["record"]'
	run --sysroot "$tree" check-device --json dax0.0
	status_is 0
	jq_is '.devices[0].findings | map(.id)' '["poison"]'
	run --sysroot "$tree" reconfigure-device --dry-run --json -f -m system-ram dax0.0
	jq_is '.errors | map(.id)' '["no-memory-hotplug"]'
}

what_is_not_known_is_said() {
	on hmem list --poison --json
	jq_is '.devices[0] | [.poison, .poison_unknown]' '[[],["record","fsdev"]]'
	on hmem list --json
	jq_is '.devices[0] | has("poison")' false
}

run_tests
