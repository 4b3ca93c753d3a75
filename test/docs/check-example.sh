#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-example.sh MODES DAXFSCTL SYSFS: the example of libdaxfs(3) says of each recorded tree in SYSFS what
# the program says; the page names each family of functions that there is.

set -euo pipefail
export LC_ALL=C
example=$1 program=$2 trees=$3
top=$(cd "$(dirname "$0")/../.." && pwd)
failed=0

for tree in "$trees"/*; do
	expected=$("$program" --sysroot "$tree" list --json --idle |
		jq -r '.devices[] | "\(.chardev): \(.mode // "no driver")"')
	said=$("$example" "$tree")
	[[ $said == "$expected" ]] || { echo "$tree: '$said', expected '$expected'"; failed=1; }
done

status=0
said=$("$example" /dev/null 2>&1) || status=$?
[[ $status == 2 && $said == "modes: /dev/null: cannot open the recorded tree" ]] ||
	{ echo "of no tree it says '$said', exit status $status"; failed=1; }

while read -r family; do
	grep -qF "*${family}" "$top/Documentation/libdaxfs.txt" ||
		{ echo "libdaxfs.txt: no word of $family..."; failed=1; }
done < <(sed -nE 's/^\t(daxfs_[a-z]+).*;$/\1/p' "$top/lib/libdaxfs.map" | sort -u)
exit "$failed"
