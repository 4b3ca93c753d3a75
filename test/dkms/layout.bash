# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The generator of dax-layout.h, on BTF that clang makes of kernel.c: each function is a test.
# Environment: DAX_LAYOUT, the program; SOURCE, this directory.

set -u
: "${DAX_LAYOUT:?}" "${SOURCE:?}"
export LC_ALL=C
command -v clang > /dev/null || { echo "SKIP: clang is not installed"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/dax-layout.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
	echo "    $*" >&2
	exit 1
}

# DEFINITION...: kernel.o, with BTF
kernel() {
	clang -target bpf -g -O1 -c "${@/#/-D}" -o kernel.o "$SOURCE/kernel.c"
}

# STATUS ARGUMENT...: dax-layout.h, or what it says of an error
layout() {
	local expected=$1 status=0
	shift
	"$DAX_LAYOUT" "$@" > dax-layout.h 2> error || status=$?
	[[ $status == "$expected" ]] || fail "exit status $status, expected $expected: $(cat error)"
}

says() {
	grep -qF -- "$1" error || fail "'$1' is not in: $(cat error)"
}

# DEFINITION...: compiles what compares the header with the compiler's own idea
compare() {
	gcc -std=gnu17 -Wall -Werror -fsyntax-only -I. -I"$SOURCE" "${@/#/-D}" "$SOURCE/layout.c"
}

the_layout_is_the_compilers() {
	kernel && layout 0 kernel.o && compare
}

members_that_move_are_found() {
	kernel MOVED && layout 0 kernel.o && compare MOVED
	# and the other one is not the same
	! compare 2> different || fail "the comparison sees nothing"
}

btf_alone_will_do() {
	kernel && layout 0 kernel.o
	mv dax-layout.h of-elf
	objcopy -I elf64-little -O binary --only-section=.BTF --set-section-flags .BTF=alloc \
		kernel.o kernel.btf
	layout 0 kernel.btf
	cmp of-elf dax-layout.h
}

# No union: of one, an initialiser would set a single member
initialisers_are_kept() {
	kernel && layout 0 kernel.o
	! grep -w union dax-layout.h || fail "a union"
	gcc -std=gnu17 -c -I. -I"$SOURCE" -o layout.o "$SOURCE/layout.c"
	# eight bytes of 1 at the place of probe, whatever their section is
	objdump -s -j .rodata -j .data.rel.ro layout.o 2> missing | grep -q '01000000 00000000' ||
		fail "the initialiser of probe is gone"
}

a_shift_moves_struct_dev_dax_only() {
	kernel && layout 0 kernel.o 8
	! compare 2> shifted || fail "nothing has moved"
	grep -q 'dax_dev' shifted
	! grep -q 'dev_dax_range\|dax_device_driver' shifted || { cat shifted; fail "too much has moved"; }
}

older_kernels_are_refused() {
	kernel NO_FSDEV && layout 1 kernel.o && says "DAXDRV_FSDEV_TYPE"
}

a_missing_function_is_named() {
	kernel NO_FUNCTION && layout 1 kernel.o && says "function dax_set_ops"
}

a_function_with_other_arguments_is_another() {
	kernel MORE_ARGUMENTS && layout 1 kernel.o && says "function dax_set_ops"
}

a_missing_member_is_named() {
	kernel NO_MEMBER && layout 1 kernel.o && says "struct dev_dax.ranges"
}

a_bit_field_is_no_member() {
	kernel BIT_FIELD && layout 1 kernel.o && says "struct dev_dax.nr_range"
}

what_is_no_btf_is_refused() {
	layout 2 nothing
	says "nothing: No such file or directory"
	: > empty
	layout 2 empty
	says "empty: not BTF"
	layout 2 .
	says ".: Is a directory"
	echo text > text
	layout 2 text
	says "text: not BTF"
	gcc -c -o plain.o -x c /dev/null
	layout 2 plain.o
	says "plain.o: no section .BTF"
	layout 2
	says "Usage:"
}

# At any byte
a_file_that_ends_early_is_refused() {
	local bytes size
	kernel
	objcopy -I elf64-little -O binary --only-section=.BTF --set-section-flags .BTF=alloc \
		kernel.o kernel.btf
	size=$(stat -c %s kernel.btf)
	for ((bytes = 0; bytes < size; bytes += 7)); do
		head -c "$bytes" kernel.btf > cut.btf
		layout 2 cut.btf
	done
}

failed=0
for test in $(declare -F | sed 's/declare -f //' | grep -vxE 'fail|kernel|layout|says|compare'); do
	if (set -e; "$test"); then
		echo "ok $test"
	else
		echo "FAILED $test"
		failed=1
	fi
done
exit "$failed"
