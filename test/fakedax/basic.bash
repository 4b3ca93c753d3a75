# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# The fake bus from outside: unmodified programs run on it, and nothing is left behind.

set -u
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

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
check without_the_model_there_is_no_other_sys 0 '
	pkill -TERM --parent "$PPID" -x fakedax
	until [[ ! -e /sys/.ctl ]]; do sleep 0.05; done
	[[ -z $(ls -A /sys) ]]'
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
