# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2153,SC2317 # DAX_PMEM is set; check calls the functions
#
# daxfsctl run: the devices are back after the command, however it or daxfsctl ended.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

is_back() {
	[[ $(driver_of "$DAX_HMEM") == device_dax && $(driver_of "$DAX_PMEM") == device_dax ]] ||
		fail "$DAX_HMEM: $(driver_of "$DAX_HMEM"), $DAX_PMEM: $(driver_of "$DAX_PMEM")"
	! compgen -G '/run/daxfsctl/journal-*' || fail "a journal is left"
}

# MODE DEVICE COMMAND...: in the background, until its command runs; the pid is in run
start() {
	local mode=$1 device=$2
	shift 2
	rm -f started
	daxfsctl run -m "$mode" "$device" -- bash -c 'echo $$ > started.new; mv started.new started; "$@"' \
		command "$@" > out 2> err &
	run=$!
	wait_until 30 test -e started
}

# STATUS: how it ended
ended() {
	local status=0
	wait "$run" || status=$?
	cat err
	[[ $status == "$1" ]] || fail "exit status $status, expected $1"
}

success() {
	daxfsctl run -m famfs "$DAX_HMEM" -- readlink "$dax_bus/devices/$DAX_HMEM/driver" > out
	[[ $(< out) == */fsdev_dax ]]
	is_back
}
check after_success_the_device_is_back success

failure() {
	expect_exit 42 daxfsctl run -m famfs "$DAX_HMEM" "$DAX_PMEM" -- sh -c 'exit 42'
	is_back
	expect_exit 42 daxfsctl run -m system-ram "$DAX_PMEM" -- sh -c 'exit 42'
	is_back
}
check after_failure_the_device_is_back failure

# Not only the driver: a size that the command has changed comes back as the ranges it was.
layout() {
	local before
	make_two_range "$DAX_HMEM"
	before=$(ranges_of "$DAX_HMEM")
	daxfsctl run -m famfs "$DAX_HMEM" -- bash -c \
		"echo $DAX_HMEM > $dax_bus/drivers/fsdev_dax/unbind
		echo $((256 * MiB)) > $dax_bus/devices/$DAX_HMEM/size"
	is_back
	[[ $(ranges_of "$DAX_HMEM") == "$before" ]] || fail "$(ranges_of "$DAX_HMEM")"
}
check the_ranges_are_back layout

unchanged() {
	daxfsctl run -m devdax "$DAX_HMEM" -- test ! -e "/run/daxfsctl/journal-$DAX_HMEM" > out 2> err
	grep -q "^$DAX_HMEM: unchanged" err
	[[ $(wc -l < err) == 1 ]]
	is_back
}
check a_device_in_that_mode_is_left_alone unchanged

# ---- signals

terminated() {
	start famfs "$DAX_HMEM" sleep 1000
	kill -TERM "$run"
	ended 143
	is_back
}
check after_SIGTERM_to_daxfsctl_the_device_is_back terminated

handled() {
	# shellcheck disable=SC2016 # the inner shell expands it
	start famfs "$DAX_HMEM" bash -c 'trap "exit 9" HUP; echo trapped; while :; do sleep 0.1; done'
	wait_until 30 grep -q trapped out
	kill -HUP "$run"
	ended 9
	is_back
}
check a_signal_is_the_commands_to_handle handled

killed_command() {
	start famfs "$DAX_HMEM" sleep 1000
	kill -KILL "$(< started)"
	ended 137
	is_back
}
check after_the_commands_SIGKILL_the_device_is_back killed_command

killed() {
	start famfs "$DAX_HMEM" sleep 1000
	kill -KILL "$run"
	wait "$run" || [[ $? == 137 ]]
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	[[ $(daxfsctl list -v --json -d "$DAX_HMEM" | jq -r '.devices[0].journal') == stale ]]
	daxfsctl recover > out
	cat out
	grep -q "^$DAX_HMEM: rolled-back: famfs -> devdax" out
	kill "$(< started)"
	is_back
}
check after_SIGKILL_of_daxfsctl_recover_brings_it_back killed

killed_and_switched() {
	start famfs "$DAX_HMEM" sleep 1000
	kill -KILL "$run"
	wait "$run" || [[ $? == 137 ]]
	daxfsctl reconfigure-device --json -m famfs "$DAX_HMEM" > out
	jq -e '.devices[0] | [.before.mode, .after.mode] == ["devdax", "famfs"]' out
	kill "$(< started)"
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
	is_back
}
check after_SIGKILL_the_next_switch_goes_back_first killed_and_switched

killed_in_use() {
	start famfs "$DAX_HMEM" bash -c "exec sleep 1000 < /dev/$DAX_HMEM"
	wait_until 30 test "/proc/$(< started)/fd/0" -ef "/dev/$DAX_HMEM"
	kill -KILL "$run"
	wait "$run" || [[ $? == 137 ]]
	expect_exit 5 daxfsctl recover --json > out
	cat out
	jq -e ".errors[0] | .id == \"in-use\" and .users[0].pid == $(< started)" out
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	kill "$(< started)"
	wait_until 10 test ! -e "/proc/$(< started)"
	daxfsctl recover
	is_back
}
check recover_waits_for_a_command_that_lives_on killed_in_use

# SIGKILL in the switch itself, before any call of its window: it is the old mode, never the new.
killed_in_the_switch() {
	local name ordinal n=0
	traced_alone -f -y -o trace daxfsctl run -m famfs "$DAX_HMEM" -- true
	sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1 &/p' trace | awk '{ print $1, ++count[$1], $0 }' |
		sed -n '/write(.*unbind/,/write(.*\/bind/p' | cut -d' ' -f1,2 | head -n 8 > calls
	[[ -s calls ]] || fail "no window"
	while read -r name ordinal; do
		traced_alone -f -o trace -e "trace=$name" -e "inject=$name:signal=KILL:when=$ordinal" \
			daxfsctl run -m famfs "$DAX_HMEM" -- true > out 2>&1 || true
		n=$((n + 1))
		daxfsctl recover
		is_back
	done < calls
	[[ $n -ge 2 ]]
}
check a_switch_that_is_killed_half_way_is_undone killed_in_the_switch

# ---- others

others() {
	start famfs "$DAX_HMEM" sleep 1000
	expect_exit 5 daxfsctl reconfigure-device --json -m system-ram "$DAX_HMEM" > refused
	cat refused
	[[ $(jq -r '.errors[0].id' refused) == pending ]]
	[[ $(jq -r '.errors[0].message' refused) == *"famfs by pid $run (daxfsctl)"* ]]
	expect_exit 5 daxfsctl recover
	expect_exit 5 daxfsctl recover "$DAX_HMEM"
	expect_exit 125 daxfsctl run -m system-ram "$DAX_HMEM" -- touch wrong
	[[ ! -e wrong ]]
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	[[ $(daxfsctl list -v --json -d "$DAX_HMEM" | jq -r '.devices[0].journal') == active ]]
	# the lock is free, and the others are not concerned
	daxfsctl reconfigure-device --lock-timeout 0 -m famfs "$DAX_PMEM"
	daxfsctl reconfigure-device --lock-timeout 0 -m devdax "$DAX_PMEM"
	kill -TERM "$run"
	ended 143
	is_back
}
check others_wait_while_the_command_lives others

waited_for() {
	start famfs "$DAX_HMEM" sleep 2
	daxfsctl reconfigure-device --wait 60 -m system-ram "$DAX_HMEM"
	ended 0
	[[ $(driver_of "$DAX_HMEM") == kmem ]]
	daxfsctl reconfigure-device -f -m devdax "$DAX_HMEM"
	is_back
}
check others_can_wait_for_it waited_for

# ---- what cannot be done

not_switched() {
	expect_exit 125 daxfsctl run -m famfs dax9.9 -- touch wrong
	expect_exit 125 daxfsctl run -m famfs "$DAX_HMEM" dax9.9 -- touch wrong
	expect_exit 125 daxfsctl run --report /nonexistent/file -m famfs "$DAX_HMEM" -- touch wrong
	[[ ! -e wrong ]]
	is_back
}
check what_is_not_there_is_125 not_switched

one_is_busy() {
	local status=0
	bash -c "exec sleep 1000 < /dev/$DAX_PMEM" &
	wait_until 30 test "/proc/$!/fd/0" -ef "/dev/$DAX_PMEM"
	daxfsctl run --json -m famfs "$DAX_HMEM" "$DAX_PMEM" -- touch wrong 2> err || status=$?
	cat err
	kill %%
	[[ $status == 125 && ! -e wrong ]] || fail "exit status $status"
	jq -e '[.devices[].result] == ["changed", "refused", "rolled-back"]' err
	jq -e '[.errors[].id] == ["in-use"]' err
	is_back
}
check of_two_devices_with_one_busy_none_stays_switched one_is_busy

not_run() {
	expect_exit 127 daxfsctl run -m famfs "$DAX_HMEM" -- nonexistent
	expect_exit 126 daxfsctl run -m famfs "$DAX_HMEM" -- /etc/passwd
	expect_exit 126 daxfsctl run -m famfs "$DAX_HMEM" -- /
	# found, but its interpreter is not
	printf '#!/nonexistent\n' > script
	chmod +x script
	expect_exit 127 daxfsctl run --restore=never -m famfs "$DAX_HMEM" -- ./script
	is_back
}
check what_cannot_be_run_is_126_or_127 not_run

# ---- --restore

on_failure() {
	daxfsctl run --restore=on-failure -m famfs "$DAX_HMEM" -- true
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	[[ ! -e /run/daxfsctl/journal-$DAX_HMEM ]]
	expect_exit 3 daxfsctl run --restore=on-failure -m devdax "$DAX_HMEM" -- sh -c 'exit 3'
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	daxfsctl run --restore=on-failure -m devdax "$DAX_HMEM" -- true
	is_back
}
check on_failure_goes_back_then_only on_failure

never() {
	expect_exit 3 daxfsctl run --restore=never -m famfs "$DAX_HMEM" -- sh -c 'exit 3'
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	daxfsctl recover
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	daxfsctl reconfigure-device -m devdax "$DAX_HMEM"
	is_back
}
check never_stays never

# ---- what is left behind by the command

left_open() {
	expect_exit 7 daxfsctl run -m famfs "$DAX_HMEM" -- \
		bash -c "sleep 1000 < /dev/$DAX_HMEM & echo \$! > left" 2> err
	cat err
	grep -q "in use by pid $(< left) (sleep, uid 0): open" err
	grep -q 'daxfsctl recover' err
	[[ $(driver_of "$DAX_HMEM") == fsdev_dax ]]
	kill "$(< left)"
	wait_until 10 test ! -e "/proc/$(< left)"
	daxfsctl recover
	is_back
}
check a_process_left_with_the_device_is_7_and_recoverable left_open

left_for_a_while() {
	daxfsctl run --wait 60 -m famfs "$DAX_HMEM" -- bash -c "sleep 2 < /dev/$DAX_HMEM &"
	is_back
}
check wait_is_for_the_way_back_too left_for_a_while

# A signal ends the waiting, and nothing is done to the one that is left.
wait_is_interrupted() {
	daxfsctl run --wait 600 -m famfs "$DAX_HMEM" -- \
		bash -c "sleep 1000 < /dev/$DAX_HMEM & echo \$! > left; echo over" > out 2> err &
	run=$!
	wait_until 30 grep -q over out
	sleep 1
	kill -TERM "$run"
	ended 7
	kill "$(< left)"
	wait_until 10 test ! -e "/proc/$(< left)"
	daxfsctl recover
	is_back
}
check a_signal_ends_the_wait_for_the_way_back wait_is_interrupted

# ---- what the command sees

output() {
	daxfsctl run -m famfs "$DAX_HMEM" -- sh -c 'echo out; echo err >&2' > out 2> err
	[[ $(< out) == out ]]
	[[ $(wc -l < err) == 3 && $(sed -n 2p err) == err ]] || fail "$(cat err)"
	daxfsctl run --report report -m famfs "$DAX_HMEM" -- sh -c 'echo out; echo err >&2' > out 2> err
	[[ $(< out) == out && $(< err) == err ]]
	[[ $(wc -l < report) == 2 ]] || fail "$(cat report)"
	expect_exit 4 daxfsctl run --json --report report -m famfs "$DAX_HMEM" -- sh -c 'exit 4' > out 2> err
	[[ ! -s out && ! -s err ]]
	jq -e '[.command, .status, [.devices[].result]] == ["run", 4, ["changed", "rolled-back"]]' report
	# a report that cannot be written does not change what the command said
	expect_exit 4 daxfsctl run -m famfs "$DAX_HMEM" -- sh -c 'exit 4' 2> /dev/full
	is_back
}
check standard_output_is_the_commands output

# shellcheck disable=SC2016 # the inner shell expands it
inherited() {
	local look='grep -E "^Sig(Blk|Ign)" /proc/self/status; ls /proc/$$/fd'
	bash -c "$look" < /dev/null > before
	daxfsctl run -m famfs "$DAX_HMEM" -- bash -c "$look" < /dev/null > after
	diff before after
	(trap '' PIPE USR1; bash -c "$look" < /dev/null > before
		daxfsctl run -m famfs "$DAX_HMEM" -- bash -c "$look" < /dev/null > after)
	diff before after
	daxfsctl run -m famfs "$DAX_HMEM" -- sh -c '[ ! -e /proc/$$/fd/1 ]' >&-
	is_back
}
check signals_and_files_are_the_callers inherited

check no_complaint_of_the_kernel dmesg_clean
finish
