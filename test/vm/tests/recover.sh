# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# daxfsctl killed before a system call of a switch: one recover brings the device into its old or
# its new mode. Every call between the unbind and the bind is tried, and every STEPth elsewhere;
# without STEP a few, and not of every pair of modes. PAIRS=FROM:TO,... tries these only.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

points=0 lost=0 old=0 new=0

driver_for() {
	case $1 in
	devdax) echo device_dax ;;
	famfs) echo fsdev_dax ;;
	system-ram) echo kmem ;;
	none) echo none ;;
	esac
}

# DEVICE MODE: whatever it is now
put() {
	if [[ $2 == none ]]; then
		daxfsctl reconfigure-device -f -m devdax "$1" > /dev/null && unbind "$1"
	else
		daxfsctl reconfigure-device -f -m "$2" "$1" > /dev/null
	fi
}

# TRACE: "NAME ORDINAL KIND" a line for each call of the program, KIND w in the window. The unbind is
# written by a child, whose calls strace counts by themselves.
calls_of() {
	sed -nE 's/^([0-9]+) +([a-z0-9_]+)\(.*/\1 \2 &/p' "$1" | awk '
		NR == 1 { program = $1 }
		/ write\(.*\/unbind>/ { window = 1 }
		$1 == program { print $2, ++count[$2], window ? "w" : "-" }
		/ write\(.*\/bind>/ || / write\(.*\/new_id>/ { window = 0 }'
}

# MODE: the command that brings a device there, its name left out
command_for() {
	if [[ $1 == none ]]; then
		echo disable-device -f
	else
		echo reconfigure-device -f -m "$1"
	fi
}

# DEVICE TO FILE: the calls of a switch
list_calls() {
	# shellcheck disable=SC2046 # words
	traced_alone -f -y -o trace daxfsctl $(command_for "$2") "$1" > /dev/null
	calls_of trace > "$3"
}

# DEVICE: what recover must leave, besides the driver
is_tidy() {
	# one that was not yet renamed, with a dot before its name, is no journal
	if compgen -G '/run/daxfsctl/journal-*'; then
		echo "a journal is left"
		return 1
	fi
	[[ $(cat /sys/bus/dax/drivers_autoprobe) == 1 ]] || { echo "autoprobe is off"; return 1; }
}

# DEVICE FROM TO CALL ORDINAL
kill_at() {
	local device=$1 from to now
	from=$(driver_for "$2") to=$(driver_for "$3")
	put "$device" "$2" || { echo "cannot be switched after the kill before"; return 1; }
	# shellcheck disable=SC2046 # words
	traced_alone -f -o trace -e "trace=$4" -e "inject=$4:signal=KILL:when=$5" \
		daxfsctl $(command_for "$3") "$device" > out 2>&1
	points=$((points + 1))
	daxfsctl recover > recovered 2>&1 || { cat recovered; echo "recover failed"; return 1; }
	now=$(driver_of "$device")
	case $now in
	"$to") new=$((new + 1)) ;;
	"$from") old=$((old + 1)) ;;
	*) lost=$((lost + 1)); echo "lost: $now"; return 1 ;;
	esac
	[[ $(ranges_of "$device") == "$ranges" ]] || { echo "other ranges"; return 1; }
	is_tidy || return 1
	# a second one has nothing to do
	[[ $(daxfsctl recover "$device") == "$device: unchanged"* ]] ||
		{ echo "recover is not idempotent"; return 1; }
}

# DEVICE FROM TO
sweep() {
	local name ordinal kind n=0 failed=0 step
	put "$1" "$2"
	ranges=$(ranges_of "$1")
	list_calls "$1" "$3" calls
	[[ $2 == none || $3 == none ]] || grep -q 'w$' calls || fail "no window"
	step=${STEP:-$(($(wc -l < calls) / 5))}
	points=0 lost=0 old=0 new=0
	while read -r name ordinal kind; do
		n=$((n + 1))
		[[ $kind == w || $((n % step)) == 0 ]] || continue
		kill_at "$1" "$2" "$3" "$name" "$ordinal" || {
			echo "  at call $n, $name number $ordinal, kind $kind"
			cat recovered
			failed=$((failed + 1))
		}
	done < calls
	echo "$1 $2 -> $3: $(wc -l < calls) calls, killed at $points: $old old, $new new, $lost lost" | tee -a /tmp/counts
	# kills that never came would leave every switch in its new mode
	[[ $failed == 0 && $points -ge 3 && $old -ge 1 ]]
}

# the modules are there: what loads them is the same before every switch
put "$DAX_HMEM" famfs
put "$DAX_HMEM" system-ram
put "$DAX_HMEM" devdax
make_two_range "$DAX_HMEM"
pairs=(devdax:famfs famfs:system-ram system-ram:devdax none:famfs)
[[ ! -v STEP ]] || pairs+=(famfs:devdax devdax:system-ram system-ram:famfs none:devdax none:system-ram
	devdax:none famfs:none system-ram:none)
[[ ! -v PAIRS ]] || IFS=, read -ra pairs <<< "$PAIRS"
for pair in "${pairs[@]}"; do
	check "hmem_${pair/:/_to_}_killed_is_recovered" sweep "$DAX_HMEM" "${pair%:*}" "${pair#*:}"
done
# a static device differs in its layout only, which no switch of it changes
[[ -v STEP || -v PAIRS ]] || pairs=(devdax:system-ram)
for pair in "${pairs[@]}"; do
	check "pmem_${pair/:/_to_}_killed_is_recovered" sweep "$DAX_PMEM" "${pair%:*}" "${pair#*:}"
done
put "$DAX_HMEM" devdax
put "$DAX_PMEM" devdax

# The next switch settles what the killed one left, by itself.
settled_by_the_next_switch() {
	local n
	put "$DAX_PMEM" devdax
	list_calls "$DAX_PMEM" famfs calls
	put "$DAX_PMEM" devdax
	n=$(grep -n 'w$' calls | tail -n 1 | cut -d: -f1) # the bind
	# shellcheck disable=SC2046 # two words
	set -- $(sed -n "${n}p" calls)
	traced_alone -f -o trace -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		daxfsctl reconfigure-device -m famfs "$DAX_PMEM" > out 2>&1 || true
	[[ $(driver_of "$DAX_PMEM") == none ]] || fail "not killed in the window"
	[[ $(daxfsctl list -v --json -d "$DAX_PMEM" | jq -r '.devices[0].journal') == stale ]]
	daxfsctl recover --dry-run --json "$DAX_PMEM" | jq -e '.devices[0].result == "would-change"'
	[[ $(driver_of "$DAX_PMEM") == none ]]
	daxfsctl reconfigure-device -m system-ram "$DAX_PMEM"
	[[ $(driver_of "$DAX_PMEM") == kmem ]]
	is_tidy
	put "$DAX_PMEM" devdax
}
check the_next_switch_settles_the_killed_one settled_by_the_next_switch

nothing_to_recover() {
	local before
	before=$(driver_of "$DAX_PMEM")
	daxfsctl recover
	daxfsctl recover --json | jq -e '.devices == []'
	[[ $(driver_of "$DAX_PMEM") == "$before" ]]
	expect_exit 3 daxfsctl recover dax9.9
	expect_exit 2 daxfsctl recover --all "$DAX_PMEM"
}
check nothing_to_recover

# A resize that was killed half-way: the very ranges are back, or the new size is there.
resize_killed() {
	local name ordinal n=0 before size failed=0
	size=$(size_of "$DAX_HMEM")
	before=$(ranges_of "$DAX_HMEM")
	traced_alone -f -y -o trace daxfsctl reconfigure-device -s 1G -a 4K "$DAX_HMEM"
	calls_of trace | sed -n 's/ w$//p' > calls
	[[ -s calls ]] || fail "no window"
	daxfsctl reconfigure-device -s "$size" -a 2M --shrink "$DAX_HMEM"
	while read -r name ordinal; do
		make_two_range "$DAX_HMEM"
		traced_alone -f -o trace -e "trace=$name" -e "inject=$name:signal=KILL:when=$ordinal" \
			daxfsctl reconfigure-device -s 1G -a 4K "$DAX_HMEM" > out 2>&1 || true
		n=$((n + 1))
		daxfsctl recover > recovered || { cat recovered; failed=$((failed + 1)); }
		[[ $(driver_of "$DAX_HMEM") == device_dax ]] || failed=$((failed + 1))
		[[ $(ranges_of "$DAX_HMEM") == "$before" || $(size_of "$DAX_HMEM") == 1073741824 ]] ||
			{ ranges_of "$DAX_HMEM"; failed=$((failed + 1)); }
		is_tidy || failed=$((failed + 1))
		daxfsctl reconfigure-device -s "$size" -a 2M --shrink "$DAX_HMEM" > /dev/null
	done < calls
	echo "$DAX_HMEM resize: killed at $n calls, $failed wrong" | tee -a /tmp/counts
	[[ $failed == 0 && $n -ge 6 ]]
}
check a_killed_resize_is_recovered resize_killed

stranded_needs_a_reboot() {
	put "$DAX_PMEM" system-ram
	echo "$DAX_PMEM" > /sys/bus/dax/drivers/kmem/unbind
	expect_exit 8 daxfsctl recover "$DAX_PMEM"
	expect_exit 8 daxfsctl recover
}
check no_complaint_of_the_kernel dmesg_clean
check a_stranded_device_needs_a_reboot stranded_needs_a_reboot
cat /tmp/counts
finish
