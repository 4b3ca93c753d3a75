# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317,SC2153 # check calls the functions
#
# inject-error hits the page that was asked for, seen by a module that holds the device as a file system
# does; what it refuses; what stays on record.
#	gcc -Ilib -o inject-many test/vm/helper/inject-many.c -LBUILD/lib -ldaxfs
#	test/vm/run --module --append=log_buf_len=4M test/vm/tests/inject.sh inject-many
# and with "--monitor ... test/vm/tests/machine-check.sh" also what real failures do. The log has to hold what the kernel says of 2,000 injections.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

[[ -d module ]] || fail "give me the modules: test/vm/run --module"
insmod module/dax_holder.ko || fail "no holder"
readonly holder=/sys/module/dax_holder/parameters
readonly count=${COUNT:-1000}
readonly page=4096

# ---- the program

# STATUS ARGUMENT...: inject-error of it; the document is in ./said
inject() {
	local expected=$1 status=0
	shift
	daxfsctl inject-error --json --yes "$@" > said || status=$?
	[[ $status == "$expected" ]] || { cat said; fail "inject-error $*: exit status $status"; }
}

# FILTER EXPECTED: of ./said
is() {
	[[ $(jq -c "$1" said) == "$2" ]] || { cat said; fail "$1 is not $2"; }
}

# What the kernel has counted
failures() {
	local total=0 counter
	for counter in /sys/devices/system/node/node*/memory_failure/total; do
		total=$((total + $(< "$counter")))
	done
	echo "$total $(sed -n 's/^HardwareCorrupted: *//p' /proc/meminfo)"
}

# STATUS ID ARGUMENT...: refused so, and nothing was hit
refused() {
	local expected=$1 id=$2 before
	shift 2
	before=$(failures)
	inject "$expected" "$@"
	is '.errors[0].id' "\"$id\""
	[[ $(failures) == "$before" ]] || fail "refused, but counters moved"
}

# ---- devices

mode() {
	daxfsctl reconfigure-device -f -m "$2" "$1"
}

# DEVICE
holds() {
	echo 1 > "$holder/put" 2> /dev/null || true
	mode "$1" famfs
	echo "/dev/$1" > "$holder/get"
}

lets_go() {
	echo 1 > "$holder/put"
}

# The offsets that the holder was told of, of a log
offsets_told() {
	sed -n 's/.*told of offset \(0x[0-9a-f]*\) .*/\1/p'
}

# The last one
told() {
	dmesg | offsets_told | tail -n 1
}

# DEVICE RANGE: "START LENGTH"
range_of() {
	ranges_of "$1" | sed -n "$(($2 + 1))p" | { read -r start end; echo $((start)) $((end - start + 1)); }
}

# DEVICE OFFSET: the page that holds it is hit, and nothing else
hits() {
	local device=$1 offset=$2 expected
	expected=$((offset - offset % page))
	inject 0 -f "$device" --offset "$offset"
	is '.devices[0] | [.result, .recovered]' '["injected",true]'
	is '.devices[0].targets | map([.offset, .length])' "[[$expected,$page]]"
	[[ $(($(told))) == "$expected" ]] || fail "offset $offset: the holder was told of $(told)"
}

# DEVICE ADDRESS OFFSET: the same by a physical address and by its page frame
hits_address() {
	inject 0 -f "$1" --address "$2"
	[[ $(($(told))) == "$3" ]] || fail "address $2: the holder was told of $(told)"
	is '.devices[0].targets[0].offset' "$3"
	inject 0 -f "$1" --pfn $(($2 / page))
	[[ $(($(told))) == "$3" ]] || fail "page frame of $2: the holder was told of $(told)"
}

# DEVICE N-RANGES: first, last and middle byte of each range; by offset and by address
ends_are_hit() {
	local device=$1 n=$2 number offset=0 start length
	holds "$device"
	for ((number = 0; number < n; number++)); do
		read -r start length < <(range_of "$device" "$number")
		hits "$device" "$offset"
		hits "$device" $((offset + length - 1))
		hits "$device" $((offset + length / 2))
		hits_address "$device" "$start" "$offset"
		hits_address "$device" $((start + length - page)) $((offset + length - page))
		offset=$((offset + length))
	done
	lets_go
}

# What the holder was told of, in its order, is what was asked for.
random_offsets_are_hit() {
	local device=$1
	holds "$device"
	echo "mark $device" > /dev/kmsg
	./inject-many "$device" "$count" 7 > asked
	dmesg | sed "1,/mark $device/d" | offsets_told > told
	[[ $(wc -l < asked) == "$count" ]]
	diff asked told | head
	cmp asked told
	lets_go
	mode "$device" devdax
	daxfsctl reconfigure-device --rebind --discard-poison "$device"
}

make_two_range "$DAX_HMEM" || fail "$DAX_HMEM has not two ranges"
check ends_of_both_ranges_are_hit ends_are_hit "$DAX_HMEM" 2
check ends_of_a_static_device_are_hit ends_are_hit "$DAX_PMEM" 1
[[ -x inject-many ]] || fail "give me inject-many"
check "random_offsets_in_two_ranges_are_hit_$count" random_offsets_are_hit "$DAX_HMEM"
check "random_offsets_in_a_static_device_are_hit_$count" random_offsets_are_hit "$DAX_PMEM"

# A length that goes on in the next range
length_is_split() {
	local first second
	read -r first length < <(range_of "$DAX_HMEM" 0)
	read -r second _ < <(range_of "$DAX_HMEM" 1)
	holds "$DAX_HMEM"
	inject 0 -f "$DAX_HMEM" --offset $((length - page)):8K
	is '.devices[0].targets | map([.mapping, .address, .length])' \
		"[[0,$((first + length - page)),4096],[1,$second,4096]]"
	is '.devices[0].failures | .after.total - .before.total' 2
	[[ $(($(told))) == "$length" ]]
	lets_go
}
check a_length_goes_on_in_the_next_range length_is_split

# ---- who is told what

nobody_recovers_without_a_holder() {
	mode "$DAX_HMEM" devdax
	inject 0 "$DAX_HMEM" --offset 0x9000
	is '.devices[0] | [.result, .method, .recovered]' '["injected","hwpoison",false]'
	is '.devices[0].failures | .after.failed - .before.failed' 1
	is '.devices[0].failures | .after.corrupted_bytes - .before.corrupted_bytes' 4096
	inject 0 "$DAX_HMEM" --method offline --offset 0xa000
	is '.devices[0] | [.result, .method, .recovered]' '["injected","offline",false]'
}
check without_a_holder_nobody_recovers nobody_recovers_without_a_holder

# ---- refusals

gaps_are_refused() {
	local first length second
	read -r first length < <(range_of "$DAX_HMEM" 0)
	read -r second _ < <(range_of "$DAX_HMEM" 1)
	refused 2 outside-device "$DAX_HMEM" --address $((first + length))
	is '.errors[0].message | contains("gap")' true
	refused 2 outside-device "$DAX_HMEM" --address $((second - 1))
	refused 2 outside-device "$DAX_HMEM" --pfn $((second / page - 1))
	refused 2 outside-device "$DAX_HMEM" --address $((first - 1))
	refused 2 outside-device "$DAX_HMEM" --address 0x1000
	is '.errors[0].message | contains("gap")' false
}
check addresses_in_gaps_are_refused gaps_are_refused

metadata_is_refused() {
	local start
	read -r start _ < <(range_of "$DAX_PMEM" 0)
	mode "$DAX_PMEM" devdax
	refused 2 outside-device "$DAX_PMEM" --address $((start - 1))
	is '.errors[0].message | contains("page map")' true
	inject 0 --dry-run "$DAX_PMEM" --address "$start"
	is '.devices[0].targets[0].offset' 0
}
check metadata_is_refused metadata_is_refused

bad_input_is_refused() {
	local size before
	size=$(size_of "$DAX_HMEM")
	refused 2 outside-device "$DAX_HMEM" --offset "$size"
	refused 2 outside-device "$DAX_HMEM" --offset $((size - page)):8K
	refused 2 outside-device "$DAX_HMEM" --offset 18446744073709551615
	refused 2 outside-device "$DAX_HMEM" --offset 4K:18446744073709551615
	refused 2 outside-device "$DAX_HMEM" --pfn 18446744073709551615
	refused 2 misaligned "$DAX_HMEM" --exact --offset 1
	refused 2 misaligned "$DAX_HMEM" --exact --offset 0:1
	for arguments in '--offset -1' '--offset 0:0' '--offset 99999999999999999999' '--offset' '' \
		'--offset 0 --pfn 1' '--pfn 1 --address 0' '--offset 0 --address 0' '--pfn 4K' \
		'--offset 0 --method bogus' '--offset 0x' '--address' '--status --offset 0'; do
		# shellcheck disable=SC2086 # words
		refused 2 usage "$DAX_HMEM" $arguments
	done
	refused 2 usage "$DAX_HMEM" "$DAX_PMEM" --offset 0
	refused 3 no-device dax9.9 --offset 0
}
check bad_input_is_refused bad_input_is_refused

questions_need_a_terminal() {
	local before status=0
	before=$(failures)
	daxfsctl inject-error "$DAX_HMEM" --offset 0 2> errors > said || status=$?
	[[ $status == 2 && $(failures) == "$before" ]]
	grep -e --yes errors
	# what would be hit was told first
	grep 'offset 0x0, 4096 bytes: mapping0, address' said
}
check without_a_terminal_it_takes_a_yes questions_need_a_terminal

questions_are_asked() {
	local before
	before=$(failures)
	echo n | script -q -e -c "daxfsctl inject-error $DAX_HMEM --offset 0" typescript && fail "no is yes"
	grep 'Poison it? \[y/N\]' typescript
	[[ $(failures) == "$before" ]] || fail "no, but counters moved"
	echo y | script -q -e -c "daxfsctl inject-error $DAX_HMEM --offset 0" typescript
	[[ $(failures) != "$before" ]] || fail "yes, but no counter moved"
}
if command -v script > /dev/null; then
	check a_question_is_asked_on_a_terminal questions_are_asked
fi

use_is_refused() {
	local user
	mode "$DAX_HMEM" devdax
	sleep 60 3< "/dev/$DAX_HMEM" &
	user=$!
	wait_until 5 test -e "/proc/$user/fd/3"
	refused 5 in-use "$DAX_HMEM" --offset 0
	is '.errors[0] | [.override, .users[0].comm]' '["--force","sleep"]'
	inject 0 -f "$DAX_HMEM" --offset 0
	kill "$user"
	wait "$user" || true
	holds "$DAX_HMEM"
	refused 5 in-use "$DAX_HMEM" --offset 0
	lets_go
}
check a_device_in_use_is_refused use_is_refused

disabled_is_refused() {
	mode "$DAX_PMEM" devdax
	unbind "$DAX_PMEM"
	refused 6 no-pages "$DAX_PMEM" --offset 0
	refused 6 no-pages "$DAX_PMEM" --method offline --offset 0
	bind_to "$DAX_PMEM" device_dax
}
check a_disabled_device_is_refused disabled_is_refused

# QEMU's nvdimm has no command to inject
a_bus_that_cannot_is_refused() {
	mode "$DAX_PMEM" devdax
	refused 6 no-injection "$DAX_PMEM" --method pmem --offset 0
	is '.errors[0].message | contains("not supported by this bus")' true
	refused 6 wrong-method "$DAX_HMEM" --method pmem --offset 0
	refused 6 wrong-method "$DAX_HMEM" --method cxl --offset 0
	expect_exit 6 daxfsctl clear-error --json --yes "$DAX_PMEM" --method pmem --offset 0 > said
	is '.errors[0].id' '"no-injection"'
	# by itself it says what is so for its pages
	expect_exit 6 daxfsctl clear-error --json --yes "$DAX_PMEM" --offset 0 > said
	is '.errors[0].id' '"cannot-clear"'
	inject 0 --status "$DAX_PMEM"
	is '.devices[0].methods | map([.method, .usable])' \
		'[["hwpoison",true],["offline",true],["pmem",false],["cxl",false]]'
}
check a_method_that_does_not_fit_is_refused a_bus_that_cannot_is_refused

missing_means_are_told() {
	local module
	modprobe -r hwpoison-inject
	umount /sys/kernel/debug
	refused 6 no-debugfs "$DAX_HMEM" --method hwpoison --offset 0
	# by itself it takes the other way
	inject 0 "$DAX_HMEM" --offset 0
	is '.devices[0].method' '"offline"'
	mount -t debugfs debugfs /sys/kernel/debug
	module=$(modinfo -n hwpoison-inject)
	mv "$module" hidden
	refused 6 no-module "$DAX_HMEM" --method hwpoison --offset 0
	is '.errors[0].message | contains("CONFIG_HWPOISON_INJECT")' true
	inject 0 --status "$DAX_HMEM"
	is '.devices[0].methods | map([.method, .usable])[:2]' '[["hwpoison",false],["offline",true]]'
	mv hidden "$module"
	inject 0 "$DAX_HMEM" --offset 0
	is '.devices[0].method' '"hwpoison"'
}
check missing_means_are_told_apart missing_means_are_told

users_are_refused() {
	local status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		daxfsctl inject-error --json --yes "$DAX_HMEM" --offset 0 > said || status=$?
	[[ $status == 4 ]]
	is '.errors[0].id' '"not-permitted"'
}
check a_user_is_refused users_are_refused

# ---- the record

# DEVICE EXPECTED: offsets that list tells, of our record
recorded() {
	daxfsctl list --poison --json "$1" > said
	is '[.devices[0].poison[] | select(.source == "record") | .offset]' "$2"
}

forget() {
	mode "$1" devdax
	daxfsctl reconfigure-device --rebind --discard-poison "$1"
	recorded "$1" '[]'
}

record_is_kept() {
	forget "$DAX_HMEM"
	inject 0 "$DAX_HMEM" --offset 0x5000
	inject 0 "$DAX_HMEM" --offset 256M
	recorded "$DAX_HMEM" '[20480,268435456]'
	[[ $(daxfsctl list --poison --noheadings -o POISON "$DAX_HMEM") == *0x5000+4K:record,0x10000000+4K:record* ]]
	[[ $(stat -c '%a %u' /run/daxfsctl/poison) == '600 0' ]]
	# by memory, not by name: the device is made anew, and its second range is its first
	daxfsctl reconfigure-device -m famfs "$DAX_HMEM" | tee told
	grep 'note: .*the kernel forgets.*0x5000 (4096 bytes, record)' told
	recorded "$DAX_HMEM" '[20480,268435456]'
	daxfsctl reconfigure-device --rebind -m devdax "$DAX_HMEM"
	recorded "$DAX_HMEM" '[20480,268435456]'
}
check what_was_injected_stays_on_record record_is_kept

system_ram_is_refused() {
	local before status=0
	before=$(driver_of "$DAX_HMEM")
	daxfsctl reconfigure-device --json -m system-ram "$DAX_HMEM" > said || status=$?
	[[ $status == 5 && $(driver_of "$DAX_HMEM") == "$before" ]]
	is '.errors[0] | [.id, .override]' '["poison","--discard-poison"]'
	# --force is not for that
	status=0
	daxfsctl reconfigure-device -f -m system-ram "$DAX_HMEM" || status=$?
	[[ $status == 5 && $(driver_of "$DAX_HMEM") == "$before" ]]
	status=0
	daxfsctl check-device --json -m system-ram "$DAX_HMEM" > said || status=$?
	[[ $status == 9 ]]
	is '.devices[0].findings[0].id' '"poison"'
	daxfsctl check-device --json -m famfs "$DAX_HMEM" > said
	is '.devices[0].findings | map([.id, .severity])' '[["poison","warning"]]'
	daxfsctl reconfigure-device --discard-poison -m system-ram "$DAX_HMEM"
	recorded "$DAX_HMEM" '[]'
	mode "$DAX_HMEM" devdax
}
check poison_keeps_a_device_from_system_ram system_ram_is_refused

# Another boot of the machine knows of no poison
old_record_is_nothing() {
	inject 0 "$DAX_HMEM" --offset 0x5000
	sed -i 's/^boot .*/boot 00000000-0000-0000-0000-000000000000/' /run/daxfsctl/poison
	recorded "$DAX_HMEM" '[]'
	inject 0 "$DAX_HMEM" --offset 0x6000
	recorded "$DAX_HMEM" '[24576]'
	forget "$DAX_HMEM"
}
check a_record_of_another_boot_is_nothing old_record_is_nothing

module_tells_too() {
	holds "$DAX_HMEM"
	inject 0 -f "$DAX_HMEM" --offset 0x7000
	daxfsctl list --poison --json "$DAX_HMEM" > said
	is '.devices[0].poison | map([.offset, .source])' '[[28672,"record"],[28672,"fsdev"]]'
	is '.devices[0].poison_unknown' '[]'
	lets_go
	mode "$DAX_HMEM" devdax
	daxfsctl list --poison --json "$DAX_HMEM" > said
	is '.devices[0].poison_unknown' '["fsdev"]'
	forget "$DAX_HMEM"
}
check our_module_tells_as_well module_tells_too

# ---- clear-error

clear_is_refused_of_dax_pages() {
	local before status=0
	inject 0 "$DAX_HMEM" --offset 0x5000
	before=$(failures)
	daxfsctl clear-error --json --yes "$DAX_HMEM" --offset 0x5000 > said || status=$?
	[[ $status == 6 && $(failures) == "$before" ]]
	is '.errors[0].id' '"cannot-clear"'
	is '.errors[0].hint | contains("--rebind")' true
	recorded "$DAX_HMEM" '[20480]'
	forget "$DAX_HMEM"
}
check poison_of_dax_pages_cannot_be_cleared clear_is_refused_of_dax_pages

ram_is_poisoned_and_cleared() {
	local corrupted
	corrupted() { sed -n 's/^HardwareCorrupted: *//p' /proc/meminfo; }
	daxfsctl reconfigure-device -m system-ram "$DAX_HMEM"
	refused 5 system-ram "$DAX_HMEM" --offset 1M
	is '.errors[0].override' '"--force"'
	corrupted=$(corrupted)
	# a page that nobody has, as nearly all of them here
	inject 0 -f "$DAX_HMEM" --offset 1M
	is '.devices[0] | [.result, .recovered]' '["injected",true]'
	[[ $(corrupted) != "$corrupted" ]]
	recorded "$DAX_HMEM" '[1048576]'
	daxfsctl clear-error --json --yes "$DAX_HMEM" --offset 1M > said
	is '.devices[0].result' '"cleared"'
	[[ $(corrupted) == "$corrupted" ]] || fail "HardwareCorrupted is $(corrupted), was $corrupted"
	recorded "$DAX_HMEM" '[]'
	# not twice
	! daxfsctl clear-error --json --yes "$DAX_HMEM" --offset 1M > said || fail "cleared twice"
	mode "$DAX_HMEM" devdax
}
check a_page_of_system_ram_is_poisoned_and_cleared ram_is_poisoned_and_cleared

# ---- failures that nobody injected; from the first one on, the kernel takes no poison back

nothing_is_taken_back() {
	daxfsctl reconfigure-device -m system-ram "$DAX_HMEM"
	inject 0 -f "$DAX_HMEM" --offset 1M
	expect_exit 6 daxfsctl clear-error --json --yes "$DAX_HMEM" --offset 1M > said
	is '.errors[0] | [.id, .errno]' '["not-cleared","EOPNOTSUPP"]'
	is '.errors[0].hint | contains("memory failure of the hardware")' true
	mode "$DAX_HMEM" devdax
}
if [[ -n ${VM_MONITOR:-} ]]; then
	# shellcheck source=test/vm/tests/machine-check.sh
	source ./machine-check.sh
	machine_checks_arrive
	check after_a_failure_of_the_hardware_no_poison_is_taken_back nothing_is_taken_back
fi

# The last test: there is no way back
lockdown_is_told() {
	[[ -w /sys/kernel/security/lockdown ]] || skip "this kernel has no lockdown"
	echo integrity > /sys/kernel/security/lockdown
	refused 4 lockdown "$DAX_HMEM" --method hwpoison --offset 0
	inject 0 "$DAX_HMEM" --offset 0
	is '.devices[0].method' '"offline"'
}
check a_kernel_that_is_locked_down_is_told lockdown_is_told

check no_complaint_of_the_kernel dmesg_clean
finish
