# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# Whether what guards the interface of the library sees what it is for. LIBRARY and ARCHIVE are the library
# that was built, shared and static.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/vm/lib.sh
source "$top/test/vm/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
header=$top/lib/libdaxfs.h map=$top/lib/libdaxfs.map

# DIRECTORY [MAP]: the library as it is, or linked with another MAP
place() {
	mkdir -p "$1/include"
	cp "$header" "$1/include/"
	if [[ $# == 1 ]]; then
		cp "$LIBRARY" "$1/libdaxfs.so.0"
	else
		gcc -shared -o "$1/libdaxfs.so.0" -Wl,-soname,libdaxfs.so.0 -Wl,--version-script="$2" \
			-Wl,--whole-archive "$ARCHIVE" -Wl,--no-whole-archive
	fi
}

compare() {
	"$top/test/abi/compare" "$@"
}

the_same_is_compatible() {
	compare whole whole
}

one_symbol_more_is_compatible() {
	compare less whole
}

one_symbol_less_is_not() {
	expect_exit 1 compare whole less > said
	cat said
	grep -F "'function int daxfs_dump(" said
}

# A field in the middle of a structure that programs have
another_structure_is_not() {
	local version
	cat > range.c <<-'CODE'
		#include "libdaxfs.h"
		int daxfs_ranges_size(const struct daxfs_range *ranges, size_t n, uint64_t *ret)
		{
			return n > 0 && ranges[0].end == *ret;
		}
	CODE
	for version in one two; do
		mkdir -p "$version/include"
		cp "$header" "$version/include/"
		[[ $version == one ]] ||
			sed -i '/^struct daxfs_range {/a\	uint64_t more;' "$version/include/libdaxfs.h"
		gcc -g -shared -fPIC -I"$version/include" -o "$version/libdaxfs.so.0" range.c
	done
	expect_exit 1 compare one two > said
	cat said
	grep -F more said
}

what_is_no_library_is_no_success() {
	mkdir -p none/include
	: > none/libdaxfs.so.0
	expect_exit 1 compare whole none
}

exports() {
	bash "$top/test/unit/check-exports.sh" "$@"
}

a_function_without_a_comment_is_seen() {
	grep -v '^/\*\* daxfs_free_names() - ' "$header" > bare.h
	expect_exit 1 exports bare.h "$map" 2> said
	grep -F 'daxfs_free_names() has no comment' said
}

a_function_that_is_not_in_the_map_is_seen() {
	expect_exit 1 exports "$header" less.map "$LIBRARY" 2> said
	grep -F 'daxfs_dump is missing' said
}

a_function_that_is_not_exported_is_seen() {
	expect_exit 1 exports "$header" "$map" less/libdaxfs.so.0 2> said
	grep -F 'does not export daxfs_dump' said
}

sed '/daxfs_dump;/d' "$map" > less.map
place whole && place less less.map || exit
if command -v abidiff > /dev/null; then
	check the_same_is_compatible
	check one_symbol_more_is_compatible
	check one_symbol_less_is_not
	check another_structure_is_not
	check what_is_no_library_is_no_success
else
	check abidiff skip "there is no abidiff (package abigail-tools)"
fi
check a_function_without_a_comment_is_seen
check a_function_that_is_not_in_the_map_is_seen
check a_function_that_is_not_exported_is_seen
finish
