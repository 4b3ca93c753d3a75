#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-html.sh TOP: the manual pages below TOP as HTML.

set -u
export LC_ALL=C
top=$1
failed=0

complain() {
	echo "$*"
	failed=1
}

# PAGE: where its links lead
links() {
	sed 's/href="/\n&/g' "$1" | sed -nE 's/^href="([^"#]+).*/\1/p' | sort -u
}

if ! command -v asciidoctor > /dev/null; then
	echo "asciidoctor is not installed"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pages=("$top"/Documentation/*.txt)
"$top/Documentation/make-html" 1.2.3 /usr/share/daxfsctl /usr/libexec "$work/html" "${pages[@]}" || exit 1
cd "$work/html" || exit 1

[[ $(find . -name '*.html' -type f | wc -l) == "${#pages[@]}" ]] || complain "not a page for each source"
for page in *.html; do
	grep -q '<h2 id="_name">' "$page" || complain "$page: no section NAME"
	for link in $(links "$page"); do
		[[ -e $link ]] || complain "$page: leads to $link, which is not there"
	done
	# what a browser would fetch
	! grep -nE '(src|href)="[a-z]+:|@import|url\(' "$page" || complain "$page: something from elsewhere"
	! grep -nE '(^|[^>])<strong>(daxfsctl[a-z.-]*|libdaxfs)</strong>\([0-9]\)' "$page" ||
		complain "$page: a page is named, and no link to it"
	! grep -nF 'include::' "$page" || complain "$page: something is not included"
done

# Every page can be reached from the first one.
reached=" index.html "
unread=(index.html)
while [[ ${#unread[@]} -gt 0 ]]; do
	page=${unread[0]}
	unread=("${unread[@]:1}")
	for link in $(links "$page"); do
		[[ $reached != *" $link "* ]] || continue
		reached+="$link "
		unread+=("$link")
	done
done
for page in *.html; do
	[[ $reached == *" $page "* ]] || complain "no way from daxfsctl(1) leads to $page"
done

# Twice the same
"$top/Documentation/make-html" 1.2.3 /usr/share/daxfsctl /usr/libexec "$work/again" "${pages[@]}" || exit 1
diff -r "$work/html" "$work/again" || complain "the second time it is something else"
exit "$failed"
