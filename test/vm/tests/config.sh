# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Devices become what the configuration says; with --early before they are there.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

# FILE LINE...
configure() {
	local file=/etc/$1.conf
	shift
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "$@" > "$file"
}

# NAME LINE...: the one section that there is
pool() {
	rm -rf /etc/daxfsctl.conf.d /etc/daxctl.conf.d
	configure daxfsctl.conf.d/pool '[device pool]' "$@"
}

each_device_becomes_what_its_section_says() {
	local uuid
	uuid=$(daxfsctl list --backing --json "$DAX_PMEM" | jq -r '.devices[0].backing.uuid')
	pool "name = $DAX_HMEM" 'kind = hmem' 'mode = famfs'
	configure daxctl.conf.d/ram '[reconfigure-device ram]' "nvdimm.uuid = $uuid" 'mode = system-ram'
	daxfsctl config test
	daxfsctl config show --json | jq -e '[.config[].matches[]] | length == 2'
	expect_exit 9 daxfsctl apply --all --diff
	daxfsctl apply --all
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax && $(driver_of "$DAX_PMEM") == kmem ]]
	[[ $(daxfsctl apply --all --diff) == 'nothing to do' ]]
	daxfsctl apply --all --json | jq -e 'all(.devices[]; .result == "unchanged")'
	daxfsctl reconfigure-device -f -m devdax "$DAX_HMEM" "$DAX_PMEM"
	daxfsctl reconfigure-device -C "$DAX_HMEM"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax && $(driver_of "$DAX_PMEM") == device_dax ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
}

a_device_in_use_is_not_forced() {
	pool "name = $DAX_HMEM" 'mode = famfs'
	exec 7< "/dev/$DAX_HMEM"
	expect_exit 5 daxfsctl apply --all
	[[ $(driver_of "$DAX_HMEM") == device_dax ]]
	exec 7<&-
}

# The hmem device appears again with dax_hmem, and so does the memory of its region as a whole.
devices_go() {
	unbind "$DAX_HMEM"
	modprobe -r kmem fsdev_dax dax_hmem device_dax 2> /dev/null || modprobe -r kmem fsdev_dax dax_hmem
	[[ ! -e $dax_bus/devices/$DAX_HMEM ]]
}

# What the device was bound to since MARK, one driver per line, as the kernel's uevents say
bound_since() {
	grep -a -A 8 '^bind@' "$1" | sed -n 's/^DRIVER=//p'
}

an_early_device_is_never_anything_else() {
	local watcher
	pool "name = $DAX_HMEM" 'kind = hmem' 'mode = famfs'
	[[ -e $dax_bus/drivers/device_dax ]] && skip 'device_dax cannot be unloaded here'
	daxfsctl apply --early > out
	grep "$DAX_HMEM: registered" out
	udevadm monitor --kernel --property > events &
	watcher=$!
	sleep 1
	modprobe -a device_dax kmem dax_hmem
	wait_until 10 test -e "$dax_bus/devices/$DAX_HMEM/driver"
	sleep 1
	kill "$watcher"
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	[[ $(grep -c '^DRIVER=\(kmem\|device_dax\)$' events) == 0 ]]
	grep '^DRIVER=fsdev_dax$' events
	daxfsctl apply "$DAX_HMEM" --json | jq -e '.devices[0].result == "unchanged"'
}

another_device_of_that_name_goes_back() {
	pool "name = $DAX_HMEM" 'size = 4K' 'mode = famfs'
	expect_exit 1 daxfsctl apply --json "$DAX_HMEM" > out
	jq -e '.errors[0].id == "early-mismatch" and .devices[0].result == "changed"' out
	[[ $(driver_of "$DAX_HMEM") == device_dax && ! -e /run/daxfsctl/early-$DAX_HMEM ]]
}

a_driver_that_was_first_is_told() {
	pool "name = $DAX_HMEM" 'mode = famfs'
	modprobe kmem
	expect_exit 1 daxfsctl apply --early --json > out
	jq -e '.errors[0].id == "driver-first"' out
	grep 'kmem was there before fsdev_dax' out
	[[ ! -e $dax_bus/drivers/fsdev_dax && ! -e /run/daxfsctl/early-$DAX_HMEM ]]
}

modprobe -a fsdev_dax kmem
check each_device_becomes_what_its_section_says
check a_device_in_use_is_not_forced
# Of hmem's two types that of production: the other appears empty, and nothing binds it then.
if [[ $VM_DEVICES == *hmem-kmem* ]]; then
	ndctl destroy-namespace -f all > /dev/null 2>&1
	modprobe -r dax_pmem > /dev/null 2>&1
	check devices_go
	check an_early_device_is_never_anything_else
	check another_device_of_that_name_goes_back
	check devices_go_again devices_go
	check a_driver_that_was_first_is_told
fi
check no_complaint_of_the_kernel dmesg_clean
finish
