# SPDX-License-Identifier: GPL-2.0-only
# For tests of the program: each function that a test file defines is a test and states one fact.
# Ends with run_tests. Environment: DAXFSCTL, GEN_TREE, SYSFS, SCHEMA, SANITIZED.

set -u
: "${DAXFSCTL:?}" "${GEN_TREE:?}" "${SYSFS:?}" "${SCHEMA:?}" "${SANITIZED:?}"
export LC_ALL=C.UTF-8
unset DAXFS_LOG

skip_all() {
	echo "SKIP: $1"
	exit 77
}

command -v jq >/dev/null || skip_all "jq is not installed"
python3 -c 'import jsonschema' 2>/dev/null || skip_all "python3-jsonschema is not installed"

here=$(dirname "${BASH_SOURCE[0]}")
work=$(mktemp -d "${TMPDIR:-/tmp}/daxfsctl-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/documents"
chmod 755 "$work"
out=$work/out
err=$work/err

fail() {
	echo "    $*" >&2
	exit 1
}

# Leaves a test out; the reason is printed.
skip() {
	echo "$*" >"$work/skipped"
	exit 0
}

# Runs the program: standard output in $out, standard error in $err, the exit status in $status.
# Every JSON document is kept, to be validated at the end.
run() {
	status=0
	"$DAXFSCTL" "$@" </dev/null >"$out" 2>"$err" || status=$?
	keep_document "$@"
}

keep_document() {
	local arg
	for arg; do
		if [ "$arg" = --json ]; then
			cp "$out" "$(mktemp "$work/documents/$test.XXXXXX")"
			return 0
		fi
	done
}

# The same on a recorded tree.
on() {
	local tree=$1
	shift
	run --sysroot "$SYSFS/$tree" "$@"
}

status_is() {
	[ "$status" = "$1" ] || fail "exit status $status, expected $1; stderr: $(cat "$err")"
}

# jq_is FILTER EXPECTED: of the one document on stdout.
jq_is() {
	local actual
	actual=$(jq -c "$1" "$out") || fail "no JSON: $(head -c 300 "$out")"
	[ "$actual" = "$2" ] || fail "$1 is $actual, expected $2"
}

names_are() {
	jq_is '[.devices[].chardev] | join(" ")' "\"$*\""
}

has() {
	grep -qF -e "$2" "$1" || fail "'$2' is not in: $(cat "$1")"
}

is_empty() {
	[ ! -s "$1" ] || fail "unexpected: $(cat "$1")"
}

# A command as somebody who may not read what is root's.
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

run_one() {
	test=$1
	rm -f "$work/skipped"
	(set -e && "$test")
	if [ $? -ne 0 ]; then
		echo "not ok - $test"
		failed=$((failed + 1))
	elif [ -e "$work/skipped" ]; then
		echo "ok - $test # SKIP $(cat "$work/skipped")"
	else
		echo "ok - $test"
	fi
}

every_document_is_valid_by_the_schema() {
	python3 "$here/validate.py" "$SCHEMA" "$work"/documents/*
}

run_tests() {
	local name failed=0
	for name in $(compgen -A function | grep -vxF "$lib_functions"); do
		run_one "$name"
	done
	if [ -n "$(ls "$work/documents")" ]; then
		run_one every_document_is_valid_by_the_schema
	fi
	[ "$failed" -eq 0 ]
}

lib_functions=$(compgen -A function)
