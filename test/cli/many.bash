# SPDX-License-Identifier: GPL-2.0-only
# Very many devices.

# Forty thousand files: in memory where there is some.
[ -n "${TMPDIR-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
. "$(dirname "$0")/lib.bash"

"$GEN_TREE" "$work/wide" 100 100 || exit 1
"$GEN_TREE" "$work/small" 1 10 || exit 1

ten_thousand_devices_are_one_document() {
	run --sysroot "$work/wide" list --json
	status_is 0
	jq -s length "$out" >"$work/n"
	[ "$(cat "$work/n")" = 1 ] || fail "$(cat "$work/n") documents"
	jq_is '.devices | length' 10000
	jq_is '.devices | map(.chardev) | unique | length' 10000
	jq_is '[.devices[0, 1, 100, 9999].chardev]' '["dax0.0","dax0.1","dax1.0","dax99.99"]'
	jq_is '.devices | group_by(.mode) | map([.[0].mode, length])' \
		'[["devdax",3334],["famfs",3333],["system-ram",3333]]'
}

ten_thousand_devices_are_sorted_by_number() {
	run --sysroot "$work/wide" list --json
	jq_is '[.devices[].chardev | ltrimstr("dax") | split(".") | map(tonumber)] | . == sort' true
}

ten_thousand_devices_have_their_hundred_regions() {
	run --sysroot "$work/wide" list --json -R
	jq_is '.devices' '[]'
	jq_is '[.regions[].id] == [range(100)]' true
	jq_is '.regions[7]' \
		'{"id":7,"path":"/platform/hmem.7","kind":"hmem","size":107374182400,"available_size":0,"align":2097152}'
}

ten_thousand_named_devices_are_each_found_once() {
	run --sysroot "$work/wide" list --json all 'dax*' $(seq -f 'dax99.%.0f' 0 99)
	status_is 0
	jq_is '.devices | length' 10000
}

ten_thousand_devices_fit_in_a_table() {
	run --sysroot "$work/wide" list --noheadings
	[ "$(wc -l <"$out")" = 10000 ] || fail "$(wc -l <"$out") lines"
}

peak_kilobytes() {
	python3 - "$DAXFSCTL" --sysroot "$1" list --json <<'EOF'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
EOF
}
lib_functions+=$'\n'peak_kilobytes

memory_does_not_grow_with_the_devices() {
	[ "$SANITIZED" = 0 ] || skip "the sanitizer keeps what was freed"
	local few many
	few=$(peak_kilobytes "$work/small")
	many=$(peak_kilobytes "$work/wide")
	# The names of all are held, about a hundred bytes each; their snapshots are not.
	[ $((many - few)) -lt 2048 ] || fail "$few KiB for 10 devices, $many KiB for 10,000"
}

run_tests
