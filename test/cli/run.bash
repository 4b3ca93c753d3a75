# SPDX-License-Identifier: GPL-2.0-only
# run, with devices that have the mode already: what the command gets, and what becomes of its end.
. "$(dirname "$0")/lib.bash"

# ARGUMENT...: on a device in mode devdax
on_devdax() {
	on hmem run -m devdax "$@"
}

# What was printed is not the program's, though --json was among the arguments.
no_document() {
	rm -f "$work/documents/$test".*
}

# Takes the report in $1 for the document of the program, to be looked at and validated.
take_report() {
	no_document
	cp "$1" "$out"
	cp "$1" "$(mktemp "$work/documents/$test.XXXXXX")"
}
lib_functions+=$'\n'on_devdax$'\n'no_document$'\n'take_report

the_exit_status_is_the_commands() {
	local code
	for code in 0 1 2 125 255; do
		on_devdax dax0.0 -- sh -c "exit $code"
		status_is "$code"
	done
}

a_command_that_is_killed_is_128_and_its_signal() {
	on_devdax dax0.0 -- sh -c 'kill -KILL $$'
	status_is 137
	on_devdax dax0.0 -- sh -c 'kill -SEGV $$'
	status_is 139
}

standard_output_is_the_commands() {
	on_devdax dax0.0 -- sh -c 'echo out; echo err >&2'
	[ "$(cat "$out")" = out ] || fail "$(cat "$out")"
	has "$err" "dax0.0: unchanged"
	has "$err" err
}

arguments_are_the_commands() {
	on_devdax dax0.0 -- printf '%s|' --json -- -x 'a b' ''
	no_document
	status_is 0
	[ "$(cat "$out")" = '--json|--|-x|a b||' ] || fail "$(cat "$out")"
}

the_report_is_a_document() {
	on hmem run --report "$work/report" --json -m devdax dax0.0 -- sh -c 'echo out; exit 4'
	status_is 4
	[ "$(cat "$out")" = out ] || fail "$(cat "$out")"
	is_empty "$err"
	take_report "$work/report"
	jq_is '[.command, .status, .devices[0].result, .errors]' '["run",4,"unchanged",[]]'
}

the_document_goes_to_standard_error() {
	on hmem run -m devdax dax0.0 --json -- true
	is_empty "$out"
	take_report "$err"
	jq_is '.status' 0
}

a_command_that_was_not_started_has_no_status() {
	on hmem run -m devdax dax0.0 --json -- "$work/nothing"
	status_is 127
	take_report "$err"
	jq_is '[.status, .devices, .errors[0].id, .errors[0].errno]' '[null,[],"command","ENOENT"]'
}

a_report_that_cannot_be_written_changes_no_status() {
	status=0
	"$DAXFSCTL" --sysroot "$SYSFS/hmem" run -m devdax dax0.0 -- sh -c 'exit 4' 2>/dev/full || status=$?
	status_is 4
	status=0
	"$DAXFSCTL" --sysroot "$SYSFS/hmem" run -m devdax dax0.0 -- sh -c 'exit 4' 2>&- || status=$?
	status_is 4
}

a_report_that_cannot_be_opened_is_125() {
	on hmem run --report "$work/none/report" -m devdax dax0.0 -- touch "$work/wrong"
	status_is 125
	has "$err" "cannot write the report there"
	[ ! -e "$work/wrong" ] || fail "the command was run"
}

a_device_that_is_not_switched_is_125() {
	on hmem run -m famfs dax0.0 -- touch "$work/wrong"
	status_is 125
	on hmem run -m devdax dax0.0 dax9.9 -- touch "$work/wrong"
	status_is 125
	has "$err" "dax9.9: no such device"
	on hmem run -m devdax 'dax9.*' -- touch "$work/wrong"
	status_is 125
	[ ! -e "$work/wrong" ] || fail "the command was run"
}

a_command_that_cannot_be_run_is_126_or_127() {
	mkdir -p "$work/path"
	printf '#!/nonexistent\n' >"$work/path/interpreter"
	chmod 755 "$work/path/interpreter"
	echo text >"$work/path/text"
	on_devdax dax0.0 -- nonexistent-command
	status_is 127
	on_devdax dax0.0 -- ''
	status_is 127
	on_devdax dax0.0 -- "$work/path/text"
	status_is 126
	on_devdax dax0.0 -- "$work/path"
	status_is 126
	PATH=$work/path:$PATH on_devdax dax0.0 -- text
	status_is 126
	PATH=$work/path:$PATH on_devdax dax0.0 -- interpreter
	status_is 127
}

a_wrong_call_is_2() {
	on_devdax dax0.0
	status_is 2
	has "$err" "no command to run"
	on_devdax dax0.0 --
	status_is 2
	on hmem run dax0.0 -- true
	status_is 2
	has "$err" "no mode given"
	on_devdax -- true
	status_is 2
	has "$err" "no device given"
	on_devdax --restore=sometimes dax0.0 -- true
	status_is 2
	on hmem run -m bogus dax0.0 -- true
	status_is 2
	on_devdax --json dax0.0
	jq_is '[.command, .errors[0].id]' '["run","usage"]'
}

help_goes_to_standard_output() {
	run run --help
	status_is 0
	has "$out" "Usage: daxfsctl run"
	is_empty "$err"
}

# Blocked and ignored signals, and open files, are those of the caller.
what_is_inherited_is_the_callers() {
	local look='grep -E "^Sig(Blk|Ign)" /proc/self/status; ls /proc/$$/fd'
	local daxfsctl=("$DAXFSCTL" --sysroot "$SYSFS/hmem" run -m devdax dax0.0 --)
	bash -c "$look" </dev/null >"$work/before" 2>"$err"
	"${daxfsctl[@]}" bash -c "$look" </dev/null >"$work/after" 2>"$err"
	diff "$work/before" "$work/after" || fail "by default"
	(trap '' PIPE USR1 HUP && exec bash -c "$look") </dev/null >"$work/before" 2>"$err"
	(trap '' PIPE USR1 HUP && exec "${daxfsctl[@]}" bash -c "$look") </dev/null >"$work/after" 2>"$err"
	diff "$work/before" "$work/after" || fail "with ignored signals"
	"${daxfsctl[@]}" sh -c '[ ! -e /proc/$$/fd/1 ]' >&- 2>"$err" || fail "stdout was closed"
}

# SIGNAL: sent to the program, which ends as its command then does
passes_on() {
	local pid
	rm -f "$work/started"
	# nohup has SIGHUP ignored, which is inherited
	# shellcheck disable=SC2016 # the inner shell expands it
	env --default-signal=HUP "$DAXFSCTL" --sysroot "$SYSFS/hmem" run -m devdax dax0.0 -- sh -c \
		"trap 'exit 33' $1; touch '$work/started'; while :; do sleep 0.05; done" 2>"$err" &
	pid=$!
	until [ -e "$work/started" ]; do sleep 0.02; done
	kill "-$1" "$pid"
	status=0
	wait "$pid" || status=$?
	status_is 33
}
lib_functions+=$'\n'passes_on

signals_are_passed_on() {
	local signal
	for signal in TERM HUP USR1 USR2 ALRM RTMIN; do
		passes_on "$signal"
	done
}

# The terminal sends it to both; the command must not get it twice.
an_interrupt_from_the_terminal_comes_once() {
	python3 - "$DAXFSCTL" "$SYSFS/hmem" "$work" <<'END' || fail "see above"
import os, pty, signal, sys, time

program, tree, work = sys.argv[1:]
script = (f"trap 'echo >> {work}/interrupts' INT; touch {work}/ready;"
          f"until [ -e {work}/over ]; do sleep 0.05; done; exit 5")
pid, terminal = pty.fork()
if pid == 0:
    # in the background of a script it is ignored, which is inherited
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(program, [program, "--sysroot", tree, "run", "-m", "devdax", "dax0.0", "--",
                       "sh", "-c", script])
def wait_for(name):
    deadline = time.monotonic() + 30
    while not os.path.exists(f"{work}/{name}"):
        if time.monotonic() > deadline:
            sys.exit(f"no {name}")
        time.sleep(0.02)
wait_for("ready")
os.write(terminal, b"\x03")
wait_for("interrupts")
time.sleep(0.5)
open(f"{work}/over", "w").close()
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
count = os.path.getsize(f"{work}/interrupts")
if (status, count) != (5, 1):
    sys.exit(f"status {status}, {count} interrupts")
END
}

run_tests
