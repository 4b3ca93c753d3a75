# SPDX-License-Identifier: GPL-2.0-only
# That the schema can refuse: else nothing that was validated against it says anything.
. "$(dirname "$0")/lib.bash"

# Each filter makes a document that the schema must refuse.
refuses() {
	local filter n=0
	on hmem list --json -v -M
	for filter; do
		n=$((n + 1))
		jq -c "$filter" "$out" >"$work/$n.changed"
		jq -e -s '.[0] != .[1]' "$out" "$work/$n.changed" >/dev/null || fail "$filter changes nothing"
	done
	python3 "$here/validate.py" --refuse "$SCHEMA" "$work"/*.changed
	rm "$work"/*.changed
}
lib_functions+=$'\n'refuses

an_unknown_key_is_refused() {
	refuses '.devices[0].color = "red"' \
		'.color = "red"' \
		'.devices[0].mappings[0].color = "red"'
}

a_missing_key_is_refused() {
	refuses 'del(.errors)' \
		'del(.devices)' \
		'del(.devices[0].driver)' \
		'del(.devices[0].mappings[0].end)'
}

a_value_outside_an_enumeration_is_refused() {
	refuses '.devices[0].mode = "fsdev"' \
		'.devices[0].state = "unknown"' \
		'.devices[0].kind = "dram"' \
		'.command = "lst"' \
		'.schema = 2'
}

a_size_in_words_is_refused() {
	refuses '.devices[0].size = "512M"' \
		'.devices[0].size = -1'
}

a_mode_without_a_driver_is_refused() {
	refuses '.devices[0].driver = null' \
		'.devices[0].state = "disabled"'
}

a_key_that_does_not_apply_is_refused() {
	refuses '.devices[0].held = null' \
		'.devices[0].result = "changed"' \
		'.version = "1"'
}

a_name_in_another_form_is_refused() {
	refuses '.devices[0].chardev = "dax00.0"' \
		'.devices[0].chardev = "/dev/dax0.0"'
}

what_reconfigure_prints_is_allowed() {
	on hmem list --json -M
	jq -c '.command = "reconfigure-device" | .devices[0] += {
		result: "changed", elapsed_ms: 12,
		before: (.devices[0] | {mode, size, align, state, driver, mappings}), after: null,
		plan: [{step: "unbind", path: "/sys/x", value: "dax0.0"}], notes: ["n"]
	} | .devices += [{chardev: "dax9.9", result: "refused", before: null, after: null}]' \
		"$out" >"$work/changed.json"
	python3 "$here/validate.py" "$SCHEMA" "$work/changed.json"
}

run_tests
