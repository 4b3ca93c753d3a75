# SPDX-License-Identifier: GPL-2.0-only
# Device arguments and filters.
. "$(dirname "$0")/lib.bash"

a_device_has_three_names() {
	local name
	for name in dax0.2 /dev/dax0.2 0.2; do
		on mixed list --json "$name"
		status_is 0
		names_are dax0.2
	done
}

d_and_dev_name_a_device_too() {
	on mixed list --json -d dax0.2 --dev=dax2.0 10.0
	names_are dax0.2 dax2.0 dax10.0
}

devices_come_in_order_of_number_whatever_the_arguments() {
	on mixed list --json dax10.0 dax0.10 dax0.2
	names_are dax0.2 dax0.10 dax10.0
}

a_device_named_twice_is_listed_once() {
	on mixed list --json dax0.2 0.2 'dax0.2*' all /dev/dax0.2
	names_are dax0.0 dax0.2 dax0.10 dax2.0 dax2.1 dax10.0
}

all_is_every_device_but_seeds() {
	on mixed list --json all
	names_are dax0.0 dax0.2 dax0.10 dax2.0 dax2.1 dax10.0
}

all_with_idle_has_seeds() {
	on mixed list --json -i all
	names_are dax0.0 dax0.2 dax0.10 dax0.11 dax2.0 dax2.1 dax2.11 dax10.0 dax10.11
}

a_glob_matches_names() {
	on mixed list --json 'dax2.*'
	names_are dax2.0 dax2.1
	on mixed list --json '0.?'
	names_are dax0.0 dax0.2
	on mixed list --json '/dev/dax[02].0'
	names_are dax0.0 dax2.0
}

a_glob_leaves_seeds_out() {
	on mixed list --json 'dax*.11'
	status_is 0
	names_are
}

a_seed_that_is_named_is_listed() {
	on mixed list --json dax2.11
	status_is 0
	names_are dax2.11
}

a_seed_that_is_named_and_matched_is_listed() {
	on mixed list --json dax2.11 'dax*.11'
	names_are dax2.11
	on mixed list --json 'dax*.11' dax2.11 all --mode none
	names_are dax2.0 dax2.11
}

seeds_left_out_are_told_with_v() {
	on mixed list --json -v -r 2
	has "$err" "dax2.11: idle, of size 0: left out"
	on mixed list --json -r 2
	is_empty "$err"
}

a_glob_that_matches_nothing_lists_nothing() {
	on mixed list --json 'dax7.*'
	status_is 0
	jq_is '[.devices, .errors]' '[[],[]]'
}

a_named_device_that_is_missing_is_exit_3() {
	on mixed list --json dax9.9
	status_is 3
	jq_is '.errors' \
		'[{"id":"no-device","device":"dax9.9","step":null,"path":null,"errno":null,"message":"dax9.9: no such device","hint":"'"'daxfsctl list --idle'"' shows the devices there are","override":null}]'
}

a_missing_device_does_not_hide_the_others() {
	on mixed list --json dax9.9 dax0.0 dax8.8
	status_is 3
	names_are dax0.0
	jq_is '[.errors[].device]' '["dax8.8","dax9.9"]'
}

a_uuid_finds_the_nd_device() {
	on pmem list --json uuid:6a1fdfb2-1f1c-4c9c-a2a5-5a0f5a6c9a03
	names_are dax2.0
}

a_uuid_finds_the_namespace_in_capitals_too() {
	on pmem list --json uuid:0D3C5C2E-87AB-4F0E-9A3F-33F0F7A1B002
	names_are dax1.0
}

a_uuid_of_nothing_is_exit_3() {
	on pmem list --json uuid:00000000-0000-0000-0000-000000000000
	status_is 3
	jq_is '[.errors[].id]' '["no-device"]'
}

a_resource_finds_its_device() {
	on mixed list --json resource:0x10c0000000
	names_are dax2.0
}

a_resource_never_finds_a_seed() {
	on mixed list --json -i resource:0x1000000000
	names_are dax0.0
}

a_resource_of_nothing_is_exit_3() {
	on mixed list --json resource:0x1
	status_is 3
}

a_resource_that_is_hidden_is_exit_4() {
	on unbound-user list --json resource:0x140000000
	status_is 4
	jq_is '.errors[0] | [.id, .hint]' '["not-permitted","only root may see addresses: run it as root"]'
}

a_cxl_region_finds_its_device() {
	on cxl list --json cxl:region0
	names_are dax0.0
	on cxl list --json cxl:region1
	status_is 3
}

a_region_is_a_filter_in_three_forms() {
	local form
	for form in '-r2' '-rregion2' '--region=2'; do
		on mixed list --json "$form"
		names_are dax2.0 dax2.1
	done
	on mixed list --json -r all
	jq_is '.devices | length' 6
}

a_region_that_is_not_there_lists_nothing() {
	on mixed list --json -r 77
	status_is 0
	names_are
}

a_region_filters_named_devices() {
	on mixed list --json -r 2 dax0.0 dax2.0
	status_is 0
	names_are dax2.0
}

a_mode_is_a_filter() {
	on mixed list --json --mode famfs
	names_are dax0.2
	on mixed list --json --mode kmem
	names_are dax0.10
	on mixed list --json --mode none
	names_are dax2.0
	on unknown-driver list --json --mode other
	names_are dax0.0
}

a_kind_is_a_filter() {
	on fsdev list --json --kind pmem
	names_are dax1.0
}

a_state_is_a_filter() {
	on mixed list --json --state disabled
	names_are dax2.0
	on stranded list --json --state stranded
	names_are dax0.0
	on stranded list --json --state disabled
	names_are
}

a_name_in_another_form_is_a_usage_error() {
	local name
	for name in dax00.0 dax0.00 dax0 dax0.0.0 dax0.0/../x ../dax0.0 /dev/../dax0.0 '' ' dax0.0' \
		'dax0.0 ' dax-1.0 +0.0 dax0.0x dax4294967296.0 0 0. .0 DAX0.0 /sys/bus/dax 'dax*/../*' 'pmem*' 'dax0.* ' \
		uuid: uuid:1234 resource: resource:12x resource:-1 cxl: cxl:region cxl:region00 \
		cxl:../x dax0.$(printf '1%.0s' $(seq 300)); do
		on mixed list --json -- "$name"
		status_is 2
		jq_is '[.devices, .errors[0].id]' '[[],"usage"]'
		jq -r '.errors[0].message' "$out" >"$work/message"
		has "$work/message" "'$name' is not a device"
	done
}

a_bad_name_lists_nothing_at_all() {
	on mixed list --json dax0.0 dax00.0
	status_is 2
	names_are
}

a_bad_region_is_a_usage_error() {
	local region
	for region in x 00 region -1 1x '' 4294967296; do
		on mixed list --json --region="$region"
		status_is 2
		jq_is '.errors[0].message' "\"'$region' is not a region: give 0, region0 or all\""
	done
}

run_tests
