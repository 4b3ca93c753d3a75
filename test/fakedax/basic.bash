# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # run by `enter`, see below
#
# The fake bus from outside: unmodified programs run on it, and nothing is left behind.

set -u
: "${DAXFSCTL:?}" "${FAKEDAX:?}" "${KILLAT:?}"
export LC_ALL=C
enter=$(dirname "${BASH_SOURCE[0]}")/enter
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# What the model says of a device, its driver; and what the program says, the mode it is to have again.
# shellcheck disable=SC2016 # the shell inside expands it
readonly functions='
driver() { basename "$(readlink "/sys/bus/dax/devices/$1/driver")"; }
configured() { "$DAXFSCTL" list -v --json "$1" | jq -r ".devices[0].configured_mode"; }
alone() { # with few processes, so that who looks at them makes the same calls each time
	# a leak detector is a tracer itself
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		unshare --pid --fork --kill-child --mount-proc \
		bash -c "mount --bind /sys/.iomem /proc/iomem && exec \"\$@\"" alone "$@"
}
'

# NAME STATUS TEXT: with TEXT run inside
check() {
	local name=$1 expected=$2 status=0
	"$enter" --devices hmem,pmem,cxl bash -ec "$functions $3" > "$work/out" 2>&1 || status=$?
	if [[ $status == 77 && $expected != 77 ]]; then
		tail -n 1 "$work/out"
		exit 77
	fi
	if [[ $status == "$expected" ]]; then
		echo "ok - $name"
	else
		echo "not ok - $name (status $status)"
		sed 's/^/    /' "$work/out"
		failed=1
	fi
}

# shellcheck disable=SC2016
{
check daxfsctl_lists_every_device 0 \
	'[[ $("$DAXFSCTL" list --json | jq -r ".devices[].kind" | xargs) == "hmem pmem cxl" ]]'
check daxfsctl_switches_every_device_to_every_mode 0 '
	for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do
		for mode in famfs:fsdev_dax system-ram:kmem devdax:device_dax system-ram:kmem \
			famfs:fsdev_dax devdax:device_dax; do
			"$DAXFSCTL" reconfigure-device -f -m ${mode%:*} $device
			[[ $(driver $device) == ${mode#*:} ]]
		done
	done'
check system_ram_is_in_iomem 0 '
	"$DAXFSCTL" reconfigure-device -m system-ram $DAX_HMEM
	grep -A 1 "$DAX_HMEM" /proc/iomem | grep "System RAM (kmem)"'
check a_failing_probe_is_rolled_back 1 '
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM && exit 9 || status=$?
	[[ $(driver $DAX_PMEM) == device_dax ]]
	exit $status'
check a_created_device_gets_a_node 0 '
	region=$(readlink -f /sys/bus/dax/devices/$DAX_HMEM/..)/dax_region
	echo 1 > $region/create
	[[ $(cat $region/create) == dax0.1 && -c /dev/dax0.1 ]]
	echo dax0.1 > $region/delete
	[[ ! -e /dev/dax0.1 ]]'
check root_too_is_bound_by_modes 0 '
	{ echo 1 > /sys/bus/dax/devices/$DAX_PMEM/size; } 2> /run/error && exit 1
	grep "Permission denied" /run/error
	cat /sys/bus/dax/drivers/kmem/bind 2> /run/error && exit 1
	grep "Permission denied" /run/error'
check a_user_sees_no_resource 0 '
	as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
	$as_user cat /sys/bus/dax/devices/$DAX_PMEM/size
	$as_user cat /sys/bus/dax/devices/$DAX_PMEM/resource && exit 1 || true'
check the_exit_status_is_the_commands 42 'exit 42'
check a_delay_holds_up_its_writer_only 0 '
	echo "delay bind 3000" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_HMEM &
	until [[ ! -e /sys/bus/dax/devices/$DAX_HMEM/driver ]]; do sleep 0.02; done
	timeout 5 "$DAXFSCTL" list
	[[ $(driver $DAX_HMEM) != fsdev_dax ]]
	wait
	[[ $(driver $DAX_HMEM) == fsdev_dax ]]'
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
	[[ $(cat /sys/.ctl) != *ids=*$DAX_PMEM* ]]
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
check a_killed_disable_is_finished_or_undone 0 '
	prepare() { "$DAXFSCTL" reconfigure-device -f -m system-ram $DAX_PMEM > /run/out; }
	prepare
	alone "$KILLAT" --list /run/list "$DAXFSCTL" disable-device -f $DAX_PMEM
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
	grep "$DAX_PMEM: was bound to device_dax as well, and is disabled again" /run/out
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
check without_the_model_there_is_no_other_sys 0 '
	pkill -TERM --parent "$PPID" -x fakedax
	until [[ ! -e /sys/.ctl ]]; do sleep 0.05; done
	[[ -z $(ls -A /sys) ]]'
}
if command -v daxctl > "$work/which"; then
	# shellcheck disable=SC2016
	check daxctl_runs_unmodified 0 '
		daxctl reconfigure-device -N -m system-ram $DAX_PMEM
		[[ $(driver $DAX_PMEM) == kmem ]]'
fi

nothing_is_left() {
	local model deadline=$((SECONDS + 30))
	"$enter" sleep 60 &
	until pgrep -P $! -x sleep; do
		[[ $SECONDS -lt $deadline ]] || return 1
		sleep 0.05
	done
	model=$(pgrep -P $! -x fakedax)
	kill -KILL $!
	wait $!
	timeout 30 tail --pid="$model" -s 0.05 -f /dev/null
} > "$work/out" 2>&1
if nothing_is_left; then
	echo "ok - a_killed_run_leaves_nothing"
else
	echo "not ok - a_killed_run_leaves_nothing"
	failed=1
fi
exit "$failed"
