# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by what looks at the fake bus from outside: check, and what its texts have.

: "${DAXFSCTL:?}" "${FAKEDAX:?}"
export LC_ALL=C
enter=$(dirname "${BASH_SOURCE[0]}")/enter
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
devices=hmem,pmem,cxl

# The driver of a device as the model has it; the mode that a disabled one is to have again, as the
# program says; a command that is alone with few processes.
# shellcheck disable=SC2016 # the shell inside expands it
functions='
driver() { basename "$(readlink "/sys/bus/dax/devices/$1/driver")"; }
configured() { "$DAXFSCTL" list -v --json "$1" | jq -r ".devices[0].configured_mode"; }
alone() { # so that who looks at processes makes the same calls each time
	# a leak detector is a tracer itself
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 \
		unshare --pid --fork --kill-child --mount-proc \
		bash -c "mount --bind /sys/.iomem /proc/iomem && exec \"\$@\"" alone "$@"
}
'

# NAME STATUS TEXT: with TEXT run inside
check() {
	local name=$1 expected=$2 status=0
	"$enter" --devices "$devices" bash -ec "$functions $3" > "$work/out" 2>&1 || status=$?
	if [[ $status == 77 && $expected != 77 ]]; then
		tail -n 1 "$work/out"
		exit 77
	fi
	if [[ $status == "$expected" ]]; then
		echo "ok - $name"
	else
		echo "not ok - $name (status $status)"
		sed 's/^/    /' "$work/out"
		failed=1
	fi
}
