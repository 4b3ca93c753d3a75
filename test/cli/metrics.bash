# SPDX-License-Identifier: GPL-2.0-only
# Metrics as their reader takes them: python3-prometheus-client, and promtool where it is installed.
. "$(dirname "$0")/lib.bash"

# Debian's own, which has the package
python=/usr/bin/python3
"$python" -c 'import prometheus_client' 2>/dev/null ||
	skip_all "python3-prometheus-client is not installed"

# TREE: what it parses to is in $work/samples, "NAME LABELS VALUE" a line
metrics_of() {
	on "$1" metrics
	status_is 0
	"$python" - "$out" >"$work/samples" <<-'EOF'
		import sys
		from prometheus_client.parser import text_string_to_metric_families
		seen = set()
		for family in text_string_to_metric_families(open(sys.argv[1]).read()):
		    assert family.name not in seen, family.name + " is in two places"
		    assert family.documentation and family.type == "gauge", family.name
		    seen.add(family.name)
		    for sample in family.samples:
		        labels = ",".join(k + "=" + v for k, v in sorted(sample.labels.items()))
		        print(sample.name, labels or "-", int(sample.value))
	EOF
	! command -v promtool >/dev/null || promtool check metrics <"$out"
}

# NAME LABELS VALUE
sample_is() {
	grep -qxF -e "$1 $2 $3" "$work/samples" ||
		fail "no sample $1 $2 $3: $(grep "^$1 " "$work/samples")"
}

# NAME LABELS-PATTERN
no_sample() {
	! grep -q "^$1 $2" "$work/samples" || fail "there is one: $(grep "^$1 $2" "$work/samples")"
}
lib_functions+=$'\n'metrics_of$'\n'sample_is$'\n'no_sample

every_tree_is_parsed() {
	local tree devices
	for tree in "$SYSFS"/*; do
		tree=${tree##*/}
		on "$tree" list --json
		devices=$(jq '.devices | length' "$out")
		metrics_of "$tree"
		[ "$(grep -c '^daxfs_device_info ' "$work/samples")" = "$devices" ] ||
			fail "$tree has $devices devices: $(grep _info "$work/samples")"
	done
}

modes_and_states_are_all_there() {
	metrics_of fsdev
	sample_is daxfs_device_mode device=dax0.0,mode=famfs 1
	sample_is daxfs_device_mode device=dax0.0,mode=devdax 0
	sample_is daxfs_device_mode device=dax0.0,mode=none 0
	sample_is daxfs_device_state device=dax0.0,state=enabled 1
	sample_is daxfs_device_state device=dax0.0,state=stranded 0
}

no_driver_is_a_mode() {
	metrics_of unbound
	sample_is daxfs_device_mode device=dax0.0,mode=none 1
	sample_is daxfs_device_info device=dax0.0,driver=none,kind=hmem,region=0 1
}

sizes_are_those_of_list() {
	local size available
	on hmem list --json -R -D
	size=$(jq '.devices[0].size' "$out")
	available=$(jq '.regions[0].available_size' "$out")
	metrics_of hmem
	sample_is daxfs_device_size_bytes device=dax0.0 "$size"
	sample_is daxfs_region_available_bytes region=0 "$available"
	sample_is daxfs_unreadable - 0
}

memory_is_of_system_ram_only() {
	local total
	on system-ram list --json --memory dax0.0
	total=$(jq '.devices[0].memory.total_blocks' "$out")
	metrics_of system-ram
	sample_is daxfs_device_memory_blocks device=dax0.0 "$total"
	metrics_of hmem
	no_sample daxfs_device_memory_blocks .
}

# Of a recorded tree nobody knows who uses it
what_is_not_known_has_no_sample() {
	metrics_of hmem
	no_sample daxfs_device_users .
	no_sample daxfs_device_held .
}

labels_are_escaped() {
	local tree=$work/tree
	cp -r "$SYSFS/unknown-driver" "$tree"
	ln -sfn '../../../../bus/dax/drivers/a"b\c' "$(find "$tree/sys/devices" -name driver -type l | head -n 1)"
	run --sysroot "$tree" metrics
	status_is 0
	has "$out" 'driver="a\"b\\c"'
}

a_file_is_replaced_as_a_whole() {
	local file=$work/dir/daxfsctl.prom
	mkdir "$work/dir"
	echo old >"$file"
	chmod 600 "$file"
	on hmem metrics -o "$file"
	status_is 0
	is_empty "$out"
	on hmem metrics
	diff "$out" "$file"
	[ "$(stat -c %a "$file")" = 644 ] || fail "mode $(stat -c %a "$file")"
	[ "$(ls "$work/dir")" = daxfsctl.prom ] || fail "there is more: $(ls "$work/dir")"
}

a_file_that_cannot_be_written_is_as_it_was() {
	mkdir "$work/there"
	on hmem metrics -o "$work/there"
	status_is 1
	has "$err" "to $work/there: Is a directory"
	[ "$(ls -A "$work" | grep -c there)" = 1 ] || fail "something is left: $(ls "$work")"
	on hmem metrics -o "$work/nowhere/file"
	status_is 1
	has "$err" "No such file or directory"
}

wrong_calls_are_refused() {
	on hmem metrics --json
	status_is 2
	jq_is .errors[0].id '"usage"'
	on hmem metrics dax0.0
	status_is 2
	has "$err" "'dax0.0'"
}

alerts_know_these_metrics() {
	local name rules
	rules=$here/../../contrib/prometheus/daxfsctl.rules.yml
	metrics_of hmem
	for name in $(grep -oE 'daxfs(ctl)?_[a-z_]+' "$rules" | grep -v '^daxfsctl_rules' | sort -u); do
		grep -q "^# TYPE $name gauge" "$out" || fail "there is no $name"
	done
	[ -n "$name" ] || fail "no metric in the alerts"
	! command -v promtool >/dev/null || promtool check rules "$rules"
}

run_tests
