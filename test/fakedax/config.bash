# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2317 # run by `enter`: the shell inside expands it
#
# Devices become what the configuration says.

set -u
# shellcheck source=test/fakedax/checks.bash
source "$(dirname "${BASH_SOURCE[0]}")/checks.bash"
devices=hmem,pmem,cxl

# An /etc of our own: FILE LINE... is a file of the configuration
# shellcheck disable=SC2016
functions+='
mount -t tmpfs tmpfs /etc
mkdir /etc/daxfsctl.conf.d /etc/daxctl.conf.d
configure() { local file=$1; shift; printf "%s\n" "$@" > "/etc/$file.conf"; }
pool() { configure daxfsctl.conf.d/$1 "[device $1]" "${@:2}"; }
nothing_is_left() {
	! compgen -G "/run/daxfsctl/journal-*" && ! compgen -G "/run/daxfsctl/early-*" &&
		[[ ! $(cat /sys/.ctl) =~ (device_dax|fsdev_dax|kmem)=dax ]]
}
'

check all_devices_become_what_their_sections_say 0 '
	pool one "kind = hmem" "mode = famfs" "align = 4K"
	pool two "name = $DAX_PMEM" "mode = famfs"
	pool three "cxl-region = region0" "mode = system-ram" "movable = no"
	"$DAXFSCTL" apply --diff --all --json > /run/out && exit 9 || [[ $? == 9 ]]
	[[ $(jq -c "[.devices[].result]" /run/out) == "[\"would-change\",\"would-change\",\"would-change\"]" ]]
	[[ $(driver $DAX_HMEM) == device_dax ]]
	"$DAXFSCTL" apply --all --json > /run/out
	[[ $(jq -c "[.command, ([.devices[].result] | unique)]" /run/out) == "[\"apply\",[\"changed\"]]" ]]
	[[ $(driver $DAX_HMEM) == fsdev_dax && $(driver $DAX_PMEM) == fsdev_dax ]]
	[[ $(driver $DAX_CXL) == kmem && $(cat /sys/bus/dax/devices/$DAX_HMEM/align) == 4096 ]]
	[[ $("$DAXFSCTL" list --memory --json $DAX_CXL | jq -c ".devices[0].memory.zones") == "[\"Normal\"]" ]]
	"$DAXFSCTL" apply --all --json > /run/out
	[[ $(jq -c "[.devices[].result] | unique" /run/out) == "[\"unchanged\"]" ]]
	[[ $("$DAXFSCTL" apply --all --diff) == "nothing to do" ]]
	nothing_is_left'
check the_same_wish_is_one_switch 0 '
	pool one "kind = hmem" "mode = famfs"
	pool two "kind = pmem" "mode = famfs"
	echo "delay unbind 600000" > /sys/.ctl
	"$DAXFSCTL" apply --all --progress json 2> /run/out &
	for ((i = 0; i < 1200 && $(grep -c "begin.*unbind" /run/out) < 2; i++)); do
		sleep 0.05
	done
	echo "delay unbind 0" > /sys/.ctl
	echo "release now" > /sys/.ctl
	wait $!
	[[ $(jq -rs "[.[] | select(.step == \"unbind\") | .event | select(. != \"waiting\")] |
		join(\" \")" /run/out) == "begin begin end end" ]]
	[[ $(driver $DAX_HMEM) == fsdev_dax && $(driver $DAX_PMEM) == fsdev_dax ]]'
check one_that_fails_does_not_stop_the_others 0 '
	pool one "name = $DAX_HMEM" "mode = famfs"
	pool two "name = $DAX_PMEM" "mode = devdax" "align = 4K" "on-failure = fail"
	"$DAXFSCTL" apply --all && exit 9 || [[ $? == 6 ]]
	[[ $(driver $DAX_HMEM) == fsdev_dax && $(driver $DAX_PMEM) == device_dax ]]
	pool two "name = $DAX_PMEM" "mode = devdax" "align = 4K" "on-failure = ignore"
	"$DAXFSCTL" apply --all --json > /run/out
	[[ $(jq -c "[.errors[].id]" /run/out) == "[\"static-device\"]" ]]'
check daxctls_configuration_is_understood 0 '
	uuid=$("$DAXFSCTL" list --backing --json $DAX_PMEM | jq -r ".devices[0].backing.uuid")
	configure daxctl.conf.d/daxctl "[reconfigure-device one]" "nvdimm.uuid = $uuid" \
		"mode = system-ram" "online = false"
	"$DAXFSCTL" reconfigure-device -C $DAX_PMEM
	[[ $(driver $DAX_PMEM) == kmem ]]
	[[ $("$DAXFSCTL" list --memory --json $DAX_PMEM | jq ".devices[0].memory.online_blocks") == 0 ]]
	[[ $("$DAXFSCTL" reconfigure-device -C $DAX_HMEM) == "" && $(driver $DAX_HMEM) == device_dax ]]'
check an_early_name_comes_before_the_device_and_other_drivers 0 '
	pool one "name = $DAX_HMEM" "mode = famfs"
	"$DAXFSCTL" apply --early --json > /run/out && exit 9 || [[ $? == 1 ]]
	[[ $(jq -c "[.errors[].id]" /run/out) == "[\"too-late\"]" ]]
	pool one "name = dax7.0" "mode = famfs"
	"$DAXFSCTL" apply --early --json > /run/out && exit 9 || [[ $? == 1 ]]
	[[ $(jq -c "[.errors[].id]" /run/out) == "[\"driver-first\"]" ]]
	pool one "name = $DAX_HMEM" "mode = devdax"
	[[ $("$DAXFSCTL" apply --early) == "$DAX_HMEM: unchanged" ]]
	pool one "kind = hmem" "mode = famfs"
	"$DAXFSCTL" apply --early 2> /run/out
	grep "has no name: left to" /run/out
	nothing_is_left'
check early_names_are_registered_and_wrong_devices_go_back 0 '
	for driver in kmem device_dax; do
		for device in $DAX_HMEM $DAX_PMEM $DAX_CXL; do echo "set $device none" > /sys/.ctl; done
		echo "unload $driver" > /sys/.ctl
	done
	pool one "name = dax7.0" "mode = famfs" "size = 1G"
	[[ $("$DAXFSCTL" apply --early) == "dax7.0: registered" ]]
	[[ $(cat /sys/.ctl) == *fsdev_dax=dax7.0* && -e /run/daxfsctl/early-dax7.0 ]]
	"$DAXFSCTL" apply --early
	# as if it had appeared with that name
	echo "load device_dax" > /sys/.ctl
	echo "set $DAX_HMEM fsdev_dax" > /sys/.ctl
	sed "s/dax7.0/$DAX_HMEM/" /run/daxfsctl/early-dax7.0 > /run/daxfsctl/early-$DAX_HMEM
	pool one "name = $DAX_HMEM" "mode = famfs" "size = 512M"
	"$DAXFSCTL" apply $DAX_HMEM
	[[ $(driver $DAX_HMEM) == fsdev_dax && -e /run/daxfsctl/early-$DAX_HMEM ]]
	pool one "name = $DAX_HMEM" "mode = famfs" "size = 1G"
	"$DAXFSCTL" apply --diff $DAX_HMEM && exit 9 || [[ $? == 9 ]]
	"$DAXFSCTL" apply --json $DAX_HMEM > /run/out && exit 9 || [[ $? == 1 ]]
	[[ $(jq -c "[.errors[0].id, .devices[0].result]" /run/out) == "[\"early-mismatch\",\"changed\"]" ]]
	[[ $(driver $DAX_HMEM) == device_dax && ! -e /run/daxfsctl/early-$DAX_HMEM ]]
	"$DAXFSCTL" apply $DAX_HMEM'
exit "$failed"
