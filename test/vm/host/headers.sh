# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. The headers of the lab's kernels, to build modules with, and the modules.
#
# cache/headers/RELEASE/    the packages linux-headers and linux-kbuild, unpacked; libc/ has the libraries
#                           of their suite, for the tools in linux-kbuild are linked with a libc
#                           that may be newer than this machine's

readonly HEADERS_LIBC_SUITE=trixie
readonly HEADERS_LIBC=(libc6 libelf1t64 libssl3t64 libzstd1 zlib1g)

# RELEASE DIR: downloads into DIR, by the index or by the pool
headers_download() {
	local release=$1 dir=$2 series=${1%-"$FLAVOUR"} suite sum path count=0

	suite=$(kernel_suite "$(cut -d. -f1,2 <<< "$release")")
	if apt_update "$suite"; then
		apt_download "$suite" "$dir" "linux-headers-$release" "linux-headers-$series-common" \
			"linux-kbuild-$series" && return
	fi
	while read -r sum path; do
		apt_download_pool "$suite" "$dir" "$path" "$sum" || return
		count=$((count + 1))
	done < <(awk -v r="$release" '$1 == r { print $2, $3 }' "$vm_dir/pool-headers")
	[[ $count != 0 ]]
}

# TREE RELEASE: the flavour's Makefile names directories of the system
headers_relocate() {
	local tree=$1 release=$2 series=${2%-"$FLAVOUR"}

	cat > "$tree/usr/src/linux-headers-$release/Makefile" <<-EOF
		KBUILD_OUTPUT := \$(patsubst %/,%,\$(dir \$(abspath \$(lastword \$(MAKEFILE_LIST)))))
		include \$(KBUILD_OUTPUT)/../linux-headers-$series-common/Makefile
	EOF
}

# TREE: each program of linux-kbuild becomes a script that runs it with TREE/libc
headers_wrap() {
	local tree=$1 tool

	find "$tree"/usr/lib/linux-kbuild-* -type f -perm -100 | while read -r tool; do
		[[ $(head -c 4 "$tool") == $'\177ELF' ]] || continue
		mv "$tool" "$tool.real"
		cat > "$tool" <<-'EOF'
			#!/bin/sh
			tool=$(readlink -f "$0")
			libc=${tool%/usr/lib/linux-kbuild-*}/libc
			exec "$libc/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$0" \
				--library-path "$libc/usr/lib/x86_64-linux-gnu" "$tool.real" "$@"
		EOF
		chmod 755 "$tool"
	done
}

# RELEASE: fills the cache
headers_fetch() {
	local release=$1 dir=$work/headers deb

	[[ ! -d $cache/headers/$release ]] || return 0
	mkdir -p "$dir"/{deb,libc,tree/libc}
	headers_download "$release" "$dir/deb" || return
	apt_update "$HEADERS_LIBC_SUITE" || return
	apt_download "$HEADERS_LIBC_SUITE" "$dir/libc" "${HEADERS_LIBC[@]}" || return
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir/tree" || return
	done
	for deb in "$dir"/libc/*.deb; do
		dpkg-deb -x "$deb" "$dir/tree/libc" || return
	done
	headers_relocate "$dir/tree" "$release" && headers_wrap "$dir/tree" || return
	mkdir -p "$cache/headers"
	mv "$dir/tree" "$cache/headers/$release"
}

# Kbuild asks a script for leave to call a checker, which linux-kbuild leaves out
headers_checker() {
	local script
	script=$(echo "$cache/headers/$kernel_release"/usr/lib/linux-kbuild-*/scripts)/checker-valid.sh
	[[ ! -e $script ]] || return 0
	printf '#!/bin/sh\necho 1\n' > "$script"
	chmod 755 "$script"
}

# What make has to know besides. The compiler is this machine's, an older one than the kernel's: it
# cannot align functions as the kernel's does. BTF of the modules' own needs pahole, and nobody reads
# it.
readonly HEADERS_MAKE=(CC=gcc CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_DEBUG_INFO_BTF_MODULES=)

# SOURCE DIR ARGUMENT...: builds the modules of SOURCE in DIR, a copy, for the machine's kernel; a
# warning is an error, and one of sparse as well
module_make() {
	local source=$1 dir=$2
	shift 2
	mkdir -p "$dir"
	cp "$source"/* "$dir/" || return
	make -C "$dir" "${HEADERS_MAKE[@]}" KERNELRELEASE="$kernel_release" \
		KDIR="$cache/headers/$kernel_release/usr/src/linux-headers-$kernel_release" \
		W=1 KCFLAGS=-Werror C=2 CHECK="$top/test/dkms/sparse" "$@" > "$dir/log" 2>&1 && return
	cat "$dir/log" >&2
	return 1
}

# MODULE: signs it, by a key that no kernel knows
headers_sign() {
	local key=$work/nobody
	openssl req -new -x509 -nodes -days 36500 -subj /CN=nobody/ -newkey rsa:2048 \
		-keyout "$key.key" -outform DER -out "$key.der" 2> "$key.log" &&
		"$cache/headers/$kernel_release"/usr/lib/linux-kbuild-*/scripts/sign-file sha256 \
			"$key.key" "$key.der" "$1"
}

# DIR: builds all of the project's modules into it: fsdev_dax as users build it, the same signed by
# nobody, one that can be told to fail, one that was built for another kernel, and what holds devices.
modules_make() {
	local dir=$1 build=$work/making

	verbose "building modules"
	headers_checker || return
	module_make "$top/dkms" "$build/ours" || return
	module_make "$top/dkms" "$build/test" FSDEV_TEST=y || return
	module_make "$top/dkms" "$build/shifted" LAYOUT_SHIFT=8 || return
	module_make "$top/test/kmod" "$build/holder" || return
	mkdir -p "$dir"
	cp "$build/ours/fsdev_dax.ko" "$dir/"
	cp "$build/ours/fsdev_dax.ko" "$dir/fsdev_dax-signed.ko"
	headers_sign "$dir/fsdev_dax-signed.ko" || return
	cp "$build/test/fsdev_dax.ko" "$dir/fsdev_dax-test.ko"
	cp "$build/shifted/fsdev_dax.ko" "$dir/fsdev_dax-shifted.ko"
	cp "$build/holder/dax_holder.ko" "$dir/"
	# what tests compare: the symbols that ours imports, and the types that it was built for
	nm -u "$dir/fsdev_dax.ko" | awk '{ print $2 }' | sort > "$dir/imports"
	objcopy -O binary --only-section=.BTF \
		"$cache/headers/$kernel_release/usr/src/linux-headers-$kernel_release/vmlinux" "$dir/btf"
}

# DIR: the same, once
modules_cached() {
	local dir=$1
	[[ ! -d $dir ]] || return 0
	modules_make "$work/made" || return
	mkdir -p "${dir%/*}"
	mv "$work/made" "$dir"
}

# DIR MODULES: puts DIR's fsdev_dax where dkms would, and makes it the one that modprobe finds; MODULES
# is the archive of the kernel's own
modules_install() {
	local root=$work/module-root modules=usr/lib/modules/$kernel_release

	image_skeleton "$root"
	(cd "$root" && cpio --quiet -id "$modules/*") < "$2" || return
	mkdir -p "$root/$modules/updates/dkms" "$work/overlay/$modules"
	cp "$1/fsdev_dax.ko" "$root/$modules/updates/dkms/"
	depmod -b "$root" "$kernel_release" 2> /dev/null
	cp -r "$root/$modules/updates" "$root/$modules"/modules.* "$work/overlay/$modules/"
}

# MODULES: puts the modules beside SCRIPT, and ours instead of the kernel's own if that was asked for
modules_add() {
	local dir
	locked headers headers_fetch "$kernel_release" ||
		skip "no headers of kernel $kernel_release can be had"
	dir=$cache/module/$kernel_release-$(gcc --version |
		hash_of - "$vm_dir/host/headers.sh" "$top"/dkms/* "$top"/test/kmod/*)
	locked module modules_cached "$dir" || die 1 "the modules do not build for $kernel_release"
	# used today; what nobody used for a fortnight goes
	touch "$dir"
	find "$cache/module" -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
	mkdir -p "$work/overlay/test"
	cp -r "$dir" "$work/overlay/test/module"
	cp "$vm_dir/module-lib.sh" "$work/overlay/test/module/lib.sh"
	[[ $opt_modules != ours ]] || modules_install "$dir" "$1" ||
		die 1 "cannot put the module beside the kernel's own"
}
