# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. Debian's kernels, of the cloud flavour: it has every driver that the
# lab needs and a fifth of the generic one's size.
#
# cache/kernel/RELEASE/     vmlinuz, lib/modules/RELEASE
# cache/resolved/REQUEST    the release that a request ("7.2", "default") stands for. It is asked
#                           of the archive once, so that a warm cache needs no network and two
#                           runs of one test use one kernel.

readonly FLAVOUR=cloud-amd64
readonly OLDEST_DEFAULT=7.2

# REQUEST: the suite that has it
kernel_suite() {
	case $1 in
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	*) echo trixie-backports ;;
	esac
}

# REQUEST: of the releases on stdin, those it stands for, the newest first
kernel_matching() {
	local request=$1 release series

	sort -Vr | uniq | while read -r release; do
		series=$(cut -d. -f1,2 <<< "${release%%[-+]*}")
		if [[ $request == default ]]; then
			printf '%s\n' "$OLDEST_DEFAULT" "$series" | sort -VC || continue
		else
			[[ $series == "$request" ]] || continue
		fi
		printf '%s\n' "$release"
	done
}

# SUITE: releases that the index offers. Old kernels are one package, linux-image; from 7.2 on
# they are linux-base, linux-modules and linux-binary (the signed one lags behind: -unsigned).
# Leftovers of a gone kernel stay in the index; fetching them fails, and the next one is tried.
kernel_offered() {
	local release=() have

	have=$(apt_names "$1" linux- | grep -E "^linux-(image|modules|binary)-[0-9].*-$FLAVOUR\$")
	mapfile -t release < <(sed -n 's/^linux-image-//p' <<< "$have")
	sed -n 's/^linux-modules-//p' <<< "$have"
	# with a linux-binary beside it, linux-image is an empty package
	printf '%s\n' "${release[@]}" | grep -vxFf <(sed -n 's/^linux-binary-//p' <<< "$have") -
}

# SUITE RELEASE: the packages that make up the kernel
kernel_packages() {
	local suite=$1 release=$2 name
	local -A have=()

	while read -r name; do
		have[$name]=1
	done < <(apt_names "$suite" linux- | grep -F -- "-$release")
	if [[ -v have[linux-modules-$release] ]]; then
		for name in "linux-binary-$release" "linux-binary-unsigned-$release"; do
			[[ ! -v have[$name] ]] ||
				{ echo "linux-base-$release linux-modules-$release $name"; return; }
		done
	fi
	echo "linux-image-$release"
}

# DIR RELEASE: makes the cache entry of the packages in DIR
kernel_unpack() {
	local dir=$1 release=$2 deb tree=$1/tree entry=$1/entry modules image

	mkdir -p "$tree" "$entry/lib/modules"
	for deb in "$dir"/*.deb; do
		dpkg-deb -x "$deb" "$tree" || return
	done
	for modules in "$tree"/{usr/,}lib/modules/"$release"; do
		[[ ! -d $modules ]] || mv "$modules" "$entry/lib/modules/" || return
	done
	# in /boot, or among the modules, where an unsigned one says so in its name
	for image in "$tree/boot/vmlinuz-$release" "$entry/lib/modules/$release"/vmlinuz*; do
		[[ ! -f $image ]] || mv "$image" "$entry/vmlinuz" || return
	done
	[[ -s $entry/vmlinuz ]] || return
	# the package's own maintainer script does this on a real system
	depmod -b "$entry" "$release" 2> /dev/null
	[[ -s $entry/lib/modules/$release/modules.dep ]] || return
	rm -rf "$cache/kernel/$release"
	mv "$entry" "$cache/kernel/$release"
}

# SUITE RELEASE: by the index
kernel_fetch() {
	local suite=$1 release=$2 dir names

	[[ ! -e $cache/kernel/$release ]] || return 0
	dir=$(mktemp -d "$work/kernel.XXXXXX")
	read -ra names < <(kernel_packages "$suite" "$release")
	apt_download "$suite" "$dir" "${names[@]}" || return
	kernel_unpack "$dir" "$release" || { say "${names[*]}: not a kernel as the lab knows it"; return 1; }
}

# SUITE RELEASE: by the pool, where the file pool-kernels knows it
kernel_fetch_pool() {
	local suite=$1 release=$2 dir sum path

	[[ ! -e $cache/kernel/$release ]] || return 0
	dir=$(mktemp -d "$work/kernel.XXXXXX")
	while read -r sum path; do
		apt_download_pool "$suite" "$dir" "$path" "$sum" || return
	done < <(awk -v r="$release" '$1 == r { print $2, $3 }' "$vm_dir/pool-kernels")
	kernel_unpack "$dir" "$release"
}

# REQUEST RELEASE
kernel_resolved() {
	printf '%s\n' "$2" > "$work/resolved"
	mv "$work/resolved" "$cache/resolved/$1"
}

# REQUEST: fills the cache, under the request's lock
kernel_get() {
	local request=$1 suite release indexed

	# somebody else may have done it while this run waited for the lock
	[[ $opt_refresh == 1 || ! -e $cache/resolved/$request ]] || return 0
	suite=$(kernel_suite "$request")
	if apt_update "$suite"; then
		indexed=$(kernel_offered "$suite" | kernel_matching "$request")
		for release in $indexed; do
			kernel_fetch "$suite" "$release" || continue
			kernel_resolved "$request" "$release"
			# apt's own caches are several times what they were made from
			rm -f "$cache/apt/$suite/cache"/*.bin
			return
		done
	fi
	for release in $(grep -o '^[0-9][^ ]*' "$vm_dir/pool-kernels" | kernel_matching "$request"); do
		kernel_fetch_pool "$suite" "$release" || continue
		kernel_resolved "$request" "$release"
		return
	done
	# offline: better a kernel that another request brought than none; asked again next time
	release=$(find "$cache/kernel" -mindepth 1 -maxdepth 1 -printf '%f\n' |
		kernel_matching "$request" | head -n 1)
	[[ -n $release ]] || return 1
	printf '%s\n' "$release" > "$work/resolved"
}

# REQUEST: sets kernel_release and kernel_dir
kernel_find() {
	local request=$1 record=$cache/resolved/$1

	rm -f "$work/resolved"
	if [[ $opt_refresh == 1 || ! -e $record ]]; then
		# one lock for all requests: "default" and "7.3" are the same entry
		locked kernel kernel_get "$request" ||
			skip "no Debian kernel for '$request' can be had"
		[[ -e $record ]] || record=$work/resolved
	fi
	kernel_release=$(< "$record")
	kernel_dir=$cache/kernel/$kernel_release
	[[ -s $kernel_dir/vmlinuz ]] || {
		# somebody emptied a part of the cache
		rm -f "$cache/resolved/$request"
		die 1 "$kernel_dir is missing; the next run fetches it again"
	}
}

# MODULE: does that kernel have it?
kernel_has() {
	grep -q "/$1\.ko" "$kernel_dir/lib/modules/$kernel_release/modules.dep"
}
