# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by sweep-*: options, the pairs of modes, and what a run left.
# The figures are of the state as /sys/.ctl tells it in one line, before and after.

export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${DAXFSCTL_BUILD:-$here/../../build-check}
killat=${KILLAT:-$build/test/fakedax/killat}
FAKEDAX=${FAKEDAX:-$build/test/fakedax/fakedax}
export FAKEDAX

daxfsctl=${DAXFSCTL:-$build/daxfsctl/daxfsctl}
full=0 devices='' budget='' short_budget=45 seed='' modes='devdax famfs system-ram' verbose=0 inside=0
command="$daxfsctl reconfigure-device -f -m"
recover="$daxfsctl recover"
saved=("$@")

sweep_usage() {
	cat <<-EOF
	Usage: test/fakedax/${0##*/} [OPTION...]

	  --full            every point, every kind of device; without it a sample, within a minute
	  --budget SECONDS  a sample that takes so long; 0: no limit
	  --devices LIST    as enter has it; default: cxl,pmem, with --full hmem,cxl,pmem
	  --command TEXT    what is swept, MODE and DEVICE are added; default: '$command'
	  --modes LIST      default: '$modes'
	  --recover TEXT    a command to run after each point, empty for none; what is left then is what
	                    counts; default: '$recover'
	  --seed NUMBER     of what is chosen at random; default: another one each time
	  -v                a line for each point that is not as it should be

	Exit status: 0; 1 when something is not as it should be; 77 it cannot run here.
	EOF
}

sweep_options() {
	while [[ $# -gt 0 ]]; do
		case $1 in
		--budget | --devices | --command | --modes | --recover | --seed)
			[[ $# -ge 2 ]] || { sweep_usage >&2; exit 2; }
			printf -v "${1#--}" %s "$2"
			shift
			;;
		--full) full=1 ;;
		--inside) inside=1 ;;
		-v) verbose=1 ;;
		-h | --help) sweep_usage; exit 0 ;;
		*) sweep_usage >&2; exit 2 ;;
		esac
		shift
	done
	if [[ -z $devices ]]; then
		devices=cxl,pmem
		[[ $full == 0 ]] || devices=hmem,cxl,pmem
	fi
	if [[ -z $budget ]]; then
		budget=$short_budget
		[[ $full == 0 ]] || budget=0
	fi
	# Told before the random numbers are used, so that a run can be made again.
	[[ -n $seed ]] || seed=$((RANDOM * 32768 + RANDOM))
	RANDOM=$seed
}

# CPU: goes on in a namespace with the model. All of it on one processor: a call to the model is a
# switch to another process and back, which is much cheaper there.
# CPU is "all": on any of them.
sweep_enter() {
	local pin=()
	sweep_options "${saved[@]}"
	[[ $inside == 1 ]] && return
	[[ -x $killat ]] || { echo "cannot run here: $killat is not built" >&2; exit 77; }
	if [[ $1 != all ]] && taskset -c $(($1 % $(nproc))) true 2> /dev/null; then
		pin=(taskset -c $(($1 % $(nproc))))
	fi
	# With few processes: who uses a device is asked of each of them, in hundreds of calls.
	# shellcheck disable=SC2016 # the shell inside expands it
	exec "${pin[@]}" "$here/enter" --devices "$devices" \
		unshare --pid --fork --kill-child --mount-proc \
		bash -c 'mount --bind /sys/.iomem /proc/iomem && exec "$@"' sweep \
		"$0" --inside "${saved[@]}"
}

declare -A driver_of=([devdax]=device_dax [famfs]=fsdev_dax [system-ram]=kmem
	[unbound]=none)

# Into $state
look() {
	IFS= read -r state < /sys/.ctl
}

# DEVICE: into $driver, from $state
find_driver() {
	driver=${state#* "$1"=}
	driver=${driver%%,*}
}

# DEVICE MODE: everything as new, and the device in that mode, online if it is memory
prepare() {
	local online=offline
	[[ $2 != system-ram ]] || online=online_movable
	echo "reset $devices" > /sys/.ctl
	echo "set $1 ${driver_of[$2]} $online" > /sys/.ctl
	[[ ! -e /run/daxfsctl ]] || rm -r /run/daxfsctl
}

# DEVICE FROM TO ARGUMENT...: a run from new with these of killat; into $status_now its exit status,
# into /run/told the calls that they met, into /run/out and /run/error what was printed. Every run is
# made by this: what processes there are is part of what is counted.
run_with() {
	prepare "$1" "$2"
	status_now=0
	# shellcheck disable=SC2086 # words
	timeout 20 "$killat" --told /run/told "${@:4}" $command "$3" "$1" > /run/out \
		2> /run/error || status_now=$?
}

# DEVICE FROM TO: an undisturbed run; into $old and $new the states, into /run/list its calls
first_run() {
	local driver state status_now
	prepare "$1" "$2"
	look
	old=$state
	run_with "$@" --all
	cp /run/told /run/list
	look
	new=$state
	find_driver "$1"
	[[ $driver == "${driver_of[$3]}" ]] && return
	echo "$1 does not get from $2 to $3: $(cat /run/out /run/error)" >&2
	return 1
}

# DEVICE: into $found, what is in $state: old, new, lost (without a driver), leftover (the driver is
# right, but ids, memory or files are not), wrong
classify() {
	local driver old_driver new_driver state_now=$state
	state=$old; find_driver "$1"; old_driver=$driver
	state=$new; find_driver "$1"; new_driver=$driver
	state=$state_now; find_driver "$1"
	case $state in
	"$old") found=old ;;
	"$new") found=new ;;
	*)
		case $driver in
		none) found=lost ;;
		"$old_driver" | "$new_driver") found=leftover ;;
		*) found=wrong ;;
		esac
		;;
	esac
}

# Whether the time is over that this pair of modes has
is_late() {
	[[ $budget != 0 && $SECONDS -ge $pair_end ]]
}

# FIRST LAST: into $order, these and all numbers between them, so that any beginning of it is spread
# evenly over them: when there is no time for all of them, no part is left out
spread() {
	local offset i
	order=()
	for offset in 0 8 4 12 2 10 6 14 1 9 5 13 3 11 7 15; do
		for ((i = $1 + offset; i <= $2; i += 16)); do
			order+=("$i")
		done
	done
}

# Into $points: "number name path" of the calls in /run/list that can fail. close() is not: what it
# closes would stay open. Nor is what the dynamic linker asks before there is a program. No process
# substitution here, nor elsewhere: its process may be one more in /proc when the next run begins,
# in which then every call has another number.
# shellcheck disable=SC2034 # the sweeps use it
read_points() {
	grep -E '^[0-9]+ [a-z]' /run/list | grep -v ' close ' |
		grep -E ' (/sys|/proc|/dev/dax|/run/daxfsctl)' | grep -v ' /proc/self/exe' \
		> /run/points
	mapfile -t points < /run/points
}

# Into $lock: the first call in /run/list that can matter: before the lock is taken nothing is written.
# Of a program that takes no lock: the first write.
find_lock() {
	lock=$(grep -m 1 -E ' /run/daxfsctl/lock$|^[0-9]+ write /sys/' /run/list | cut -d ' ' -f 1)
	lock=${lock:-1}
}

# shellcheck disable=SC2034 # the sweeps use them
declare -A errnos=([EINTR]=4 [EIO]=5 [ENOMEM]=12 [EACCES]=13 [EBUSY]=16 [ENODEV]=19 [ENOSPC]=28)
# shellcheck disable=SC2034
errno_names=(EIO EINTR EBUSY ENOSPC ENODEV EACCES ENOMEM)

# STATUS: whether it is one of a program that crashed, or of the time limit: 128 + a signal of those
# that end a faulty program. A status of its own above that is daxctl's way.
is_crash() {
	[[ " 124 132 134 135 136 139 " == *" $1 "* ]]
}

# DEVICE STATUS: whether a run that ended with STATUS tells of the device what is so, of $state,
# $found, and the document in /run/out; into $untrue what is not so
check_truth() {
	local device=$1 status_now=$2 result mode driver
	untrue=''
	jq -r '.devices[0] | "\(.result) \(.after.mode)"' /run/out > /run/truth 2>&1
	read -r result mode < /run/truth
	case $status_now in
	0) [[ $found == new ]] || untrue="success, but the device is $found" ;;
	[1-6]) [[ $found == old ]] || untrue="not touched or put back, but the device is $found" ;;
	7 | 8) ;;
	*) untrue="exit status $status_now" ;;
	esac
	case $status_now:${result:-null} in
	0:changed | [1-6]:refused | [1-6]:rolled-back | [1-6]:null | [78]:failed | [78]:null) ;;
	*) untrue+="${untrue:+; }result ${result:-none} with exit status $status_now" ;;
	esac
	find_driver "$device"
	[[ ${mode:-null} == null || ${driver_of[$mode]:-} == "$driver" ]] ||
		untrue+="${untrue:+; }mode $mode, but the driver is $driver"
	[[ -z $untrue ]]
}

# TEXT...
tell() {
	[[ $verbose == 0 ]] || printf '  %s\n' "$*"
}

# FUNCTION: calls it with DEVICE FROM TO for each pair. Those that are left share the time that is.
sweep_pairs() {
	local device from to from_modes=$modes pairs=() i
	[[ $full == 0 ]] || from_modes+=" unbound"
	for device in ${DAX_HMEM:-} ${DAX_CXL:-} ${DAX_PMEM:-}; do
		for from in $from_modes; do
			for to in $modes; do
				[[ $from == "$to" ]] || pairs+=("$device $from $to")
			done
		done
	done
	for i in "${!pairs[@]}"; do
		pair_end=$((SECONDS + (budget - SECONDS) / (${#pairs[@]} - i) + 1))
		read -r device from to <<< "${pairs[$i]}"
		"$1" "$device" "$from" "$to"
	done
	[[ $budget == 0 ]] || echo "a sample, spread evenly, of what $budget seconds allow; --full: all"
}
