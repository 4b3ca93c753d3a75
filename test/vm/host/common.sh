# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. Messages, the cache and its locks.
#
# An entry of the cache is made in a directory of its own and then renamed, so what has its final
# name is complete, whenever a run was killed. Two runs that want the same entry meet at its lock,
# and the second one finds it made.

readonly STATUS_USAGE=2
readonly STATUS_MACHINE=70	# the machine died, hung, or never came up
readonly STATUS_SKIP=77		# what meson and automake take for a skipped test

say() {
	printf 'vm: %s\n' "$*" >&2
}

verbose() {
	[[ $opt_verbose == 0 ]] || say "$@"
}

# STATUS MESSAGE...
die() {
	local status=$1
	shift
	say "$@"
	exit "$status"
}

usage_error() {
	die "$STATUS_USAGE" "$* (--help tells more)"
}

skip() {
	die "$STATUS_SKIP" "cannot run here: $*"
}

cache_open() {
	cache=${DAXFSCTL_VM_CACHE:-$vm_dir/cache}
	mkdir -p "$cache"/{apt,image,kernel,lock,qemu,resolved,tmp} ||
		die 1 "cannot write to the cache $cache"
	cache=$(cd "$cache" && pwd)
	locked tmp cache_sweep
	# for this run; removed by its EXIT trap. The lock lives as long as the run, killed or not.
	work=$(locked tmp mktemp -d "$cache/tmp/run.XXXXXX") || die 1 "cannot write to the cache $cache"
	exec 8> "$work/alive"
	flock 8
}

# Removes what killed runs left, a file system of the machine each
cache_sweep() {
	local dir
	for dir in "$cache"/tmp/run.*; do
		[[ ! -e $dir/alive ]] || flock -n "$dir/alive" rm -rf "$dir"
	done
}

# NAME COMMAND...: runs COMMAND in a subshell while nobody else holds NAME.
# An exit in COMMAND ends the subshell only: the caller passes the status on.
locked() {
	local name=$1
	shift
	(
		flock 9 || exit 1
		"$@"
	) 9>"$cache/lock/$name"
}

# PATH...: a short name for the content of the files
hash_of() {
	cat "$@" | sha256sum | cut -c1-16
}
