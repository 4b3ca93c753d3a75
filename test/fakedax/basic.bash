# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # run by `enter`, see below
#
# The fake bus from outside: unmodified programs run on it, and nothing is left behind.

set -u
: "${DAXFSCTL:?}" "${FAKEDAX:?}" "${EXAMPLE:?}"
export LC_ALL=C
enter=$(dirname "${BASH_SOURCE[0]}")/enter
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# What the model says of a device: its driver.
# shellcheck disable=SC2016 # the shell inside expands it
readonly driver='driver() { basename "$(readlink "/sys/bus/dax/devices/$1/driver")"; };'

devices=hmem,pmem,cxl

# NAME STATUS TEXT: with TEXT run inside
check() {
	local name=$1 expected=$2 status=0
	"$enter" --devices "$devices" bash -ec "$driver $3" > "$work/out" 2>&1 || status=$?
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
check run_brings_every_device_back_from_every_mode 0 '
	for mode in famfs system-ram devdax; do
		status=0
		"$DAXFSCTL" run -m $mode $DAX_HMEM $DAX_PMEM $DAX_CXL -- sh -c "exit 3" || status=$?
		[[ $status == 3 ]]
		for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do
			[[ $(driver $device) == device_dax ]]
			[[ ! -e /run/daxfsctl/journal-$device ]]
		done
	done'
check run_puts_a_disabled_device_back_disabled 0 '
	echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind
	"$DAXFSCTL" run -m famfs $DAX_PMEM -- test -e /sys/bus/dax/devices/$DAX_PMEM/driver
	[[ ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]]'
check run_is_125_and_switches_none_when_one_fails 125 '
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" run -m famfs $DAX_HMEM $DAX_PMEM -- touch /run/wrong && exit 9 || status=$?
	[[ ! -e /run/wrong && $(driver $DAX_HMEM) == device_dax && $(driver $DAX_PMEM) == device_dax ]]
	exit $status'
check run_is_7_when_a_device_is_lost_on_the_way_there 7 '
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	echo "fail device_dax 12 1 clean" > /sys/.ctl
	"$DAXFSCTL" run -m famfs $DAX_HMEM $DAX_PMEM -- touch /run/wrong && exit 9 || status=$?
	[[ ! -e /run/wrong ]]
	"$DAXFSCTL" recover
	[[ $(driver $DAX_HMEM) == device_dax && $(driver $DAX_PMEM) == device_dax ]]
	exit $status'
check a_signal_before_the_command_puts_the_devices_back 143 '
	echo "delay bind 1000" > /sys/.ctl
	"$DAXFSCTL" run -m famfs $DAX_HMEM $DAX_PMEM -- touch /run/wrong &
	until [[ -e /run/daxfsctl/journal-$DAX_HMEM ]]; do sleep 0.02; done
	kill $!
	wait $! && exit 9 || status=$?
	[[ ! -e /run/wrong && $(driver $DAX_HMEM) == device_dax && $(driver $DAX_PMEM) == device_dax ]]
	exit $status'
check run_is_7_when_the_way_back_fails 7 '
	"$DAXFSCTL" run --report /run/report -m famfs $DAX_PMEM -- \
		sh -c "echo fail device_dax 12 2 clean > /sys/.ctl" && exit 9 || status=$?
	cat /run/report
	grep "daxfsctl recover" /run/report
	"$DAXFSCTL" recover
	[[ $(driver $DAX_PMEM) == device_dax ]]
	exit $status'
check run_restores_when_it_is_terminated 143 '
	"$DAXFSCTL" run -m famfs $DAX_HMEM -- sh -c "touch /run/started; exec sleep 100" &
	until [[ -e /run/started ]]; do sleep 0.02; done
	[[ $(driver $DAX_HMEM) == fsdev_dax ]]
	"$DAXFSCTL" reconfigure-device -m devdax $DAX_HMEM && exit 9 || [[ $? == 5 ]]
	"$DAXFSCTL" recover && exit 9 || [[ $? == 5 ]]
	"$DAXFSCTL" reconfigure-device --lock-timeout 0 -m famfs $DAX_PMEM
	kill $!
	wait $! && exit 9 || status=$?
	[[ $(driver $DAX_HMEM) == device_dax ]]
	exit $status'
check run_that_was_killed_is_undone_though_it_had_arrived 0 '
	"$DAXFSCTL" run -m famfs $DAX_HMEM -- sh -c "kill -KILL \$PPID" || [[ $? == 137 ]]
	[[ $(driver $DAX_HMEM) == fsdev_dax ]]
	"$DAXFSCTL" recover --json | jq -e ".devices[0].result == \"rolled-back\""
	[[ $(driver $DAX_HMEM) == device_dax ]]'
check run_stays_when_asked_to 0 '
	"$DAXFSCTL" run --restore=on-failure -m famfs $DAX_HMEM -- true
	"$DAXFSCTL" run --restore=never -m famfs $DAX_PMEM -- false || [[ $? == 1 ]]
	[[ $(driver $DAX_HMEM) == fsdev_dax && $(driver $DAX_PMEM) == fsdev_dax ]]
	[[ -z $("$DAXFSCTL" recover) ]]
	[[ $(driver $DAX_HMEM) == fsdev_dax && $(driver $DAX_PMEM) == fsdev_dax ]]'
check the_example_keeps_the_mode_of_a_success_only 0 '
	"$EXAMPLE" $DAX_PMEM false && exit 9 || [[ $? == 1 ]]
	[[ $(driver $DAX_PMEM) == device_dax ]]
	"$EXAMPLE" $DAX_PMEM test -e /run/daxfsctl/journal-$DAX_PMEM
	[[ $(driver $DAX_PMEM) == fsdev_dax && ! -e /run/daxfsctl/journal-$DAX_PMEM ]]
	"$EXAMPLE" dax9.9 true && exit 9 || [[ $? == 1 ]]'
devices=hmem-kmem,pmem
# The way there would bind nobody else; the way back would.
check run_is_refused_when_the_way_back_binds_another_device 125 '
	echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind
	"$DAXFSCTL" run -m famfs $DAX_HMEM -- true && exit 9 || status=$?
	[[ $(driver $DAX_HMEM) == device_dax && ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]]
	exit $status'
check the_way_back_waits_until_it_binds_nobody_else 7 '
	"$DAXFSCTL" run -m famfs $DAX_HMEM -- \
		sh -c "echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind" && exit 9 || status=$?
	[[ $(driver $DAX_HMEM) == fsdev_dax && ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]]
	"$DAXFSCTL" recover && exit 9 || [[ $? == 5 ]]
	[[ $(driver $DAX_HMEM) == fsdev_dax && ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]]
	echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/bind
	"$DAXFSCTL" recover
	[[ $(driver $DAX_HMEM) == device_dax ]]
	exit $status'
devices=hmem,pmem,cxl
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
