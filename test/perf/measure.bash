# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # for those who source it
# What ./bench and gate share: generated trees as /sys, and what a command costs on one.
#
# $build is the build directory; perf_begin makes $work, which goes at the end.

perf_skip() {
	echo "cannot run here: $*" >&2
	exit 77
}

perf_begin() {
	local program
	[[ $(id -u) == 0 ]] || perf_skip "needs root, for a mount namespace"
	unshare --mount --propagation private true 2> /dev/null ||
		perf_skip "no mount namespace can be had"
	for program in strace valgrind; do
		type -P "$program" > /dev/null || perf_skip "$program is not installed"
	done
	# Ten thousand devices are 200 MiB: in memory where there is some.
	work=$(TMPDIR=${TMPDIR:-/dev/shm} mktemp -d -t daxfsctl-perf.XXXXXX) || exit
	chmod 755 "$work"
	# Programs where anybody may run them, and where they are seen with another /dev
	bin=$(mktemp -d /tmp/daxfsctl-perf.XXXXXX) || exit
	chmod 755 "$bin"
	trap 'rm -rf "$work" "$bin"' EXIT
	cp "$build/daxfsctl/daxfsctl" "$build/test/perf/bound" "$build/test/perf/cost" "$bin" || exit
	daxfsctl=$bin/daxfsctl bound=$bin/bound cost=$bin/cost
	gen_tree=$(realpath "$build/test/cli/gen-tree")
	# libudev tells nothing of what is no sysfs; daxctl asks it for memory.
	export SYSTEMD_DEVICE_VERIFY_SYSFS=0
	unset DAXFS_LOG
}

# REGIONS DEVICES [BLOCKS]: the name of a tree, which is made when it is not there; with BLOCKS, of kmem
tree() {
	local name=$1x$2${3:+x$3} driver=device_dax
	[[ $# -lt 3 ]] || driver=kmem
	[[ -d $work/$name ]] || "$gen_tree" "$work/$name" "$1" "$2" "$driver" ${3:+"$3"} || exit 1
	echo "$name"
}

# TREE COMMAND...: with the tree as /sys, /dev and /proc/iomem. With $as_user, as nobody
inside() {
	local tree=$1 prefix=() iomem=iomem
	shift
	if [[ -n ${as_user:-} ]]; then
		prefix=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		iomem=iomem-of-users
	fi
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --mount --propagation private bash -c '
		mount --bind "$0/proc/$1" /proc/iomem && shift &&
			mount --bind "$0/sys" /sys && mount --bind "$0/dev" /dev && exec "$@"
	' "$work/$tree" "$iomem" "${prefix[@]}" "$@"
}

# TREE COMMAND...: system calls, of all processes and threads
calls() {
	inside "$1" strace -f -c "${@:2}" 2> "$work/error" > /dev/null ||
		{ tail -n 5 "$work/error" >&2; return 1; }
	awk '$NF == "total" { print $4 }' "$work/error"
}

# TREE COMMAND...: instructions of user space
instructions() {
	inside "$1" valgrind --tool=callgrind --callgrind-out-file=/dev/null "${@:2}" \
		2> "$work/error" > /dev/null || { tail -n 5 "$work/error" >&2; return 1; }
	sed -n 's/.*Collected : //p' "$work/error"
}

# FIELD TREE COMMAND...: of what cost prints
cost_field() {
	inside "$2" "$cost" "${@:3}" 2> "$work/error" > "$work/fields" ||
		{ tail -n 5 "$work/error" >&2; return 1; }
	cut -d ' ' -f "$1" "$work/fields"
}

# TREE COMMAND...: KiB at most
peak() {
	cost_field 3 "$@"
}

# TREE COMMAND...: microseconds of one run
elapsed() {
	cost_field 2 "$@"
}
