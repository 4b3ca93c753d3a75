# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# What a switch registers with a driver, when it fails afterwards, and so does what takes that back.

set -u
: "${KILLAT:?}"
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

# The device is in famfs mode, and to become memory: kmem gets its id; `fail_after_that` has the next
# call fail. Where the first removal of that id is, that failure being made: $removal. Both tries of
# a removal are an open and a write; number and errno of a call that fails are arguments.
functions+='
begin() {
	"$DAXFSCTL" reconfigure-device -f -m devdax $DAX_PMEM > /run/out
	"$DAXFSCTL" reconfigure-device -m famfs $DAX_PMEM > /run/out
	before=$(< /sys/.ctl)
	[[ $before == *" kmem= "* ]]
	rm -f /run/daxfsctl/pending-*
}
calls() { grep -E " $1$" /run/told | cut -d" " -f1; }
switch() {
	result=0
	alone "$KILLAT" --told /run/told --all "$@" "$DAXFSCTL" reconfigure-device --json -m system-ram \
		$DAX_PMEM > /run/out || result=$?
}
fail_after_that() {
	local registered
	begin
	switch
	registered=$(calls "write /sys/bus/dax/drivers/kmem/new_id")
	failure=$(calls "openat /run/daxfsctl/pending-$DAX_PMEM" |
		awk -v after=$registered "\$1 > after" | head -n 1)
	begin
	switch --fail $failure 13
	[[ $result == 4 && $(< /sys/.ctl) == "$before" ]]
	removal=$(calls "write /sys/bus/dax/drivers/kmem/remove_id" | head -n 1)
	begin
}
error() { jq -er ".errors[$1] | \"\(.id) \(.step) \(.errno) \(.path)\"" /run/out; }
'

check an_id_whose_removal_fails_once_is_removed_all_the_same 0 '
	for errno in 4 5; do
		fail_after_that
		switch --fail $failure 13 --fail $removal $errno
		[[ $result == 4 && $(< /sys/.ctl) == "$before" ]]
		[[ ! -e /run/daxfsctl/journal-$DAX_PMEM ]]
		jq -e ".devices[0].result == \"rolled-back\" and (.errors | length == 1)" /run/out
	done'
check an_id_that_cannot_be_removed_is_told_and_recover_removes_it 0 '
	fail_after_that
	switch --fail $failure 13 --fail $removal 5 --fail $((removal + 3)) 5
	cat /run/out
	[[ $(< /sys/.ctl) == "${before/ kmem=/ kmem=$DAX_PMEM}" ]]
	[[ $result == 7 && -e /run/daxfsctl/journal-$DAX_PMEM ]]
	jq -e ".devices[0] | .result == \"failed\" and .after.mode == \"famfs\"" /run/out
	[[ $(error 1) == "not-restored remove-id EIO /sys/bus/dax/drivers/kmem/remove_id" ]]
	jq -r ".errors[1].message" /run/out | grep "kmem may still have its id"
	"$DAXFSCTL" recover
	[[ $(< /sys/.ctl) == "$before" && ! -e /run/daxfsctl/journal-$DAX_PMEM ]]'
check recover_says_so_as_well_and_can_be_run_again 0 '
	fail_after_that
	switch --fail $failure 13 --fail $removal 5 --fail $((removal + 3)) 5
	alone "$KILLAT" --told /run/told --all "$DAXFSCTL" recover --dry-run > /run/out
	rm -f /run/daxfsctl/pending-*
	cp -r /run/daxfsctl /run/saved
	saved=$(< /sys/.ctl)
	# as below, for what is printed takes memory, and that takes calls
	alone "$KILLAT" --told /run/told --all "$DAXFSCTL" recover --json > /run/out
	[[ $(< /sys/.ctl) == "$before" ]]
	removal=$(calls "write /sys/bus/dax/drivers/kmem/remove_id" | head -n 1)
	echo $DAX_PMEM > /sys/bus/dax/drivers/kmem/new_id
	cp -r /run/saved/. /run/daxfsctl
	[[ $(< /sys/.ctl) == "$saved" ]]
	alone "$KILLAT" --told /run/told --all --fail $removal 5 --fail $((removal + 3)) 5 \
		"$DAXFSCTL" recover --json > /run/out && exit 9 || [[ $? == 7 ]]
	[[ $(< /sys/.ctl) == "$saved" && -e /run/daxfsctl/journal-$DAX_PMEM ]]
	[[ $(error 0) == "not-restored remove-id EIO /sys/bus/dax/drivers/kmem/remove_id" ]]
	"$DAXFSCTL" recover
	[[ $(< /sys/.ctl) == "$before" && ! -e /run/daxfsctl/journal-$DAX_PMEM ]]'
# Nothing has been written, and so there is nothing to remove: that this cannot be done is no matter.
check a_failure_before_that_is_not_told_as_a_trace 0 '
	begin
	switch
	failure=$(calls "write /sys/bus/dax/drivers/kmem/new_id")
	begin
	switch --fail $failure 5
	removal=$(calls "write /sys/bus/dax/drivers/kmem/remove_id" | head -n 1)
	begin
	switch --fail $failure 5 --fail $removal 5 --fail $((removal + 3)) 5
	[[ $result != 7 && $(< /sys/.ctl) == "$before" && ! -e /run/daxfsctl/journal-$DAX_PMEM ]]
	jq -e ".devices[0].result == \"rolled-back\"" /run/out'
exit "$failed"
