# SPDX-License-Identifier: GPL-2.0-only
# The table of `list`.
. "$(dirname "$0")/lib.bash"

table_is() {
	sed 's/ *$//' "$out" >"$work/table"
	[ "$(cat "$work/table")" = "$1" ] || fail "got:
$(cat "$work/table")"
}
lib_functions+=$'\n'table_is

a_table_has_the_usual_columns() {
	on mixed list
	status_is 0
	table_is "\
DEVICE  SIZE MODE       STATE    KIND NODE ALIGN REGION
dax0.0    1G devdax     enabled  hmem    1    2M      0
dax0.2    1G famfs      enabled  hmem    1    2M      0
dax0.10   1G system-ram enabled  hmem    1    2M      0
dax2.0    1G -          disabled hmem    1    2M      2
dax2.1    1G devdax     enabled  hmem    1    2M      2
dax10.0   1G devdax     enabled  hmem    1    2M     10"
	is_empty "$err"
}

columns_are_chosen_in_any_case() {
	on mixed list -o mode,Device dax0.2
	table_is "\
MODE  DEVICE
famfs dax0.2"
}

columns_are_added_with_a_plus() {
	on hmem list -o +driver
	table_is "\
DEVICE SIZE MODE   STATE   KIND NODE ALIGN REGION DRIVER
dax0.0 512M devdax enabled hmem    1    2M      0 device_dax"
}

headings_can_be_left_out() {
	on hmem list -o DEVICE --noheadings
	table_is dax0.0
}

sizes_can_be_bytes() {
	on hmem list -b -o SIZE,ALIGN --noheadings
	table_is "536870912 2097152"
	on hmem list -u -o SIZE,ALIGN --noheadings
	# how wide a column without a heading is, is libsmartcols's business
	[ "$(tr -s ' ' <"$out")" = "512M 2M" ] || fail "$(cat "$out")"
}

a_size_is_never_rounded() {
	on pmem list -o SIZE --noheadings dax1.0
	table_is 510M
}

addresses_are_hexadecimal() {
	on hmem list -o RESOURCE --noheadings
	table_is 0x140000000
}

what_is_unknown_is_a_dash() {
	on bare list -o DEVICE,SIZE,ALIGN,NODE,STATE,RESOURCE --noheadings dax0.1
	sed -i 's/  */ /g' "$out"
	table_is "dax0.1 - - - - -"
}

a_stranded_device_stands_out() {
	on stranded list -o DEVICE,STATE
	table_is "\
DEVICE STATE
dax0.0 STRANDED"
}

mappings_are_below_their_device() {
	on hmem list -M -o DEVICE,SIZE,START,END,PAGE-OFFSET
	table_is "\
DEVICE     SIZE       START         END PAGE-OFFSET
dax0.0     512M
├─mapping0 256M 0x140000000 0x14fffffff         0x0
└─mapping1 256M 0x160000000 0x16fffffff     0x10000"
}

a_tree_has_regions_devices_and_mappings() {
	on mixed list --tree -r 2
	table_is "\
DEVICE       SIZE MODE   STATE    KIND NODE AVAIL        START          END
region2       16G                 hmem         1G
├─dax2.0       1G -      disabled hmem    1
│ └─mapping0   1G                                 0x10c0000000 0x10ffffffff
└─dax2.1       1G devdax enabled  hmem    1
  └─mapping0   1G                                 0x1100000000 0x113fffffff"
}

a_tree_is_no_json() {
	on mixed list --tree --json
	status_is 2
	jq_is '.errors[0].message | contains("--tree is a table")' true
}

a_column_of_mappings_brings_their_rows() {
	on hmem list -o DEVICE,START --noheadings
	[ "$(wc -l <"$out")" = 3 ] || fail "$(cat "$out")"
}

regions_have_columns_of_their_own() {
	on mixed list -R
	table_is "\
REGION SIZE AVAIL ALIGN KIND PATH
     0  16G    1G    2M hmem /platform/hmem_platform.0/hmem.0
     2  16G    1G    2M hmem /platform/hmem_platform.0/hmem.2
    10  16G    1G    2M hmem /platform/hmem_platform.0/hmem.10"
}

devices_are_below_their_region() {
	on mixed list -R -D -r 2 -o DEVICE,SIZE,MODE
	table_is "\
DEVICE   SIZE MODE
region2   16G
├─dax2.0   1G -
└─dax2.1   1G devdax"
}

memory_has_columns() {
	on system-ram list --memory -o DEVICE,BLOCKS,BLOCK-SIZE,ZONES,LOST
	table_is "\
DEVICE BLOCKS BLOCK-SIZE ZONES          LOST
dax0.0    6/7       128M Movable Normal 128M"
}

backing_has_a_column() {
	on cxl list -o DEVICE,BACKING --noheadings
	table_is "dax0.0 region0:mem1,mem0"
	on pmem list -o DEVICE,BACKING,UUID --noheadings dax1.0
	table_is "dax1.0 namespace1.0 6a1fdfb2-1f1c-4c9c-a2a5-5a0f5a6c9a01"
}

an_unknown_column_lists_those_there_are() {
	local columns
	for columns in foo DEVICE,foo +foo '' DEVICE, +; do
		on hmem list -o "$columns"
		status_is 2
		is_empty "$out"
		has "$err" "is not a column: give some of DEVICE, SIZE, MODE, STATE"
	done
}

too_many_columns_are_refused() {
	on hmem list -o "$(printf 'DEVICE,%.0s' $(seq 70))DEVICE"
	status_is 2
	has "$err" "more columns than a table can have"
}

an_empty_table_says_so_on_stderr() {
	on empty list
	status_is 0
	is_empty "$out"
	has "$err" "daxfsctl: no devices to list"
}

every_column_works_on_every_tree() {
	local tree columns
	on hmem list --help
	columns=$(sed -n '/^Columns:/,$p' "$out" | tail -n +2 | tr -d ' \n')
	for tree in "$SYSFS"/*; do
		run --sysroot "$tree" list -i -R -D -o "$columns"
		status_is 0
	done
}

run_tests
