# SPDX-License-Identifier: GPL-2.0-only
# Where output goes, and what the program loads.
. "$(dirname "$0")/lib.bash"

version_is_told() {
	run --version
	status_is 0
	grep -qx 'daxfsctl [0-9]*\.[0-9]*\.[0-9]*' "$out" || fail "$(cat "$out")"
	cp "$out" "$work/option"
	run version
	cmp "$out" "$work/option"
	run version --json
	jq_is '.command' '"version"'
	jq_is '"daxfsctl " + .version' "\"$(cat "$work/option")\""
}

help_is_told() {
	run --help
	status_is 0
	has "$out" "Usage: daxfsctl [OPTION...] COMMAND"
	cp "$out" "$work/help"
	run help
	cmp "$out" "$work/help"
	run list --help
	status_is 0
	has "$out" "--noheadings"
	has "$out" "MEMMAP-ON-MEMORY"
	cp "$out" "$work/help"
	run help list
	cmp "$out" "$work/help"
	run help list --json
	jq_is '.help' "$(jq -Rs . "$work/help")"
}

help_of_nothing_is_a_usage_error() {
	run help lst --json
	status_is 2
}

every_option_of_help_is_accepted() {
	local option
	run list --help
	for option in $(grep -o '^ *\(-., \)\?--[a-z-]*' "$out" | grep -o -- '--[a-z-]*'); do
		case $option in
		--dev) set -- "$option" all ;;
		--region) set -- "$option" 0 ;;
		--mode) set -- "$option" famfs ;;
		--kind) set -- "$option" hmem ;;
		--state) set -- "$option" enabled ;;
		--output) set -- "$option" DEVICE ;;
		--sysroot) set -- "$option" "$SYSFS/hmem" ;;
		--compat) set -- "$option" daxctl ;;
		--lock-timeout) set -- "$option" 1 ;;
		*) set -- "$option" ;;
		esac
		on hmem list "$@"
		status_is 0
	done
}

a_full_disk_is_an_error() {
	[ -c /dev/full ] || skip "no /dev/full"
	local args
	for args in "list --json" "list" "--help" "version --json"; do
		status=0
		# shellcheck disable=SC2086
		"$DAXFSCTL" --sysroot "$SYSFS/hmem" $args >/dev/full 2>"$err" || status=$?
		status_is 1
		has "$err" "cannot write to standard output: No space left on device"
	done
}

a_closed_pipe_is_an_error_and_no_signal() {
	local args
	for args in "list --json" "list"; do
		# shellcheck disable=SC2086
		{
			sleep 0.2
			status=0
			"$DAXFSCTL" --sysroot "$SYSFS/hmem" $args 2>"$err" || status=$?
			echo "$status" >"$work/status"
		} | true
		status=$(cat "$work/status")
		status_is 1
		has "$err" "cannot write to standard output: Broken pipe"
	done
}

a_closed_stdout_is_an_error() {
	status=0
	"$DAXFSCTL" --sysroot "$SYSFS/hmem" list --json >&- 2>"$err" || status=$?
	status_is 1
}

an_error_keeps_its_status_when_the_output_is_good() {
	on hmem list --json dax9.9
	status_is 3
	is_empty "$err"
}

listing_loads_no_library_that_it_does_not_need() {
	local args
	for args in "list" "list --json -v -M --backing --memory -R -D"; do
		# shellcheck disable=SC2086
		LD_DEBUG=files "$DAXFSCTL" --sysroot "$SYSFS/pmem" $args 2>"$work/ld" >/dev/null
		grep -q 'libdaxfs\.so' "$work/ld" || skip "the loader does not tell what it loads"
		if grep -E 'file=lib(kmod|ndctl|daxctl|cxl|mount|blkid|udev|crypto|systemd)\.' "$work/ld"; then
			fail "loaded by $args"
		fi
	done
}

run_tests
