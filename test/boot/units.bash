# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# The units of systemd and the udev rule, without a boot.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/vm/lib.sh
source "$top/test/vm/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# On a scale of 0 to 100; a unit without any restriction has 96.
readonly MAX_EXPOSURE=40

if ! command -v systemd-analyze > /dev/null || [[ ! -e $UNITS/daxfsctl-early.service ]]; then
	echo "no systemd here"
	exit 77
fi

# With the program that was built in place of the one that is not installed
for unit in "$UNITS"/*.service; do
	sed "s,$BINDIR/daxfsctl ,$DAXFSCTL ," "$unit" > "$work/$(basename "${unit/@/@dax0.0}")"
done
cp "$top"/boot/*.timer "$work/"

systemd_understands_all_of_them() {
	systemd-analyze verify --man=no "$work"/*.{service,timer} > said 2>&1 || fail "$(< said)"
	[[ ! -s said ]] || fail "$(< said)"
}

# Its exit status does not tell, so whether it is silent is what counts.
systemd_tells_what_it_does_not_understand() {
	sed 's/^Type=oneshot/Typ=oneshot/' "$work/daxfsctl-early.service" > bad.service
	systemd-analyze verify --man=no ./bad.service 2>&1 | grep "Unknown key.*'Typ'"
}

they_may_do_little() {
	local unit
	for unit in "$work"/*.service; do
		systemd-analyze security --offline=yes --threshold="$MAX_EXPOSURE" "$unit" > said ||
			fail "$(tail -n 1 said)"
		tail -n 1 said
	done
}

metrics_are_made_when_they_are_asked_for() {
	grep -x 'WantedBy=timers.target' daxfsctl-metrics.timer
	! grep -rlE '(Wants|WantedBy|Requires|Also)=.*metrics' "$UNITS" "$top"/boot/*.{in,rules} ||
		fail "somebody wants them"
}

the_rule_runs_nothing() {
	! grep -E '^[^#]*(RUN|PROGRAM|IMPORT)' "$top/boot/90-daxfsctl.rules" ||
		fail "a program in a udev rule"
	grep -F 'ENV{SYSTEMD_WANTS}+="daxfsctl-apply@%k.service"' "$top/boot/90-daxfsctl.rules"
}

cd "$work" || exit
check systemd_understands_all_of_them
check systemd_tells_what_it_does_not_understand
check they_may_do_little
check metrics_are_made_when_they_are_asked_for
check the_rule_runs_nothing
finish
