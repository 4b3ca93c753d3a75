# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# A dump of this machine says of its devices what the machine itself says.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

dynamic=${DAX_HMEM:-${DAX_CXL:-}}

# ARGUMENT...: the same of the dump as of the machine, but for what is in the run directory
says_the_same() {
	local filter='del(.devices[]?.configured_mode, .devices[]?.journal)'
	daxfsctl "$@" --json | jq -c "$filter" > here
	daxfsctl --sysroot dump "$@" --json | jq -c "$filter" > there
	diff here there || fail "$*: the dump says something else"
}

# What check-device finds by loading nothing and asking nobody but files
findings_are_the_same() {
	local filter='.devices | map([.chardev, .mode, (.findings | map(.id))])'
	diff <(daxfsctl check-device --json all | jq -c "$filter") \
		<(daxfsctl --sysroot dump check-device --json all | jq -c "$filter")
}

is_the_same() {
	rm -rf dump
	mkdir dump
	daxfsctl dump -o dump.tar
	tar -C dump -xf dump.tar
	cat dump/unread
	says_the_same list --idle -v -M --backing --memory
	says_the_same list -R
	findings_are_the_same
	[[ $(daxfsctl doctor --sysroot dump --json | jq -r .machine.kernel) == "$(uname -r)" ]]
	# what can be read is read
	! grep -vE 'Input/output error|No such device|Operation not supported|Invalid argument' dump/unread ||
		fail "files were not read"
}

for mode in devdax famfs system-ram; do
	daxfsctl reconfigure-device -f -m "$mode" all > /dev/null
	check "a_dump_in_mode_${mode}_says_what_the_machine_says" is_the_same
done
daxfsctl reconfigure-device -f -m devdax all > /dev/null
daxfsctl disable-device "$dynamic"
check a_dump_of_a_disabled_device is_the_same
daxfsctl enable-device "$dynamic"

poison_is_in_it() {
	daxfsctl reconfigure-device -m famfs "$dynamic"
	daxfsctl inject-error --yes --offset 20480 "$dynamic"
	daxfsctl dump -o dump.tar
	tar -xOf dump.tar run/daxfsctl/poison | grep -q "$dynamic"
	tar -xOf dump.tar dev/kmsg | grep -qi "memory failure"
}
check the_record_of_poison_and_what_the_kernel_said_are_in_it poison_is_in_it

stranded_is_seen() {
	daxfsctl reconfigure-device -f -m system-ram --discard-poison "$dynamic"
	echo "$dynamic" > "$dax_bus/drivers/kmem/unbind"
	is_the_same
	[[ $(daxfsctl --sysroot dump list --json "$dynamic" | jq -r '.devices[0].state') == stranded ]]
}
[[ $dynamic != "${DAX_HMEM:-}" ]] || check a_stranded_device_is_seen_in_the_dump stranded_is_seen

check no_complaint_of_the_kernel dmesg_clean
finish
