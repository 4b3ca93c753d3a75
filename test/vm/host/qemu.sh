# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. The machine's own QEMU, but for CXL: volatile CXL memory came with 8.1,
# and Debian 12 has 7.2. Its backports have a newer one, unpacked into the cache and never installed:
# cache/qemu/backports/.

readonly QEMU_FOR_CXL=8.1
readonly QEMU_SUITE=bookworm-backports
readonly QEMU_PACKAGES=(qemu-system-common qemu-system-data qemu-system-x86 seabios)

qemu_has_cxl() {
	local version

	version=$(qemu-system-x86_64 --version | sed -nE 's/^QEMU emulator version ([0-9.]+).*/\1/p')
	printf '%s\n' "$QEMU_FOR_CXL" "$version" | sort -VC
}

qemu_fetch() {
	local dir=$work/qemu deb

	[[ ! -d $cache/qemu/backports ]] || return 0
	mkdir -p "$dir/deb" "$dir/tree"
	apt_update "$QEMU_SUITE" || return
	apt_download "$QEMU_SUITE" "$dir/deb" "${QEMU_PACKAGES[@]}" || return
	rm -f "$cache/apt/$QEMU_SUITE/cache"/*.bin
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir/tree" || return
	done
	mv "$dir/tree" "$cache/qemu/backports"
}

# Sets qemu, the command
qemu_find() {
	local tree=$cache/qemu/backports missing

	qemu=(qemu-system-x86_64)
	machine_has cxl || return 0
	! qemu_has_cxl || return 0
	[[ -d $tree ]] || locked qemu qemu_fetch ||
		skip "CXL memory needs QEMU $QEMU_FOR_CXL, and $QEMU_SUITE cannot be had"
	# -L: its data is not where it was built to look for it
	qemu=("$tree/usr/bin/qemu-system-x86_64" -L "$tree/usr/share/qemu" -L "$tree/usr/share/seabios")
	missing=$(ldd "${qemu[0]}" | sed -n 's/^\t\(.*\) => not found$/\1/p')
	[[ -z $missing ]] || skip "QEMU of $QEMU_SUITE needs ${missing//$'\n'/, }"
}
