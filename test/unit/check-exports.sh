#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check-exports.sh HEADER MAP [LIBRARY]
#
# The public header, the version script and the dynamic symbols of the library name the same
# functions, and directly above each declaration is a comment that begins with the function's name.

set -eu
export LC_ALL=C

if [ $# -lt 2 ] || [ $# -gt 3 ]; then
	echo "usage: $0 HEADER MAP [LIBRARY]" >&2
	exit 2
fi
header=$1
map=$2
library=${3-}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=no

complain()
{
	echo "$*" >&2
	failed=yes
}

# One line per declared function: its name, then the name that the comment above it begins with, or
# "-". A declaration begins in the first column and ends with a semicolon; the bodies of types are
# skipped. A comment that does not end on the line before does not count.
declarations()
{
	awk '
	function comment_line(text)
	{
		sub(/^[ \t]*\/?\*+[ \t]*/, "", text)
		if (documenting && doc == "" && match(text, /^[a-z0-9_]+\(\)/))
			doc = substr(text, 1, RLENGTH - 2)
		if (text !~ /^(\*\/)?$/)
			documenting = 0
	}
	in_comment || /^[ \t]*\/\*/ {
		if (!in_comment) {
			in_comment = 1
			doc = ""
			documenting = $0 ~ /^\/\*\*/
		}
		comment_line($0)
		if ($0 ~ /\*\//) {
			in_comment = 0
			doc_line = NR
		}
		next
	}
	in_body {
		if ($0 ~ /^}/)
			in_body = 0
		next
	}
	/^(struct|enum|union) [a-z0-9_]+ \{/ { in_body = 1; next }
	/^(#|extern "C"|typedef|\}|[ \t]*$)/ && !in_declaration { next }
	{
		if (!in_declaration) {
			text = ""
			above = doc != "" && doc_line == NR - 1 ? doc : "-"
			in_declaration = 1
		}
		text = text " " $0
		if ($0 ~ /;/) {
			in_declaration = 0
			if (match(text, /[A-Za-z0-9_]+\(/))
				print substr(text, RSTART, RLENGTH - 1), above
		}
	}' "$1"
}

declarations "$header" >"$tmp/declarations"
cut -d' ' -f1 "$tmp/declarations" | sort >"$tmp/header"
sed -n 's/^[[:space:]]*\([A-Za-z0-9_]*\);.*/\1/p' "$map" | sort >"$tmp/map"

# Something is wrong with this script when it sees no functions, or not all that are there.
[ -s "$tmp/header" ] || complain "$header: no function found"
[ -s "$tmp/map" ] || complain "$map: no symbol found"
sed -n 's/^.*\/\*\* \{0,1\}\(daxfs_[a-z0-9_]*\)().*/\1/p; s/^ \* \(daxfs_[a-z0-9_]*\)() - .*/\1/p' \
	"$header" | sort >"$tmp/documented"

while read -r name above; do
	case $above in
	"$name") ;;
	-) complain "$header: $name() has no comment directly above it" ;;
	*) complain "$header: the comment above $name() is about $above()" ;;
	esac
done <"$tmp/declarations"

for name in $(comm -13 "$tmp/header" "$tmp/documented"); do
	complain "$header: $name() is documented, not declared"
done
for name in $(uniq -d "$tmp/header"); do
	complain "$header: $name() is declared twice"
done
for name in $(uniq -d "$tmp/map"); do
	complain "$map: $name is listed twice"
done
for name in $(comm -23 "$tmp/header" "$tmp/map"); do
	complain "$map: $name is missing"
done
for name in $(comm -13 "$tmp/header" "$tmp/map"); do
	complain "$map: $name is not declared in the header"
done

if [ -n "$library" ]; then
	if ! command -v nm >/dev/null; then
		echo "nm is not installed" >&2
		exit 77
	fi
	# Without the versions' own symbols, which are absolute.
	nm -D --defined-only -P "$library" >"$tmp/nm"
	awk '$2 != "A" { sub(/@.*/, "", $1); print $1 }' "$tmp/nm" | sort >"$tmp/library"
	[ -s "$tmp/library" ] || complain "$library: exports nothing"
	for name in $(comm -13 "$tmp/header" "$tmp/library"); do
		complain "$library: exports $name, which the header does not declare"
	done
	for name in $(comm -23 "$tmp/header" "$tmp/library"); do
		complain "$library: does not export $name"
	done
fi

[ $failed = no ]
