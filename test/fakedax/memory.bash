# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# Memory blocks set online and offline: all of a device, or none.

set -u
: "${KILLAT:?}"
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

# What the blocks are; those of a device of the model are all that there are.
# shellcheck disable=SC2016
functions+='
states() { cat /sys/devices/system/memory/memory*/state | sort | uniq -c | xargs; }
told() { "$DAXFSCTL" list --memory --json "$1" | jq -c "[.devices[0].memory | .online_blocks, .total_blocks]"; }
first_block() { basename "$(find /sys/devices/system/memory -maxdepth 1 -name "memory[0-9]*" | sort -V | head -n 1)"; }
prepare() { "$DAXFSCTL" reconfigure-device -m system-ram "$@" $DAX_HMEM > /run/out; }
'
cat=$functions

for attribute in 0 1; do
	functions="$cat
		echo state-attribute $attribute > /sys/.ctl"

	check "memory_goes_offline_and_online_with_attribute_$attribute" 0 '
		prepare
		[[ $(told $DAX_HMEM) == "[4,4]" ]]
		"$DAXFSCTL" offline-memory --json $DAX_HMEM > /run/out
		[[ $(jq -c "[.command, (.devices[0] | .result, .mode, .before.memory.online_blocks,
			.after.memory.online_blocks)]" /run/out) == \
			"[\"offline-memory\",\"changed\",\"system-ram\",4,0]" ]]
		[[ $(told $DAX_HMEM) == "[0,4]" && $(driver $DAX_HMEM) == kmem ]]
		[[ $("$DAXFSCTL" offline-memory $DAX_HMEM) == *unchanged* ]]
		[[ $("$DAXFSCTL" online-memory $DAX_HMEM) == *"changed: online blocks 0 -> 4 of 4"* ]]
		[[ $(told $DAX_HMEM) == "[4,4]" ]]
		[[ $("$DAXFSCTL" list --memory --json | jq -c ".devices[0].memory.zones") == "[\"Movable\"]" ]]
		[[ $("$DAXFSCTL" online-memory $DAX_HMEM) == *unchanged* ]]
		[[ ! -e /run/daxfsctl/journal-$DAX_HMEM ]]'
	check "memory_can_be_onlined_in_a_kernel_zone_with_attribute_$attribute" 0 '
		prepare -N
		"$DAXFSCTL" online-memory --no-movable $DAX_HMEM
		[[ $("$DAXFSCTL" list --memory --json | jq -c ".devices[0].memory.zones") == "[\"Normal\"]" ]]'
	check "memory_that_does_not_go_offline_is_named_with_attribute_$attribute" 0 '
		prepare
		block=$(first_block)
		echo "busy ${block#memory} 1" > /sys/.ctl
		"$DAXFSCTL" offline-memory --wait 0 --json $DAX_HMEM > /run/out && exit 9 || [[ $? == 5 ]]
		[[ $(jq -r ".devices[0].result" /run/out) == rolled-back ]]
		[[ $(jq -c ".errors[0] | [.id, .step]" /run/out) == "[\"memory-busy\",\"offline-memory\"]" ]]
		[[ $(jq -c ".errors[0].blocks | index(${block#memory})" /run/out) == 0 ]]
		[[ $(told $DAX_HMEM) == "[4,4]" && ! -e /run/daxfsctl/journal-$DAX_HMEM ]]'
	check "memory_that_goes_offline_later_is_waited_for_with_attribute_$attribute" 0 '
		prepare
		block=$(first_block)
		echo "busy ${block#memory} 1" > /sys/.ctl
		{ sleep 0.5; echo "busy ${block#memory} 0" > /sys/.ctl; } &
		"$DAXFSCTL" offline-memory --wait 20 $DAX_HMEM
		wait
		[[ $(told $DAX_HMEM) == "[0,4]" ]]'
done
functions=$cat

check the_blocks_that_stay_online_are_named_alone 0 '
	echo "state-attribute 0" > /sys/.ctl
	prepare
	block=$(first_block)
	echo "busy ${block#memory} 1" > /sys/.ctl
	"$DAXFSCTL" offline-memory --wait 0 --json $DAX_HMEM > /run/out && exit 9 || [[ $? == 5 ]]
	[[ $(jq -c ".errors[0].blocks" /run/out) == "[${block#memory}]" ]]
	[[ $(jq -r ".errors[0].message" /run/out) == *"1 of its 4 memory blocks stay online: ${block#memory}" ]]'
check a_signal_ends_the_waiting 0 '
	prepare
	block=$(first_block)
	echo "busy ${block#memory} 1" > /sys/.ctl
	"$DAXFSCTL" offline-memory --wait 60 $DAX_HMEM > /run/out 2>&1 &
	until [[ -e /run/daxfsctl/journal-$DAX_HMEM ]]; do sleep 0.02; done
	kill -TERM $!
	wait $! && exit 9
	[[ $SECONDS -lt 30 && $(told $DAX_HMEM) == "[4,4]" && ! -e /run/daxfsctl/journal-$DAX_HMEM ]]'
check a_device_in_another_mode_has_no_memory 0 '
	for command in online-memory offline-memory; do
		"$DAXFSCTL" $command --json $DAX_HMEM > /run/out && exit 9 || [[ $? == 2 ]]
		[[ $(jq -r ".errors[0].id" /run/out) == not-system-ram ]]
		[[ $(jq -r ".devices[0].result" /run/out) == refused ]]
	done
	[[ $(driver $DAX_HMEM) == device_dax ]]'
check a_killed_command_is_undone 0 '
	for command in offline-memory online-memory; do
		prepare -f
		if [[ $command == online-memory ]]; then "$DAXFSCTL" offline-memory $DAX_HMEM; fi
		alone "$KILLAT" --told /run/list --all "$DAXFSCTL" $command $DAX_HMEM
		points=$(grep -E " (write|renameat|unlinkat) /(sys|run)" /run/list | cut -d" " -f1)
		[[ $(wc -w <<< "$points") -ge 3 ]]
		for point in $points; do
			prepare -f
			[[ $command == offline-memory ]] || "$DAXFSCTL" offline-memory $DAX_HMEM
			alone "$KILLAT" --kill $point "$DAXFSCTL" $command $DAX_HMEM > /run/out || true
			"$DAXFSCTL" recover > /run/out
			[[ $(told $DAX_HMEM) == "[0,4]" || $(told $DAX_HMEM) == "[4,4]" ]]
			! compgen -G "/run/daxfsctl/journal-*"
			[[ $(driver $DAX_HMEM) == kmem ]]
		done
	done'
exit "$failed"
