# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# Devices that are disabled and enabled, and those that are to stay disabled.

set -u
: "${KILLAT:?}"
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

check a_device_comes_back_in_the_mode_it_had 0 '
	for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do
		for mode in devdax:device_dax famfs:fsdev_dax system-ram:kmem; do
			"$DAXFSCTL" reconfigure-device -f -m ${mode%:*} $device
			"$DAXFSCTL" disable-device -f $device
			[[ $(driver $device) == "" && $(configured $device) == ${mode%:*} ]]
			[[ $(stat -c %a /run/daxfsctl/mode-$device) == 600 ]]
			[[ $("$DAXFSCTL" disable-device $device) == *unchanged* ]]
			"$DAXFSCTL" enable-device $device
			[[ $(driver $device) == ${mode#*:} && $(configured $device) == null ]]
			[[ ! -e /run/daxfsctl/mode-$device ]]
			[[ $("$DAXFSCTL" enable-device $device) == *unchanged* ]]
		done
	done'
check another_mode_can_be_enabled 0 '
	"$DAXFSCTL" disable-device $DAX_CXL
	"$DAXFSCTL" enable-device -m famfs $DAX_CXL
	[[ $(driver $DAX_CXL) == fsdev_dax ]]
	"$DAXFSCTL" enable-device -m devdax $DAX_CXL && exit 9 || [[ $? == 2 ]]
	[[ $(driver $DAX_CXL) == fsdev_dax ]]'
check what_is_not_remembered_becomes_devdax 0 '
	for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do
		echo $device > /sys/bus/dax/devices/$device/driver/unbind
		[[ $(configured $device) == null ]]
	done
	"$DAXFSCTL" enable-device all
	for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do
		[[ $(driver $device) == device_dax ]]
	done'
check a_mode_of_an_earlier_boot_is_not_remembered 0 '
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	"$DAXFSCTL" disable-device $DAX_PMEM
	sed -i "s/^boot .*/boot 01234567-89ab-cdef-0123-456789abcdef/" /run/daxfsctl/mode-$DAX_PMEM
	[[ $(configured $DAX_PMEM) == null ]]
	"$DAXFSCTL" enable-device $DAX_PMEM
	[[ $(driver $DAX_PMEM) == device_dax ]]'
check a_mode_is_forgotten_whoever_binds_the_device 0 '
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	"$DAXFSCTL" disable-device $DAX_PMEM
	"$DAXFSCTL" reconfigure-device -m devdax $DAX_PMEM
	[[ ! -e /run/daxfsctl/mode-$DAX_PMEM ]]
	"$DAXFSCTL" disable-device $DAX_PMEM
	echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/bind
	[[ $(configured $DAX_PMEM) == null ]]'
check memory_that_does_not_go_offline_keeps_its_driver 0 '
	"$DAXFSCTL" reconfigure-device -m system-ram $DAX_PMEM
	"$DAXFSCTL" disable-device $DAX_PMEM && exit 9 || [[ $? == 5 ]]
	block=$(basename $(grep -l online /sys/devices/system/memory/memory*/state | head -n 1 | xargs dirname))
	echo "busy ${block#memory} 1" > /sys/.ctl
	"$DAXFSCTL" disable-device -f $DAX_PMEM && exit 9 || [[ $? == 5 ]]
	[[ $(driver $DAX_PMEM) == kmem && ! -e /run/daxfsctl/mode-$DAX_PMEM ]]
	[[ $(cat /sys/devices/system/memory/$block/state) == online ]]'
check a_disabled_device_whose_switch_fails_stays_disabled 0 '
	"$DAXFSCTL" disable-device $DAX_PMEM
	echo "fail fsdev_dax 12 2 clean" > /sys/.ctl
	"$DAXFSCTL" enable-device -m famfs $DAX_PMEM && exit 9 || [[ $? == 1 ]]
	[[ $(driver $DAX_PMEM) == "" && $(configured $DAX_PMEM) == devdax ]]
	[[ ! -e /run/daxfsctl/journal-$DAX_PMEM ]]
	[[ ! $(cat /sys/.ctl) =~ (device_dax|fsdev_dax|kmem)=[^[:space:]]*$DAX_PMEM ]]
	"$DAXFSCTL" enable-device $DAX_PMEM
	[[ $(driver $DAX_PMEM) == device_dax ]]'
check a_switch_that_cannot_be_undone_leaves_the_mode_of_before 0 '
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	echo "fail fsdev_dax 12 2 clean" > /sys/.ctl
	echo "fail device_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -m devdax $DAX_PMEM && exit 9 || [[ $? == 7 ]]
	[[ $(driver $DAX_PMEM) == "" && $(configured $DAX_PMEM) == famfs ]]
	"$DAXFSCTL" recover
	[[ $(driver $DAX_PMEM) == fsdev_dax && ! -e /run/daxfsctl/mode-$DAX_PMEM ]]'
check enabling_first_undoes_what_an_interrupted_switch_left 0 '
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	echo "fail fsdev_dax 12 2 clean" > /sys/.ctl
	echo "fail device_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -m devdax $DAX_PMEM && exit 9 || [[ $? == 7 ]]
	[[ -e /run/daxfsctl/journal-$DAX_PMEM ]]
	"$DAXFSCTL" enable-device $DAX_PMEM
	[[ $(driver $DAX_PMEM) == fsdev_dax && ! -e /run/daxfsctl/journal-$DAX_PMEM ]]'
check an_error_is_not_taken_for_another_answer 0 '
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	"$DAXFSCTL" reconfigure-device -m devdax $DAX_PMEM
	alone "$KILLAT" --told /run/list --all "$DAXFSCTL" reconfigure-device --json -m famfs $DAX_PMEM > /run/out
	# of what is missing, and of what another one has locked
	root=$(grep -m1 -E " openat /sys$" /run/list | cut -d" " -f1)
	look=$(grep -E " openat /sys/.*/$DAX_PMEM$" /run/list | cut -d" " -f1)
	unbind=$(grep -m1 -E " openat /sys/bus/dax/drivers/device_dax/unbind" /run/list | cut -d" " -f1)
	look=$(awk -v end=$unbind "\$1 < end" <<< "$look" | tail -n 1)
	place=$(awk -v at=$look "\$1 == at { print \$NF }" /run/list)
	lock=$(grep -m1 -E " fcntl /run/.*/pending-" /run/list | cut -d" " -f1)
	for point in "$root 19 ENODEV /sys" "$lock 13 EACCES /run/daxfsctl/pending-$DAX_PMEM" \
		"$look 5 EIO $place"; do
		set -- $point
		"$DAXFSCTL" reconfigure-device -m devdax $DAX_PMEM > /run/out
		# the same calls: the one before may leave a file without a lock, and a list is a file
		rm -f /run/daxfsctl/pending-*
		alone "$KILLAT" --told /run/told --all --fail $1 $2 "$DAXFSCTL" \
			reconfigure-device --json -m famfs $DAX_PMEM > /run/out && exit 9 ||
			[[ $? == 1 || $? == 4 ]]
		jq -e ".errors[0] | .errno == \"$3\" and .path == \"$4\"" /run/out
		[[ $(driver $DAX_PMEM) == device_dax ]]
	done'
check a_killed_disable_is_finished_or_undone 0 '
	prepare() { "$DAXFSCTL" reconfigure-device -f -m system-ram $DAX_PMEM > /run/out; }
	prepare
	alone "$KILLAT" --told /run/list --all "$DAXFSCTL" disable-device -f $DAX_PMEM
	# where files are written, one after the other
	points=$(grep -E " (write|renameat|unlinkat) /(sys|run)" /run/list | cut -d" " -f1)
	[[ $(wc -w <<< "$points") -ge 9 ]]
	for point in $points; do
		prepare
		alone "$KILLAT" --kill $point "$DAXFSCTL" disable-device -f $DAX_PMEM > /run/out || true
		"$DAXFSCTL" recover > /run/out
		case $(driver $DAX_PMEM) in
		kmem) [[ $(configured $DAX_PMEM) == null && ! -e /run/daxfsctl/mode-$DAX_PMEM ]]
			! grep -L online /sys/devices/system/memory/memory*/state | grep . ;;
		"") [[ $(configured $DAX_PMEM) == system-ram ]] ;;
		*) exit 9 ;;
		esac
		! compgen -G "/run/daxfsctl/journal-*"
	done'
# The way back has to give the old driver an id, which takes along whom it matches by type.
check a_disabled_device_is_not_captured_by_the_way_back 0 '
	"$DAXFSCTL" disable-device $DAX_PMEM
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_CXL 2> /run/out && exit 9 || [[ $? == 1 ]]
	[[ $(driver $DAX_CXL) == device_dax && $(driver $DAX_PMEM) == "" ]]
	grep "$DAX_PMEM: was bound to device_dax .*and is disabled again" /run/out
	[[ $(configured $DAX_PMEM) == devdax ]]
	"$DAXFSCTL" enable-device all
	"$DAXFSCTL" reconfigure-device -m system-ram $DAX_HMEM
	"$DAXFSCTL" disable-device $DAX_CXL
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -f -m famfs $DAX_HMEM && exit 9 || [[ $? == 1 ]]
	[[ $(driver $DAX_HMEM) == kmem && $(driver $DAX_CXL) == "" ]]
	[[ $("$DAXFSCTL" list --json $DAX_CXL | jq -r ".devices[0].state") == disabled ]]
	[[ $("$DAXFSCTL" list --memory --json $DAX_HMEM |
		jq ".devices[0].memory | .online_blocks == .total_blocks") == true ]]'
check a_disabled_device_is_not_captured_by_a_switch 0 '
	"$DAXFSCTL" disable-device $DAX_PMEM $DAX_HMEM
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_CXL
	"$DAXFSCTL" reconfigure-device -m system-ram $DAX_CXL
	"$DAXFSCTL" reconfigure-device -f -m devdax $DAX_CXL && exit 9 || [[ $? == 5 ]]
	[[ $(driver $DAX_PMEM) == "" && $(driver $DAX_HMEM) == "" && $(driver $DAX_CXL) == kmem ]]'
exit "$failed"
