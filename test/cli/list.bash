# SPDX-License-Identifier: GPL-2.0-only
# What `list --json` tells of devices of every kind.
. "$(dirname "$0")/lib.bash"

keys_come_in_the_documented_order() {
	on hmem list --json -v -M
	jq_is '.devices[0] | keys_unsorted | join(" ")' \
		'"chardev size target_node align mode driver state kind region path static seed numa_node resource dev memmap_on_memory configured_mode journal mappings"'
	jq_is 'keys_unsorted | join(" ")' '"schema command devices errors"'
}

an_hmem_device_is_dynamic_and_told_whole() {
	on hmem list --json
	status_is 0
	jq_is '.devices[0]' \
		'{"chardev":"dax0.0","size":536870912,"target_node":1,"align":2097152,"mode":"devdax","driver":"device_dax","state":"enabled","kind":"hmem","region":0,"path":"/platform/hmem_platform.0/hmem.0/dax0.0","static":false,"seed":false}'
}

details_come_with_v_only() {
	on hmem list --json
	jq_is '.devices[0] | has("resource")' false
	on hmem list --json -v
	jq_is '.devices[0] | [.numa_node, .resource, .dev, .memmap_on_memory, .configured_mode, .journal]' \
		'[0,5368709120,"250:0",false,null,null]'
}

both_ranges_are_mappings() {
	on hmem list --json -M
	jq_is '.devices[0].mappings' \
		'[{"page_offset":0,"start":5368709120,"end":5637144575,"size":268435456},{"page_offset":65536,"start":5905580032,"end":6174015487,"size":268435456}]'
}

mappings_are_absent_unless_asked() {
	on hmem list --json
	jq_is '.devices[0] | has("mappings")' false
}

a_seed_is_listed_when_idle_devices_are_asked_for() {
	on hmem list --json
	names_are dax0.0
	on hmem list --json -i
	names_are dax0.0 dax0.1
	jq_is '.devices[1] | [.size, .mode, .driver, .state, .seed, .static]' \
		'[0,null,null,"disabled",true,false]'
}

a_seed_has_no_address_and_no_ranges() {
	on hmem list --json -i -v -M
	jq_is '.devices[1] | [.resource, .mappings]' '[null,[]]'
}

a_pmem_device_is_static() {
	on pmem list --json dax1.0
	jq_is '.devices[0] | [.kind, .static, .size, .path]' \
		'["pmem",true,534773760,"/LNXSYSTM:00/LNXSYBUS:00/ACPI0012:00/ndbus0/region1/dax1.2/dax1.0"]'
}

a_pmem_device_is_backed_by_its_parents_namespace() {
	on pmem list --json --backing dax1.0
	jq_is '.devices[0].backing' \
		'{"namespace":"namespace1.0","uuid":"6a1fdfb2-1f1c-4c9c-a2a5-5a0f5a6c9a01"}'
}

a_page_map_begins_with_the_namespace() {
	on pmem list --json --backing dax1.0
	jq_is '.devices[0].pgmap' '{"start":9663676416,"end":10200547327,"data_offset":2097152}'
}

a_page_map_that_may_be_padded_is_unknown() {
	on pmem list --json --backing dax2.0
	jq_is '.devices[0] | [has("pgmap"), .pgmap]' '[true,null]'
}

a_page_map_without_room_for_a_padding_is_known() {
	on pmem list --json --backing dax3.0
	jq_is '.devices[0].pgmap' '{"start":11293163520,"end":11561598975,"data_offset":10485760}'
}

a_dynamic_device_has_no_page_map_of_its_own() {
	on hmem list --json --backing
	jq_is '.devices[0] | [has("pgmap"), has("backing")]' '[false,false]'
}

a_cxl_device_is_backed_by_memory_devices_in_order_of_interleaving() {
	on cxl list --json --backing
	jq_is '.devices[0] | [.kind, .static]' '["cxl",false]'
	jq_is '.devices[0].backing' '{"cxl_region":"region0","memdevs":["mem1","mem0"]}'
}

memory_is_counted_in_the_blocks_of_the_device_only() {
	on system-ram list --json --memory
	jq_is '.devices[0].memory' \
		'{"block_size":134217728,"total_blocks":7,"online_blocks":6,"zones":["Movable","Normal"],"lost_bytes":134217728}'
}

memory_is_of_system_ram_only() {
	on hmem list --json --memory
	jq_is '.devices[0] | has("memory")' false
}

memory_that_cannot_be_counted_is_null() {
	on mixed list --json --memory dax0.10
	jq_is '.devices[0].memory' null
}

an_unbound_device_is_disabled_and_has_no_mode() {
	on unbound list --json
	jq_is '.devices[0] | [.mode, .driver, .state]' '[null,null,"disabled"]'
}

kmem_memory_in_another_place_strands_nothing() {
	on unbound-elsewhere list --json
	jq_is '.devices[0].state' '"disabled"'
}

a_device_whose_memory_stayed_is_stranded() {
	on stranded list --json
	jq_is '.devices[0] | [.mode, .state]' '[null,"stranded"]'
}

memory_blocks_alone_tell_a_stranded_device() {
	on stranded-blocks list --json
	jq_is '.devices[0].state' '"stranded"'
}

iomem_alone_tells_a_stranded_device() {
	on stranded-iomem list --json
	jq_is '.devices[0].state' '"stranded"'
}

without_its_ranges_an_unbound_device_has_no_known_state() {
	on unbound-user list --json
	jq_is '.devices[0] | [.size, .state]' '[1073741824,null]'
}

iomem_without_addresses_tells_no_state() {
	on unbound-zeroed list --json
	jq_is '.devices[0].state' null
}

an_unknown_driver_is_mode_other() {
	on unknown-driver list --json
	jq_is '.devices[0] | [.mode, .driver, .state]' '["other","mystery_dax","enabled"]'
}

missing_attributes_are_null_and_the_device_is_listed() {
	on bare list --json -v -M dax0.0 dax0.1
	status_is 0
	jq_is '.devices[0] | [.size, .align, .target_node, .numa_node, .resource, .dev, .memmap_on_memory, .mappings]' \
		'[1073741824,null,null,null,null,null,null,null]'
	jq_is '.devices[1].size' null
}

attributes_that_are_no_numbers_are_null() {
	on bare list --json -v dax0.2
	status_is 0
	jq_is '.devices[0] | [.size, .align, .target_node, .numa_node, .resource, .dev, .memmap_on_memory]' \
		'[null,null,null,null,null,null,null]'
}

a_held_device_says_so() {
	on fsdev list --json -r 0
	jq_is '[.devices[] | [.mode, .held, .data_offset]]' \
		'[["famfs",true,0],["famfs",false,0],["famfs",null,null]]'
}

the_data_offset_of_a_static_device_is_told_with_its_backing() {
	on fsdev list --json dax1.0
	jq_is '.devices[0].data_offset' null
	on fsdev list --json dax1.0 --backing
	jq_is '.devices[0].data_offset' 10485760
}

held_is_absent_in_another_mode() {
	on hmem list --json
	jq_is '.devices[0] | has("held")' false
}

regions_are_beside_devices() {
	on hmem list --json -R -D
	jq_is 'keys_unsorted | join(" ")' '"schema command devices regions errors"'
	jq_is '.regions' \
		'[{"id":0,"path":"/platform/hmem_platform.0/hmem.0","kind":"hmem","size":2147483648,"available_size":1610612736,"align":2097152}]'
	names_are dax0.0
}

regions_alone_leave_devices_empty() {
	on hmem list --json -R
	jq_is '[.devices, (.regions | length)]' '[[],1]'
}

a_static_region_has_no_available_size() {
	on pmem list --json -R -r 1
	jq_is '.regions[0] | [.kind, .available_size]' '["pmem",null]'
}

regions_of_filtered_devices_only() {
	on mixed list --json -R --mode famfs
	jq_is '[.regions[].id]' '[0]'
}

an_empty_bus_is_an_empty_document() {
	on empty list --json -R
	status_is 0
	jq_is . '{"schema":1,"command":"list","devices":[],"regions":[],"errors":[]}'
}

a_kernel_without_the_bus_has_no_devices() {
	on no-bus list --json
	status_is 0
	jq_is . '{"schema":1,"command":"list","devices":[],"errors":[]}'
}

strange_names_are_left_out_with_a_warning() {
	on strange list --json
	status_is 0
	names_are dax0.0 dax0.3 dax1.0
	has "$err" "dax00.0: not the name of a device"
	has "$err" "dax4294967296.0: not the name of a device"
}

a_directory_in_place_of_the_link_is_a_device() {
	on strange list --json -M dax1.0
	jq_is '.devices[0] | [.size, .mode, .path, .kind, .mappings[0].end]' \
		'[2147483648,"devdax",null,"other",10737418239]'
}

a_link_to_nowhere_is_no_device() {
	on strange list --json dax2.0
	status_is 3
	jq_is '[.devices, .errors[0].id, .errors[0].device]' '[[],"no-device","dax2.0"]'
}

a_range_that_ends_before_it_starts_is_unknown() {
	on strange list --json -M dax0.3
	jq_is '.devices[0].mappings' null
}

odd_bytes_become_valid_text() {
	cp -a "$SYSFS/unbound" "$work/odd"
	ln -s $'../../../../../bus/dax/drivers/\xff"\x01\xc3\xa9' \
		"$work/odd/sys/devices/platform/hmem_platform.0/hmem.0/dax0.0/driver"
	run --sysroot "$work/odd" list --json
	status_is 0
	jq_is '.devices[0].driver' "\"$(printf '\xef\xbf\xbd')\\\"\\u0001$(printf '\xc3\xa9')\""
	run --sysroot "$work/odd" list -o DRIVER
	status_is 0
}

a_fifo_in_place_of_a_file_does_not_hang_the_program() {
	cp -a "$SYSFS/stranded-iomem" "$work/fifo"
	local dir=$work/fifo/sys/devices/platform/hmem_platform.0/hmem.0/dax0.0
	rm "$dir/align" "$work/fifo/proc/iomem"
	mkfifo "$dir/align" "$work/fifo/proc/iomem"
	status=0
	timeout 20 "$DAXFSCTL" --sysroot "$work/fifo" list --json >"$out" 2>"$err" || status=$?
	status_is 0
	jq_is '.devices[0] | [.align, .state]' '[null,null]'
}

an_attribute_longer_than_a_page_is_unknown() {
	cp -a "$SYSFS/unbound" "$work/long"
	local dir=$work/long/sys/devices/platform/hmem_platform.0/hmem.0/dax0.0
	printf '1%.0s' $(seq 10000) >"$dir/size"
	head -c 100000 /dev/zero >"$dir/align"
	head -c 100000 /dev/zero | tr '\0' x >"$dir/dev"
	run --sysroot "$work/long" list --json -v
	status_is 0
	jq_is '.devices[0] | [.size, .align, .dev]' '[null,null,null]'
}

what_only_root_may_read_is_null_for_others() {
	as_user test -x "$DAXFSCTL" || skip "the program is out of reach of other users"
	cp -a "$SYSFS/hmem" "$work/user"
	find "$work/user" \( -name resource -o -path '*mapping[0-9]/*' -o -path '*dax_region/align' \) \
		-type f -exec chmod 000 {} +
	chmod -R go+rX "$work/user"
	find "$work/user" \( -name resource -o -path '*mapping[0-9]/*' -o -path '*dax_region/align' \) \
		-type f -exec chmod 000 {} +
	status=0
	as_user "$DAXFSCTL" --sysroot "$work/user" list --json -v -M -R -D >"$out" 2>"$err" || status=$?
	keep_document --json
	status_is 0
	jq_is '.devices[0] | [.size, .mode, .state, .resource, .mappings]' \
		'[536870912,"devdax","enabled",null,null]'
	jq_is '.regions[0] | [.size, .align]' '[2147483648,null]'
}

run_tests
