# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The part of ./demo that happens in the machine: commands as one would type them, what they print,
# and after each a look at what it did.

# shellcheck source=test/vm/lib.sh
source ./lib.sh

chapter() {
	printf '\n---- %s\n' "$*"
}

# COMMAND: as typed at a root shell
type_in() {
	echo
	echo "# $1"
	eval "$1" 2>&1
	status=$?
}

show_status() {
	echo "# echo \$?"
	echo "$status"
}

# WHAT COMMAND...: the demo is over when it is not so
make_sure() {
	local what=$1
	shift
	"$@" && return
	echo "demo: not so: $what" >&2
	exit 1
}

# STATUS
ended_with() {
	[[ $status == "$1" ]]
}

# DEVICE DRIVER
is_bound_to() {
	[[ $(driver_of "$1") == "$2" ]]
}

# MODE
list_says() {
	daxfsctl list --json | jq -e --arg device "$DAX_HMEM" --arg mode "$1" \
		'.devices[] | select(.chardev == $device) | .mode == $mode' > /dev/null
}

echo "Linux $(uname -r), $(daxfsctl --version)"

chapter "What is there"
type_in "daxfsctl list"
make_sure "list ends with 0" ended_with 0
type_in "daxfsctl list --json"
make_sure "list --json ends with 0" ended_with 0
make_sure "$DAX_HMEM is in mode devdax" list_says devdax

chapter "Look first: what would a switch to famfs do?"
type_in "daxfsctl reconfigure-device --dry-run -m famfs $DAX_HMEM"
make_sure "the dry run ends with 0" ended_with 0
make_sure "the dry run changed nothing" is_bound_to "$DAX_HMEM" device_dax

chapter "Switch"
type_in "daxfsctl reconfigure-device -m famfs $DAX_HMEM"
make_sure "the switch ends with 0" ended_with 0
make_sure "$DAX_HMEM is bound to fsdev_dax" is_bound_to "$DAX_HMEM" fsdev_dax
make_sure "list says famfs" list_says famfs
type_in "readlink /sys/bus/dax/devices/$DAX_HMEM/driver"
type_in "daxfsctl list"

chapter "Once more: nothing to do, nothing is written"
type_in "daxfsctl reconfigure-device -m famfs $DAX_HMEM"
make_sure "the second switch ends with 0" ended_with 0

chapter "Wrong calls touch nothing, and the exit status says what is wrong"
type_in "daxfsctl reconfigure-device -m bogus $DAX_HMEM"
show_status
make_sure "a mode that is none ends with 2" ended_with 2
type_in "daxfsctl reconfigure-device -m devdax dax9.9"
show_status
make_sure "a missing device ends with 3" ended_with 3
make_sure "$DAX_HMEM is still bound to fsdev_dax" is_bound_to "$DAX_HMEM" fsdev_dax

chapter "Ordinary memory, and what is refused then"
type_in "daxfsctl reconfigure-device -m system-ram $DAX_PMEM"
make_sure "the switch to system-ram ends with 0" ended_with 0
make_sure "$DAX_PMEM is bound to kmem" is_bound_to "$DAX_PMEM" kmem
type_in "daxfsctl list --memory"
type_in "daxfsctl reconfigure-device -m devdax $DAX_PMEM"
show_status
make_sure "online memory ends with 5" ended_with 5
make_sure "$DAX_PMEM is still bound to kmem" is_bound_to "$DAX_PMEM" kmem

chapter "And back"
type_in "daxfsctl reconfigure-device --force -m devdax $DAX_HMEM $DAX_PMEM"
make_sure "the switch back ends with 0" ended_with 0
make_sure "$DAX_HMEM is bound to device_dax" is_bound_to "$DAX_HMEM" device_dax
make_sure "$DAX_PMEM is bound to device_dax" is_bound_to "$DAX_PMEM" device_dax
type_in "daxfsctl list"
make_sure "list says devdax" list_says devdax
echo
