#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-examples.sh DAXFSCTL TOP: each example in contrib/ and Documentation/ of TOP is exercised by a test,
# or says in one line, "Not run: ...", why it is not.

set -u
export LC_ALL=C
program=$(realpath "$1")
cd "$2" || exit
failed=0

complain() {
	echo "$*"
	failed=1
}

# TEXT: does a test name it? This one is none.
a_test_names() {
	grep -rqF --exclude=check-examples.sh -e "$1" test debian/tests
}

# FILE of contrib/. The collection of Ansible is tested as a whole, and each of its playbooks is played.
is_exercised() {
	local name
	name=$(basename "$1" .yml)
	case $1 in
	contrib/ansible/playbooks/*) grep -qE "^	*(.*[ ;])?play $name( |$)" test/ansible/run ;;
	contrib/ansible/*) a_test_names '/contrib/ansible"' ;;
	# below contrib/, and where it is installed
	*) a_test_names "/${1#contrib/}" ;;
	esac
}

says_why_not() {
	grep -q 'Not run: .' "$1"
}

check_contrib() {
	local file
	while read -r file; do
		is_exercised "$file" || says_why_not "$file" ||
			complain "$file: no test names it, and it has no line \"Not run: ...\""
	done < <(find contrib -type f ! -name meson.build ! -name '*.pyc' | sort)
}

check_programs() {
	local file
	for file in Documentation/examples/*; do
		a_test_names "/$file" || says_why_not "$file" || complain "$file: no test names it"
	done
}

# Blocks of a page that test/vm/tests/examples.sh does not type: "LINE HOW", where HOW is what the comment
# before it says, "tested by FILE" or "Not run: WHY"
other_blocks() {
	awk '/^== / { examples = $0 == "== EXAMPLES" }
		/^\/\/ / && !inside { how = substr($0, 4); next }
		/^----$/ {
			inside = !inside
			if (inside) { line = NR; typed = 0 }
			else {
				if (!(examples && typed)) print line, how
				how = ""
			}
			next
		}
		inside && /^(# |include::examples\/)/ { typed = 1 }
		!inside && NF { how = "" }' "$1"
}

check_blocks() {
	local page line how
	for page in Documentation/*.txt; do
		while read -r line how; do
			case $how in
			'Not run: '?*) ;;
			'tested by '*)
				[[ -f ${how#tested by } ]] ||
					complain "$page:$line: ${how#tested by } is no test"
				;;
			*) complain "$page:$line: no line says which test has this, or why none has" ;;
			esac
		done < <(other_blocks "$page")
	done
}

# What daxfsctl.conf(5) shows is a configuration
check_configuration() {
	local work
	work=$(mktemp -d)
	mkdir -p "$work/sys/bus/dax" "$work/etc/daxfsctl.conf.d"
	awk '/^----$/ { if (inside && block ~ /^\[/) printf "%s", block; inside = !inside; block = ""; next }
		inside { block = block $0 "\n" }' Documentation/daxfsctl.conf.txt \
		> "$work/etc/daxfsctl.conf.d/page.conf"
	[[ $("$program" --sysroot "$work" config test 2>&1) == '2 sections, no errors' ]] ||
		complain "daxfsctl.conf.txt: $("$program" --sysroot "$work" config test 2>&1)"
	rm -r "$work"
}

# Each defect has its rows in test/vm/module-table.
check_defects() {
	local row
	while read -r row; do
		grep -qF "row_$row() {" test/vm/tests/fsdev.sh || complain "kernel-defects.md: no row $row"
	done < <(sed -nE '/^\| \[/s/^[^|]*\|[^|]*\| ([^|]*) \|.*/\1/p' Documentation/kernel-defects.md |
		sed 's/, with .*//; s/, /\n/g')
	[[ $(echo Documentation/*.md) == Documentation/kernel-defects.md ]] ||
		complain "a document whose examples are not looked at: $(echo Documentation/*.md)"
}

check_contrib
check_programs
check_blocks
check_configuration
check_defects
exit "$failed"
