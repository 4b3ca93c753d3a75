# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# Unbinds that the kernel does not finish: what is left behind, what others may do meanwhile, and
# how it ends; and what befalls devices that are no part of a switch. The model's delay stands for a
# file system that holds a device.

set -u
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

# Says what is not as it should be; runs what is to end with a status; a switch that is left behind;
# and the end of its unbind.
functions+='
fail() { echo "$*"; exit 99; }
expect() {
	local wanted=$1 got=0
	shift
	"$@" > out 2> err || got=$?
	[[ $got == "$wanted" ]] || { cat out err; fail "$* gave $got"; }
}
leave_behind() {
	echo "delay unbind $1" > /sys/.ctl
	expect 7 "$DAXFSCTL" reconfigure-device --json --timeout 0.2 -m famfs $2
	echo "delay unbind 0" > /sys/.ctl
}
wait_for_unbind() {
	echo "release now" > /sys/.ctl
	until "$DAXFSCTL" list -v --json $1 | jq -e ".devices[0].journal == \"stale\"" > out
	do sleep 0.05; done
}
cd "$(mktemp -d)"
trap "echo release now > /sys/.ctl; rm -rf $PWD" EXIT'

check the_result_says_pending 0 '
	leave_behind 600000 $DAX_HMEM
	jq -e ".devices[0] | .pending and .result == \"failed\" and .state == \"enabled\"" out
	jq -e ".errors[0] | .id == \"pending\" and .step == \"unbind\" and .device != null" out'
check nobody_waits_for_the_child 0 '
	echo "delay unbind 60000" > /sys/.ctl
	start=${EPOCHREALTIME/./}
	text=$("$DAXFSCTL" reconfigure-device --timeout 0.2 -m famfs $DAX_HMEM 2>&1) && exit 9
	[[ $((${EPOCHREALTIME/./} - start)) -lt 30000000 ]] || fail "waited for the child: $text"'
check recovery_comes_after_the_unbind 0 '
	leave_behind 600000 $DAX_HMEM
	"$DAXFSCTL" list -v --json | jq -e ".devices[0].journal == \"pending\""
	expect 5 "$DAXFSCTL" recover --json $DAX_HMEM
	jq -e ".errors[0].id == \"pending\"" out
	wait_for_unbind $DAX_HMEM
	[[ ! -e /sys/bus/dax/devices/$DAX_HMEM/driver ]]
	expect 0 "$DAXFSCTL" recover $DAX_HMEM
	[[ $(driver $DAX_HMEM) == device_dax ]]
	[[ -z $(ls /run/daxfsctl | grep -v "^lock$") ]] || fail "left: $(ls /run/daxfsctl)"'
check the_next_switch_recovers_first 0 '
	leave_behind 60000 $DAX_HMEM
	wait_for_unbind $DAX_HMEM
	expect 0 "$DAXFSCTL" reconfigure-device -m famfs $DAX_HMEM
	[[ $(driver $DAX_HMEM) == fsdev_dax ]]'
check the_device_is_refused_meanwhile 0 '
	leave_behind 600000 $DAX_HMEM
	for dry in "" --dry-run; do
		expect 5 "$DAXFSCTL" reconfigure-device $dry --json -m system-ram $DAX_HMEM
		jq -e ".errors[0].id == \"pending\" and .devices[0].result == \"refused\"" out
	done
	wait_for_unbind $DAX_HMEM
	expect 0 "$DAXFSCTL" reconfigure-device --dry-run --json -m system-ram $DAX_HMEM
	jq -e ".devices[0].result == \"would-change\"" out
	grep "would be undone" err'
check other_devices_stay_usable 0 '
	# by another file than that which is written to: of one file FUSE makes one write at a time
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	leave_behind 60000 $DAX_HMEM
	expect 0 timeout 30 "$DAXFSCTL" reconfigure-device -m devdax $DAX_PMEM
	"$DAXFSCTL" list -v --json $DAX_HMEM | jq -e ".devices[0].journal == \"pending\""'
check what_would_wait_for_it_is_refused 0 '
	"$DAXFSCTL" reconfigure-device -m system-ram -N $DAX_CXL
	echo "delay unbind 60000" > /sys/.ctl
	expect 7 "$DAXFSCTL" reconfigure-device -f --timeout 0.2 -m famfs $DAX_CXL
	echo "delay unbind 0" > /sys/.ctl
	expect 5 "$DAXFSCTL" reconfigure-device --json -m system-ram $DAX_PMEM
	jq -e ".errors[0].id == \"pending\"" out
	[[ $(driver $DAX_PMEM) == device_dax ]]'
check a_signal_ends_the_wait 0 '
	echo "delay unbind 60000" > /sys/.ctl
	start=${EPOCHREALTIME/./}
	"$DAXFSCTL" reconfigure-device --timeout 0 -m famfs $DAX_HMEM &
	until [[ -e /run/daxfsctl/pending-$DAX_HMEM ]]; do sleep 0.02; done
	kill -TERM $!
	status=0
	wait $! || status=$?
	[[ $status == 143 ]] || fail "status $status"
	[[ $((${EPOCHREALTIME/./} - start)) -lt 30000000 ]] || fail "waited"
	wait_for_unbind $DAX_HMEM
	expect 0 "$DAXFSCTL" recover
	[[ $(driver $DAX_HMEM) == device_dax ]]'
check an_ignored_signal_does_not 0 '
	echo "delay unbind 2500" > /sys/.ctl
	(trap "" HUP; exec "$DAXFSCTL" reconfigure-device -m famfs $DAX_HMEM) &
	until [[ -e /run/daxfsctl/pending-$DAX_HMEM ]]; do sleep 0.02; done
	kill -HUP $!
	wait $!
	[[ $(driver $DAX_HMEM) == fsdev_dax ]]'
check the_program_killed_while_it_waits 0 '
	echo "delay unbind 60000" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_HMEM &
	until [[ -e /run/daxfsctl/pending-$DAX_HMEM ]]; do sleep 0.02; done
	kill -KILL $!
	wait $! && exit 9
	# that of the child, whether it has begun by now or not
	echo "delay unbind 0" > /sys/.ctl
	echo "release now" > /sys/.ctl
	expect 0 "$DAXFSCTL" recover
	[[ $(driver $DAX_HMEM) == device_dax ]]'
check unbinds_go_on_side_by_side 0 '
	echo "delay unbind 1200" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device --progress=json -m famfs all 2> lines
	jq -s -e "map(select(.step == \"unbind\")) | length >= 6 and
		(.[0:3] | all(.event == \"begin\")) and (.[-1].event == \"end\")" lines
	jq -s -e "any(.event == \"waiting\" and .elapsed_ms >= 1000)" lines
	for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do [[ $(driver $device) == fsdev_dax ]]; done'
check one_that_fails_does_not_stop_the_others 0 '
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	expect 1 "$DAXFSCTL" reconfigure-device --json -m famfs all
	jq -e "[.devices[].result] | sort == [\"changed\", \"changed\", \"rolled-back\"]" out'
check an_id_that_was_left_captures_nobody 0 '
	for target in fsdev_dax:famfs kmem:system-ram; do
		echo $DAX_PMEM > /sys/bus/dax/drivers/${target%:*}/new_id
		echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind
		expect 0 "$DAXFSCTL" reconfigure-device -f -m ${target#*:} $DAX_HMEM
		[[ ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]] || fail "bound to $(driver $DAX_PMEM)"
		echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/bind
	done'
check a_left_page_map_comes_with_its_remedy 0 '
	region=$(dirname "$(readlink -f /sys/bus/dax/devices/$DAX_HMEM)")
	echo 1 > $region/dax_region/create
	expect 0 "$DAXFSCTL" reconfigure-device -s 256M -m famfs dax0.1
	echo "fail device_dax 12 1" > /sys/.ctl
	expect 7 "$DAXFSCTL" reconfigure-device --json -m devdax dax0.1
	jq -e ".errors[1] | .id == \"left-page-map\" and .errno == \"EINVAL\"" out
	# once more, for the first try was undone without success
	expect 7 "$DAXFSCTL" recover --json dax0.1
	hint=$(jq -er ".errors[0].hint | select(startswith(\"run: \"))[5:]" out)
	before=$(jq -c ".devices[0].before.mappings" out)
	daxfsctl() { "$DAXFSCTL" "$@"; }
	eval "$hint" || fail "$hint"
	[[ $(driver dax0.1) == fsdev_dax ]]
	[[ $("$DAXFSCTL" list -M --json dax0.1 | jq -c ".devices[0].mappings") == "$before" ]]'
check of_the_first_device_it_is_said_what_it_costs 0 '
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_HMEM
	echo "fail device_dax 12 1" > /sys/.ctl
	expect 7 "$DAXFSCTL" reconfigure-device --json -m devdax $DAX_HMEM
	jq -e ".errors[1] | .id == \"left-page-map\" and (.hint | test(\"destroys the size\"))" out
	expect 0 "$DAXFSCTL" reconfigure-device -m system-ram -N $DAX_CXL'
check the_way_back_leaves_nobody_bound 0 '
	"$DAXFSCTL" reconfigure-device -m devdax $DAX_CXL
	echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind
	echo "fail fsdev_dax 12 1 clean" > /sys/.ctl
	expect 1 "$DAXFSCTL" reconfigure-device --json -m famfs $DAX_CXL
	jq -e ".devices[0].result == \"rolled-back\"" out
	[[ $(driver $DAX_CXL) == device_dax ]]
	[[ ! -e /sys/bus/dax/devices/$DAX_PMEM/driver ]] || fail "bound to $(driver $DAX_PMEM)"
	grep "$DAX_PMEM: was bound to device_dax" err'
check disabled_devices_of_one_call_are_no_bystanders 0 '
	echo $DAX_HMEM > /sys/bus/dax/drivers/device_dax/unbind
	echo $DAX_PMEM > /sys/bus/dax/drivers/device_dax/unbind
	expect 0 "$DAXFSCTL" reconfigure-device -m famfs all
	for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do [[ $(driver $device) == fsdev_dax ]]; done'
check one_that_hangs_keeps_no_other_waiting 0 '
	"$DAXFSCTL" reconfigure-device -m system-ram $DAX_CXL
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM
	echo "delay device_dax/unbind 60000" > /sys/.ctl
	"$DAXFSCTL" reconfigure-device -f --timeout 0 -m devdax --rebind $DAX_HMEM $DAX_PMEM &
	until [[ $(driver $DAX_PMEM) == device_dax ]]; do sleep 0.02; done
	"$DAXFSCTL" list -v --json $DAX_HMEM | jq -e ".devices[0].journal == \"pending\""
	echo "delay device_dax/unbind 0" > /sys/.ctl
	echo "release now" > /sys/.ctl
	wait $!
	[[ $(driver $DAX_HMEM) == device_dax ]]'
check a_reader_that_does_not_read_stops_no_switch 0 '
	mkfifo stuck
	sleep 100 < stuck &
	(head -c 65536 /dev/zero >&2; exec "$DAXFSCTL" reconfigure-device --progress=json \
		-m famfs $DAX_HMEM) 2> stuck &
	until [[ $(driver $DAX_HMEM) == fsdev_dax ]]; do sleep 0.02; done
	until [[ ! -e /run/daxfsctl/journal-$DAX_HMEM ]]; do sleep 0.02; done
	kill %1
	wait $! || true'
check a_journal_of_a_device_that_is_gone_is_dropped 0 '
	region=$(dirname "$(readlink -f /sys/bus/dax/devices/$DAX_HMEM)")
	echo 1 > $region/dax_region/create
	expect 0 "$DAXFSCTL" reconfigure-device -s 256M -m famfs dax0.1
	"$DAXFSCTL" run -m devdax dax0.1 -- sh -c "kill -KILL \$PPID" || [[ $? == 137 ]]
	echo dax0.1 > /sys/bus/dax/drivers/device_dax/unbind
	echo 0 > $region/dax0.1/size
	echo dax0.1 > $region/dax_region/delete
	for name in "" dax0.1; do
		cp /run/daxfsctl/journal-dax0.1 kept
		expect 0 "$DAXFSCTL" recover $name
		grep "dax0.1: is gone" err
		[[ ! -e /run/daxfsctl/journal-dax0.1 ]]
		cp kept /run/daxfsctl/journal-dax0.1
	done'
check a_bad_timeout_is_refused 0 '
	expect 2 "$DAXFSCTL" reconfigure-device --timeout soon -m famfs $DAX_HMEM
	expect 2 "$DAXFSCTL" reconfigure-device --progress loud -m famfs $DAX_HMEM
	[[ $(driver $DAX_HMEM) == device_dax ]]'
exit "$failed"
