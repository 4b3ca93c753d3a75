# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# A command with devices in a mode, and back; and the library's example, which does the same.

set -u
: "${EXAMPLE:?}"
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

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
check the_way_back_leaves_a_disabled_device_so 0 '
	"$DAXFSCTL" run -m famfs $DAX_HMEM -- \
		sh -c "echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind"
	[[ $(driver $DAX_HMEM) == device_dax && ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]]'
check recovery_leaves_a_disabled_device_so 0 '
	"$DAXFSCTL" run -m famfs $DAX_HMEM -- sh -c "kill -KILL \$PPID" || [[ $? == 137 ]]
	echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind
	"$DAXFSCTL" recover
	[[ $(driver $DAX_HMEM) == device_dax && ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]]'
devices=hmem,pmem,cxl
check a_probe_that_answers_no_such_device_is_no_missing_device 7 '
	"$DAXFSCTL" run -m famfs $DAX_PMEM -- sh -c "kill -KILL \$PPID" || [[ $? == 137 ]]
	echo "fail device_dax 19 1 clean" > /sys/.ctl
	"$DAXFSCTL" recover && exit 9 || status=$?
	[[ -e /run/daxfsctl/journal-$DAX_PMEM ]]
	"$DAXFSCTL" recover
	[[ $(driver $DAX_PMEM) == device_dax ]]
	exit $status'
check recovery_that_fails_is_7 7 '
	"$DAXFSCTL" run -m system-ram $DAX_PMEM -- sh -c "kill -KILL \$PPID" || [[ $? == 137 ]]
	block=$(basename $(grep -l online /sys/devices/system/memory/memory*/state | head -n 1 | xargs dirname))
	echo "busy ${block#memory} 1" > /sys/.ctl
	"$DAXFSCTL" recover && exit 9 || status=$?
	echo "busy ${block#memory} 0" > /sys/.ctl
	"$DAXFSCTL" recover
	[[ $(driver $DAX_PMEM) == device_dax ]]
	exit $status'
check a_killed_program_that_nobody_waited_for_is_dead 0 '
	python3 -c "import subprocess, sys
p = subprocess.Popen(sys.argv[1:-1] + [\"touch\", \"/run/started\"])
import os, time
while not os.path.exists(\"/run/daxfsctl/journal-\" + sys.argv[-1]): time.sleep(0.01)
p.kill(); time.sleep(0.3)
sys.exit(subprocess.call([sys.argv[1], \"recover\"]))" \
		"$DAXFSCTL" run -m famfs $DAX_PMEM -- sh -c "sleep 100" $DAX_PMEM
	[[ $(driver $DAX_PMEM) == device_dax ]]'
check the_mode_to_come_back_to_survives_a_run 0 '
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	"$DAXFSCTL" disable-device $DAX_PMEM
	"$DAXFSCTL" run -m devdax $DAX_PMEM -- true
	[[ $(configured $DAX_PMEM) == famfs && ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]]'
exit "$failed"
