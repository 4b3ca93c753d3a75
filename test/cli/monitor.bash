# SPDX-License-Identifier: GPL-2.0-only
# monitor and wait-device as far as no device is needed; the rest is in test/vm/tests/monitor.sh.
. "$(dirname "$0")/lib.bash"

# Starts monitor, output in $out, and waits for its first line; its process is $monitor.
start_monitor() {
	: >"$out"
	# whoever runs this by nohup ignores SIGHUP, and what is ignored is inherited
	env --default-signal=HUP "$DAXFSCTL" monitor "$@" </dev/null >"$out" 2>"$err" &
	monitor=$!
	until [ -s "$out" ]; do
		kill -0 "$monitor" || fail "it ended: $(cat "$err")"
		sleep 0.02
	done
}

# SIGNAL STATUS
end_monitor() {
	local status=0
	kill "-$1" "$monitor"
	wait "$monitor" || status=$?
	[ "$status" = "$2" ] || fail "exit status $status after SIG$1, expected $2"
}

# FILE: each of its lines is an event that the schema allows
lines_are_events() {
	local n=0 line
	jq '{definitions, "$ref": "#/definitions/event"}' "$SCHEMA" >"$work/event-schema"
	while read -r line; do
		n=$((n + 1))
		printf '%s\n' "$line" >"$work/event.$n"
	done <"$1"
	python3 "$here/validate.py" "$work/event-schema" "$work"/event.[0-9]*
	rm "$work"/event.[0-9]*
}
lib_functions+=$'\n'start_monitor$'\n'end_monitor$'\n'lines_are_events

the_first_line_says_that_it_listens() {
	start_monitor --json
	end_monitor INT 0
	jq_is '[.event, .seq, (.devices | type), (.journals | type)]' '["start",1,"array","boolean"]'
	[ "$(wc -l <"$out")" = 1 ]
	is_empty "$err"
	lines_are_events "$out"
}

a_signal_ends_it_well() {
	local signal
	for signal in INT TERM HUP; do
		start_monitor
		end_monitor "$signal" 0
		has "$out" "TIME           SEQ EVENT"
		[ "$(wc -l <"$out")" = 2 ]
	done
}

a_reader_that_goes_ends_it_well() {
	"$DAXFSCTL" monitor --json 2>"$err" | head -n 1 >"$out"
	[ "${PIPESTATUS[0]}" = 0 ]
	is_empty "$err"
	[ "$(wc -l <"$out")" = 1 ]
}

a_full_disk_is_told() {
	local status=0
	"$DAXFSCTL" monitor --json >/dev/full 2>"$err" || status=$?
	status_is 1
	has "$err" "cannot write to standard output"
}

it_takes_no_argument() {
	run monitor --json dax0.0
	status_is 2
	jq_is '[.command, .errors[0].id]' '["monitor","usage"]'
}

a_recorded_tree_has_no_events() {
	on hmem monitor --json
	status_is 2
	jq_is '[.command, .errors[0].id]' '["monitor","sysroot"]'
}

the_schema_knows_every_event() {
	local head='{"time":"2026-11-28T15:42:01.271635Z","seq":2,"event":'
	cat >"$work/events" <<-END
		$head"add","chardev":"dax0.0"}
		$head"remove","chardev":"dax0.0","mode_before":"famfs"}
		$head"bind","chardev":"dax0.0","driver":"kmem","mode":"system-ram","mode_before":null}
		$head"mode","chardev":"dax0.0","driver":"kmem","mode":"system-ram","mode_before":null}
		$head"unbind","chardev":"dax0.0","mode_before":"famfs","resync":true}
		$head"failure","chardev":"dax0.0","offset":20480,"length":4096,"source":"fsdev","address":null}
		$head"journal","chardev":"dax0.0","journal":"stale"}
		$head"resync","devices":[{"chardev":"dax0.0","mode":null}]}
	END
	lines_are_events "$work/events"
	grep '"unbind"' "$work/events" | jq -c '.driver = "kmem"' >"$work/changed"
	grep '"bind"' "$work/events" | jq -c 'del(.mode)' >>"$work/changed"
	grep '"add"' "$work/events" | jq -c '.time = "now"' >>"$work/changed"
	while read -r line; do
		printf '%s\n' "$line" >"$work/event"
		python3 "$here/validate.py" --refuse "$work/event-schema" "$work/event"
	done <"$work/changed"
}

what_is_there_is_not_waited_for() {
	on mixed wait-device --json dax0.0 dax0.2
	status_is 0
	names_are dax0.0 dax0.2
	on mixed wait-device --json -m famfs 0.2
	status_is 0
	jq_is '.devices[0].mode' '"famfs"'
	on mixed wait-device -m devdax dax0.0
	status_is 0
	[ "$(cat "$out")" = "dax0.0: devdax" ]
}

what_a_recorded_tree_does_not_have_will_not_come() {
	on mixed wait-device --json -m famfs dax0.0 dax9.9 dax0.2
	status_is 1
	jq_is '[.devices, (.errors | map([.id, .device]))]' \
		'[[],[["timeout","dax0.0"],["timeout","dax9.9"]]]'
	on mixed wait-device -m famfs dax0.0
	has "$err" "dax0.0: is in mode devdax in this recorded tree, not in mode famfs"
	on mixed wait-device -m famfs dax0.11
	has "$err" "dax0.11: has no driver in this recorded tree"
	on mixed wait-device 'dax7.*'
	status_is 1
}

a_wait_has_an_end() {
	local begin=$SECONDS
	run wait-device --json --timeout 0.2 dax99.0
	status_is 1
	[ $((SECONDS - begin)) -lt 3 ]
	jq_is '[.command, .devices, .errors[0].id, .errors[0].device]' \
		'["wait-device",[],"timeout","dax99.0"]'
	jq_is '.errors[0].message' '"dax99.0: is not there after 0.2 s"'
}

a_signal_ends_a_wait_with_a_document() {
	"$DAXFSCTL" wait-device --json dax99.0 </dev/null >"$out" 2>"$err" &
	sleep 0.5
	kill -INT $!
	status=0
	wait $! || status=$?
	status_is 130
	jq_is '[.errors[0].id, .errors[0].message]' \
		'["interrupted","dax99.0: is not there when SIGINT came"]'
}

a_wait_does_not_sleep() {
	[ "$SANITIZED" = 0 ] || skip "a leak detector and strace exclude each other"
	command -v strace >/dev/null || skip "no strace"
	strace -f -o "$work/trace" "$DAXFSCTL" wait-device --timeout 0.2 dax99.0 2>"$err" || true
	grep -qE '^[0-9]+ +e?poll' "$work/trace"
	if grep -E 'nanosleep|alarm|timer_settime' "$work/trace"; then
		fail "it sleeps"
	fi
	# a look, and one more for what came meanwhile: not one after the other
	[ "$(grep -cE '^[0-9]+ +poll\(' "$work/trace")" -lt 5 ]
}

what_cannot_be_waited_for_is_a_usage_error() {
	run wait-device --json
	status_is 2
	run wait-device --json dax00.0
	status_is 2
	run wait-device --json -m bogus dax0.0
	status_is 2
	run wait-device --json --timeout x dax0.0
	status_is 2
}

run_tests
