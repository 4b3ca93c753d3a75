# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# Devices destroyed and made: whole, or not at all.

set -u
: "${KILLAT:?}"
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

# A second device of 256 MiB in the region of the first one, by the kernel's files alone.
# shellcheck disable=SC2016
functions+='
region_of() { echo "$(readlink -f "/sys/bus/dax/devices/$1/..")/dax_region"; }
size_of() { cat "/sys/bus/dax/devices/$1/size"; }
available() { cat "$(region_of $DAX_HMEM)/available_size"; }
ranges() { "$DAXFSCTL" list -M --json "$1" | jq -c ".devices[0].mappings"; }
sibling() {
	local region
	region=$(region_of $DAX_HMEM)
	echo 1 > "$region/create"
	echo $((256 << 20)) > /sys/bus/dax/devices/dax0.1/size
}
# a file pending-* without its lock says nothing
nothing_is_left() {
	! compgen -G "/run/daxfsctl/journal-*" && ! compgen -G "/run/daxfsctl/mode-*" &&
		[[ ! $(cat /sys/.ctl) =~ (device_dax|fsdev_dax|kmem)=dax ]]
}
'

check a_device_is_deleted_and_its_memory_free 0 '
	sibling
	free=$(available)
	"$DAXFSCTL" destroy-device --json dax0.1 > /run/out
	[[ $(jq -c "[.command, (.devices[0] | .result, .chardev, .before.size, .after)]" /run/out) == \
		"[\"destroy-device\",\"changed\",\"dax0.1\",$((256 << 20)),null]" ]]
	[[ ! -e /sys/bus/dax/devices/dax0.1 && $(available) == $((free + (256 << 20))) ]]
	nothing_is_left'
check device_0_stays_as_an_empty_seed 0 '
	"$DAXFSCTL" destroy-device -f $DAX_HMEM > /run/out
	grep "$DAX_HMEM: changed: devdax -> no driver, size 512M -> 0" /run/out
	grep "device 0 of a region stays, empty" /run/out
	[[ $(driver $DAX_HMEM) == "" && $(size_of $DAX_HMEM) == 0 ]]
	[[ $("$DAXFSCTL" destroy-device $DAX_HMEM) == *unchanged* ]]
	nothing_is_left'
check an_enabled_device_takes_force 0 '
	sibling
	for mode in devdax famfs; do
		"$DAXFSCTL" reconfigure-device -m $mode dax0.1
		"$DAXFSCTL" destroy-device --json dax0.1 > /run/out && exit 9 || [[ $? == 5 ]]
		[[ $(jq -c ".errors[0] | [.id, .override]" /run/out) == "[\"enabled\",\"--force\"]" ]]
	done
	"$DAXFSCTL" destroy-device --force dax0.1
	[[ ! -e /sys/bus/dax/devices/dax0.1 ]]
	nothing_is_left'
check memory_is_set_offline_first 0 '
	sibling
	"$DAXFSCTL" reconfigure-device -m system-ram dax0.1
	"$DAXFSCTL" destroy-device --json dax0.1 > /run/out && exit 9 || [[ $? == 5 ]]
	[[ $(jq -r ".errors[0].id" /run/out) == memory-online ]]
	block=$(basename "$(find /sys/devices/system/memory -maxdepth 1 -name "memory[0-9]*" | head -n 1)")
	echo "busy ${block#memory} 1" > /sys/.ctl
	"$DAXFSCTL" destroy-device -f dax0.1 && exit 9 || [[ $? == 5 ]]
	[[ $(driver dax0.1) == kmem && $(size_of dax0.1) == $((256 << 20)) ]]
	echo "busy ${block#memory} 0" > /sys/.ctl
	"$DAXFSCTL" destroy-device -f dax0.1
	[[ ! -e /sys/bus/dax/devices/dax0.1 ]]'
check a_static_device_is_refused 0 '
	"$DAXFSCTL" destroy-device -f --json $DAX_PMEM > /run/out && exit 9 || [[ $? == 6 ]]
	[[ $(jq -r ".errors[0].id" /run/out) == static-device && $(driver $DAX_PMEM) == device_dax ]]'
check several_are_destroyed_at_a_time 0 '
	sibling
	"$DAXFSCTL" destroy-device -f $DAX_HMEM $DAX_PMEM dax0.1 > /run/out && exit 9 || [[ $? == 6 ]]
	[[ ! -e /sys/bus/dax/devices/dax0.1 && $(size_of $DAX_HMEM) == 0 ]]
	[[ $(driver $DAX_PMEM) == device_dax ]]'
check a_mode_on_file_goes_with_the_device 0 '
	sibling
	"$DAXFSCTL" enable-device -m famfs dax0.1
	"$DAXFSCTL" disable-device dax0.1
	[[ -e /run/daxfsctl/mode-dax0.1 ]]
	"$DAXFSCTL" destroy-device dax0.1
	nothing_is_left'
check a_killed_destroy_is_finished_or_undone 0 '
	sibling
	"$DAXFSCTL" reconfigure-device -m famfs dax0.1
	before=$(ranges dax0.1)
	alone "$KILLAT" --told /run/list --all "$DAXFSCTL" destroy-device -f dax0.1
	points=$(grep -E " (write|renameat|unlinkat) /(sys|run)" /run/list | cut -d" " -f1)
	[[ $(wc -w <<< "$points") -ge 6 ]]
	for point in $points; do
		if [[ ! -e /sys/bus/dax/devices/dax0.1 ]]; then sibling; fi
		"$DAXFSCTL" reconfigure-device -f -m famfs dax0.1 > /run/out
		alone "$KILLAT" --kill $point "$DAXFSCTL" destroy-device -f dax0.1 > /run/out || true
		"$DAXFSCTL" recover > /run/out
		if [[ -e /sys/bus/dax/devices/dax0.1 ]]; then
			[[ $(driver dax0.1) == fsdev_dax && $(ranges dax0.1) == "$before" ]]
		fi
		nothing_is_left
	done'
check an_old_journal_is_not_that_of_a_device_made_anew 0 '
	sibling
	"$DAXFSCTL" reconfigure-device -m devdax dax0.1
	alone "$KILLAT" --told /run/list --all "$DAXFSCTL" reconfigure-device -m famfs dax0.1
	"$DAXFSCTL" reconfigure-device -m devdax dax0.1
	point=$(grep -m1 -E " write /sys" /run/list | cut -d" " -f1)
	alone "$KILLAT" --kill $point "$DAXFSCTL" reconfigure-device -m famfs dax0.1 && exit 9
	[[ -e /run/daxfsctl/journal-dax0.1 ]]
	region=/sys/bus/dax/devices/dax0.1/../dax_region
	echo dax0.1 > /sys/bus/dax/devices/dax0.1/driver/unbind
	echo 0 > /sys/bus/dax/devices/dax0.1/size
	echo dax0.1 > $region/delete
	sibling
	echo $((128 << 20)) > /sys/bus/dax/devices/dax0.1/size
	"$DAXFSCTL" recover dax0.1 2> /run/errors
	grep "dax0.1: was destroyed and made anew" /run/errors
	[[ ! -e /sys/bus/dax/devices/dax0.1/driver && $(size_of dax0.1) == $((128 << 20)) ]]
	nothing_is_left'
check a_device_is_made_in_each_mode 0 '
	for mode in devdax:device_dax famfs:fsdev_dax system-ram:kmem; do
		"$DAXFSCTL" create-device -r 0 -s 256M -m ${mode%:*} --json > /run/out
		[[ $(jq -c "[.command, (.devices[0] | .result, .chardev, .size, .mode)]" /run/out) == \
			"[\"create-device\",\"changed\",\"dax0.1\",$((256 << 20)),\"${mode%:*}\"]" ]]
		[[ $(driver dax0.1) == ${mode#*:} ]]
		nothing_is_left
		"$DAXFSCTL" destroy-device -f dax0.1
	done'
check all_that_is_available_is_the_default 0 '
	free=$(available)
	"$DAXFSCTL" create-device -r region0
	[[ $(size_of dax0.1) == "$free" && $(available) == 0 ]]
	"$DAXFSCTL" create-device -r 0 --json > /run/out && exit 9 || [[ $? == 2 ]]
	[[ $(jq -r ".errors[0].id" /run/out) == no-space ]]'
check a_seed_that_is_there_is_taken 0 '
	"$DAXFSCTL" destroy-device -f $DAX_HMEM
	"$DAXFSCTL" create-device -r 0 -s 128M -a 4K
	[[ $(size_of $DAX_HMEM) == $((128 << 20)) && $(driver $DAX_HMEM) == device_dax ]]
	[[ $(cat /sys/bus/dax/devices/$DAX_HMEM/align) == 4096 && ! -e /sys/bus/dax/devices/dax0.1 ]]'
check nothing_is_made_of_what_cannot_be 0 '
	for wrong in "-s 3000" "-s 0" "-s 1T" "-a 8K" "-s 256M -a 1G" "-s 12x" "-m bogus"; do
		"$DAXFSCTL" create-device -r 0 $wrong && exit 9 || [[ $? == 2 ]]
		[[ ! -e /sys/bus/dax/devices/dax0.1 && ! -e /run/daxfsctl ]]
	done
	"$DAXFSCTL" create-device -s 256M && exit 9 || [[ $? == 2 ]]
	"$DAXFSCTL" create-device -r 9 && exit 9 || [[ $? == 3 ]]
	"$DAXFSCTL" create-device -r 1 && exit 9 || [[ $? == 6 ]]'
check a_device_whose_bind_fails_goes_again 0 '
	free=$(available)
	echo "fail fsdev_dax 12 2 clean" > /sys/.ctl
	"$DAXFSCTL" create-device -r 0 -s 256M -m famfs && exit 9 || [[ $? == 1 ]]
	[[ ! -e /sys/bus/dax/devices/dax0.1 && $(available) == "$free" ]]
	nothing_is_left'
check several_make_devices_at_a_time 0 '
	for i in 1 2 3; do "$DAXFSCTL" create-device -r 0 -s 128M & done
	wait
	for i in 1 2 3; do [[ $(size_of dax0.$i) == $((128 << 20)) && $(driver dax0.$i) == device_dax ]]; done'
check a_device_is_made_again_by_its_document 0 '
	"$DAXFSCTL" create-device -r 0 -s 128M
	"$DAXFSCTL" create-device -r 0 -s 128M
	"$DAXFSCTL" destroy-device -f dax0.1
	"$DAXFSCTL" reconfigure-device -m famfs -s 512M -a 4K dax0.2
	"$DAXFSCTL" list -M --json dax0.2 > /run/document
	before=$(ranges dax0.2)
	[[ $(jq length <<< "$before") -ge 2 ]]
	"$DAXFSCTL" destroy-device -f dax0.2
	"$DAXFSCTL" create-device -r 0 -s 2M
	"$DAXFSCTL" create-device --input /run/document && exit 9 || [[ $? == 2 ]]
	[[ ! -e /sys/bus/dax/devices/dax0.2 ]]
	"$DAXFSCTL" destroy-device -f dax0.1
	"$DAXFSCTL" create-device --input /run/document
	[[ $(ranges dax0.1) == "$before" && $(driver dax0.1) == fsdev_dax ]]
	[[ $(cat /sys/bus/dax/devices/dax0.1/align) == 4096 ]]
	nothing_is_left'
check a_document_of_two_makes_both_or_none 0 '
	for i in 1 2; do "$DAXFSCTL" create-device -r 0 -s 128M; done
	"$DAXFSCTL" list -M --json dax0.1 dax0.2 > /run/document
	"$DAXFSCTL" destroy-device -f dax0.2
	"$DAXFSCTL" create-device --input /run/document && exit 9 || [[ $? == 2 ]]
	[[ ! -e /sys/bus/dax/devices/dax0.2 ]]
	"$DAXFSCTL" destroy-device -f dax0.1
	"$DAXFSCTL" create-device --input /run/document
	for i in 1 2; do
		[[ $(ranges dax0.$i) == "$(jq -c ".devices[$i - 1].mappings" /run/document)" ]]
	done'
check ranges_that_the_kernel_refuses_leave_nothing 0 '
	free=$(available)
	"$DAXFSCTL" list -M --json $DAX_HMEM |
		jq ".devices[0] | del(.size) | .mappings = [{start: 0, end: 134217727}]" > /run/document
	"$DAXFSCTL" create-device --input /run/document && exit 9 || [[ $? == 1 ]]
	[[ ! -e /sys/bus/dax/devices/dax0.1 && $(available) == "$free" ]]
	nothing_is_left'
check a_device_goes_back_to_its_document 0 '
	"$DAXFSCTL" create-device -r 0 -s 128M
	"$DAXFSCTL" list -M --json $DAX_HMEM > /run/document
	before=$(ranges $DAX_HMEM)
	"$DAXFSCTL" reconfigure-device -m famfs -s 768M $DAX_HMEM
	"$DAXFSCTL" reconfigure-device --input /run/document
	[[ $(ranges $DAX_HMEM) == "$before" && $(driver $DAX_HMEM) == device_dax ]]
	[[ $("$DAXFSCTL" reconfigure-device --input /run/document) == *unchanged* ]]
	nothing_is_left'
check a_move_that_fails_is_undone 0 '
	before=$(ranges $DAX_HMEM)
	"$DAXFSCTL" list -M --json $DAX_HMEM | jq ".devices[0] | del(.size) | .mode = \"famfs\" |
		.mappings = [.mappings[0] | .start += 1073741824 | .end += 1073741824]" > /run/document
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device --input /run/document && exit 9 || [[ $? == 1 ]]
	[[ $(ranges $DAX_HMEM) == "$before" && $(driver $DAX_HMEM) == device_dax ]]
	"$DAXFSCTL" reconfigure-device --input /run/document
	[[ $(ranges $DAX_HMEM) != "$before" && $(driver $DAX_HMEM) == fsdev_dax ]]
	nothing_is_left'
check a_killed_move_is_finished_or_undone 0 '
	"$DAXFSCTL" list -M --json $DAX_HMEM > /run/old
	jq ".devices[0] | del(.size) | .mode = \"famfs\" |
		.mappings = [.mappings[0] | .start += 1073741824 | .end += 1073741824]" /run/old > /run/new
	old=$(ranges $DAX_HMEM)
	alone "$KILLAT" --told /run/list --all "$DAXFSCTL" reconfigure-device --input /run/new
	new=$(ranges $DAX_HMEM)
	points=$(grep -E " (write|renameat|unlinkat) /(sys|run)" /run/list | cut -d" " -f1)
	[[ $(wc -w <<< "$points") -ge 6 ]]
	for point in $points; do
		"$DAXFSCTL" reconfigure-device --input /run/old > /run/out
		alone "$KILLAT" --kill $point "$DAXFSCTL" reconfigure-device --input /run/new > /run/out || true
		"$DAXFSCTL" recover > /run/out
		case $(driver $DAX_HMEM) in
		device_dax) [[ $(ranges $DAX_HMEM) == "$old" ]] ;;
		fsdev_dax) [[ $(ranges $DAX_HMEM) == "$new" ]] ;;
		*) exit 9 ;;
		esac
		nothing_is_left
	done'
exit "$failed"
