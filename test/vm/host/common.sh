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
	# what killed runs left; a day is longer than any run
	find "$cache/tmp" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
	# for this run; removed by its EXIT trap
	work=$(mktemp -d "$cache/tmp/run.XXXXXX") || die 1 "cannot write to the cache $cache"
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
