#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-pages.sh DAXFSCTL TOP: the manual pages below TOP agree with the program, with its exit
# statuses, its errors and the JSON Schema.

set -u
export LC_ALL=C
program=$1
top=$2
pages=$top/Documentation
failed=0

complain() {
	echo "$*"
	failed=1
}

# PAGE: its text, with what it includes
expand() {
	awk -v dir="$pages" '
	match($0, /^include::.*\[\]$/) {
		file = dir "/" substr($0, 10, length($0) - 11)
		while ((getline line < file) > 0)
			print line
		close(file)
		next
	}
	{ print }' "$pages/$1.txt"
}

# PAGE SECTION: the lines of one section
section() {
	expand "$1" | awk -v title="== $2" '/^== / { wanted = $0 == title; next } wanted'
}

# What describes a term, "*-m*, *--mode* _MODE_::", without marks: "-m, --mode MODE"
terms() {
	sed -nE 's/^([*_].*)::( .*)?$/\1/p' | tr -d '*_'
}

# COMMAND: "-m, --mode MODE", one per line, as its help shows them; without one, of the program
options_of_help() {
	"$program" help ${1:+"$1"} | sed -nE 's/^ +((-[A-Za-z], )?--[a-z-]+( [A-Z]+)?)( .*)?$/\1/p'
}

commands() {
	"$program" help | sed -nE '/^Commands:/,/^$/s/^  ([a-z-]+) .*/\1/p'
}

# WHAT HERE THERE: the lines of two texts, in any order, must be the same
same() {
	local difference
	difference=$(diff <(sort -u <<< "$2") <(sort -u <<< "$3")) && return
	complain "$1:"
	sed -n 's/^[<>]/  &/p' <<< "$difference"
}

check_options() {
	local page=$1 command=${2:-}
	same "$page.txt OPTIONS (<) and --help of ${command:-the program} (>)" \
		"$(section "$page" OPTIONS | terms)" "$(options_of_help "$command")"
}

check_commands() {
	local command own
	[[ -n $(commands) ]] || complain "'daxfsctl help' names no commands"
	same "daxfsctl.txt COMMANDS (<) and 'daxfsctl help' (>)" \
		"$(section daxfsctl COMMANDS | terms | sed 's/ .*//')" "$(commands)"
	check_options daxfsctl
	for command in $(commands); do
		if [[ -e $pages/daxfsctl-$command.txt ]]; then
			check_options "daxfsctl-$command" "$command"
			section "daxfsctl-$command" SYNOPSIS | grep -qF "*daxfsctl $command*" ||
				complain "daxfsctl-$command.txt: the SYNOPSIS does not name the command"
			section daxfsctl "SEE ALSO" | grep -qF "*daxfsctl-$command*(1)" ||
				complain "daxfsctl.txt: SEE ALSO lacks daxfsctl-$command(1)"
			continue
		fi
		own=$("$program" help "$command" | sed -n '/^Options:/p')
		[[ -z $own ]] || complain "$command has options, but no page daxfsctl-$command.txt"
	done
}

# The statuses of the library's classes and of the program's own.
check_exit_statuses() {
	same "exit-status.txt (<) and the enums (>)" \
		"$(terms < "$pages/include/exit-status.txt" | grep -v N)" \
		"$(sed -nE 's/^\t(DAXFS_CLASS|STATUS)_[A-Z_]+ = ([0-9]+),/\2/p' \
			"$top/lib/libdaxfs.h" "$top/daxfsctl/cmd.h")"
}

# Every page says how the program ends, by the one table.
check_sections() {
	local page=$1 title
	for title in NAME SYNOPSIS DESCRIPTION EXAMPLES "EXIT STATUS" "SEE ALSO"; do
		[[ -n $(section "$page" "$title" | tr -d '[:space:]') ]] ||
			complain "$page.txt: no section $title"
	done
	grep -qx 'include::include/exit-status.txt\[\]' "$pages/$page.txt" ||
		complain "$page.txt: does not include exit-status.txt"
}

check_json() {
	same "keys of schema-1.json (<) and in daxfsctl-json.txt (>)" \
		"$(jq -r '[.. | .properties? // empty | keys[]] | unique[]' "$top/daxfsctl/schema-1.json")" \
		"$(sed '/^== EXAMPLES/,$d' "$pages/daxfsctl-json.txt" | sed '1,/^== DOCUMENT/d' |
			grep -oE '\*[a-z][a-z_]*\*' | tr -d '*' |
			grep -vxE 'list|reconfigure|recover|check|inject|clear|doctor|dump|metrics|monitor|wait|run|version|help' ; printf '%s\n' version help)"
}

check_error_ids() {
	local id
	while read -r id; do
		# what a caller of the library alone can meet
		[[ $id != bad-root ]] || continue
		grep -qE "^\*.*\*$id\*|^\*$id\*" "$pages/daxfsctl-reconfigure-device.txt" \
			"$pages/daxfsctl-check-device.txt" "$pages/daxfsctl-doctor.txt" ||
			complain "no word of the error or finding '$id' in any page that lists them"
	done < <(grep -rhoE --include='*.c' '\.id = "[a-z-]+"' "$top/lib" "$top/daxfsctl" |
		cut -d'"' -f2 | sort -u)
}

check_columns() {
	same "daxfsctl-list.txt COLUMNS (<) and 'daxfsctl help list' (>)" \
		"$(section daxfsctl-list COLUMNS | terms)" \
		"$("$program" help list | sed -n '/^Columns:/{n;s/ //g;p}' | tr , '\n')"
}

# The packages that README.md names are those that building and the pages need.
check_readme() {
	same "apt-get line of README.md (<) and test/packages (>)" \
		"$(sed -nE '/^    apt-get install/,/^    meson/{/meson setup/!p}' "$top/README.md" |
			tr -s '\\ ' '\n' | grep -vxE '|apt-get|install')" \
		"$(sed '/^# tests/,$d' "$top/test/packages" | grep '^[a-z]')"
}

# Without warnings, from the source to what man shows.
check_rendering() {
	local page=$1 warnings
	warnings=$(asciidoctor -b manpage -a reproducible -a pkgdatadir=/usr/share/daxfsctl -a libexecdir=/usr/libexec \
		--failure-level=WARN -o "$work/$page.man" "$pages/$page.txt" 2>&1) ||
		complain "$page.txt: asciidoctor: $warnings"
	[[ -n $(command -v man) ]] || return
	warnings=$(LC_ALL=C.UTF-8 MANWIDTH=80 man -l --warnings "$work/$page.man" 2>&1 > "$work/text")
	[[ -z $warnings ]] || complain "$page.txt: man: $warnings"
	[[ -s $work/text ]] || complain "$page.txt: man shows nothing"
	# marks that were not understood
	if grep -nE '\*[a-z]+:?\*|(^|[^_a-z])__?[A-Za-z]+_[ ,.]|\{[a-z]+\}' "$work/text"; then
		complain "$page.txt: marks are left in what man shows"
	fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check_commands
check_exit_statuses
check_json
check_error_ids
check_columns
check_readme
for page in "$pages"/*.txt; do
	page=$(basename "$page" .txt)
	check_sections "$page"
	[[ -z $(command -v asciidoctor) ]] || check_rendering "$page"
done
[[ $failed == 0 ]] || exit 1
if [[ -z $(command -v asciidoctor) ]]; then
	echo "asciidoctor is not installed: the pages were not rendered"
	exit 77
fi
