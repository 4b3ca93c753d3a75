# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. Debian sid's daxctl, the first one that knows famfs, as daxctl-sid beside
# this machine's own, and its cxl, which knows regions of ram, as cxl-sid. They bring their own libraries,
# the C library among them.
#
# cache/daxctl/VERSION/   its files, below the places that the packages give them
# cache/resolved/daxctl   that version

readonly DAXCTL_SUITE=sid
readonly DAXCTL_PROGRAMS=(daxctl cxl)	# and packages of that name
readonly DAXCTL_LIBRARIES=usr/lib/x86_64-linux-gnu

# The packages that they need
daxctl_packages() {
	apt_in "$DAXCTL_SUITE" apt-cache depends --recurse --no-recommends --no-suggests \
		--no-conflicts --no-breaks --no-replaces --no-enhances "${DAXCTL_PROGRAMS[@]}" 2> /dev/null |
		grep -E '^[a-z0-9]' | sort -u
}

# TREE: what runs them
daxctl_loader() {
	echo "$1/$DAXCTL_LIBRARIES/ld-linux-x86-64.so.2"
}

# Is all of it in the cache?
daxctl_is_there() {
	local program tree

	[[ -e $cache/resolved/daxctl ]] || return
	tree=$cache/daxctl/$(< "$cache/resolved/daxctl")
	for program in "${DAXCTL_PROGRAMS[@]}"; do
		[[ -e $tree/usr/bin/$program ]] || return
	done
}

# Fills the cache, under its lock
daxctl_get() {
	local dir version names deb

	[[ $opt_refresh == 1 ]] || ! daxctl_is_there || return 0
	apt_update "$DAXCTL_SUITE" || return
	mapfile -t names < <(daxctl_packages)
	[[ ${#names[@]} -gt 0 ]] || return
	dir=$(mktemp -d "$work/daxctl.XXXXXX")
	apt_download "$DAXCTL_SUITE" "$dir" "${names[@]}" || return
	for deb in "$dir"/*.deb; do
		dpkg-deb -x "$deb" "$dir/tree" || return
	done
	version=$("$(daxctl_loader "$dir/tree")" --library-path "$dir/tree/$DAXCTL_LIBRARIES" \
		"$dir/tree/usr/bin/daxctl" version) || return
	mkdir -p "$cache/daxctl"
	rm -rf "$cache/daxctl/$version"
	mv "$dir/tree" "$cache/daxctl/$version" || return
	echo "$version" > "$work/resolved-daxctl"
	mv "$work/resolved-daxctl" "$cache/resolved/daxctl"
}

# Puts them into the overlay
daxctl_install() {
	local tree to=$work/overlay/opt/daxctl program file

	locked daxctl daxctl_get || skip "no daxctl of Debian $DAXCTL_SUITE can be had"
	tree=$cache/daxctl/$(< "$cache/resolved/daxctl")
	mkdir -p "$to" "$work/overlay/usr/bin"
	for program in "${DAXCTL_PROGRAMS[@]}"; do
		cp "$tree/usr/bin/$program" "$to/" || return
		while read -r file; do
			cp -L "$file" "$to/" || return
		done < <("$(daxctl_loader "$tree")" --library-path "$tree/$DAXCTL_LIBRARIES" \
			--list "$tree/usr/bin/$program" | grep -oE "$tree/[^ ]+" | sort -u)
		cat > "$work/overlay/usr/bin/$program-sid" <<-EOF
			#!/bin/sh
			exec /opt/daxctl/ld-linux-x86-64.so.2 --library-path /opt/daxctl /opt/daxctl/$program "\$@"
		EOF
		chmod 755 "$work/overlay/usr/bin/$program-sid"
	done
}
