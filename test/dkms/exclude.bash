# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2317 # check calls the functions in subshells
#
# What dkms.conf says of a kernel, without dkms: this sources it in the ways that dkms does.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/vm/lib.sh
source "$top/test/vm/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dkms_tree=$work/tree

# OPTION=VALUE...: headers of a kernel with them
headers() {
	rm -rf "$work/headers"
	mkdir "$work/headers"
	printf '%s\n' "$@" > "$work/headers/.config"
}

# RELEASE ARCH: as dkms does for a kernel that it knows; the answers are two variables
read_conf() {
	local kernelver=$1 arch=$2 kernel_source_dir=$work/headers answers
	answers=$(
		exec 2> "$work/said"
		# shellcheck source=dkms/dkms.conf
		source "$top/dkms/dkms.conf"
		echo "${AUTOINSTALL:-no} $BUILD_EXCLUSIVE_KERNEL"
	)
	autoinstall=${answers%% *} exclusive=${answers#* }
}

# A build, where the reason is wanted
do_build() {
	read_conf "$@"
}

# RELEASE [ARCH]
is_taken() {
	do_build "$1" "${2:-x86_64}"
	[[ $autoinstall == yes && $1 =~ $exclusive ]] || fail "$1 is left out: $(cat "$work/said")"
	[[ ! -s $work/said ]] || fail "$(cat "$work/said")"
}

# REASON RELEASE [ARCH]
is_left_out() {
	do_build "$2" "${3:-x86_64}"
	[[ $autoinstall == no ]] || fail "autoinstall takes $2"
	! [[ $2 =~ $exclusive ]] || fail "build takes $2"
	[[ $(< "$work/said") == "daxfs: not for kernel $2: $1" ]] || fail "$(cat "$work/said")"
}

readonly needed=(CONFIG_DEV_DAX=m CONFIG_FS_DAX=y)

kernels_from_7_1_on_are_taken() {
	local release
	headers "${needed[@]}" CONFIG_DEV_DAX_FSDEV=m
	for release in 7.1-rc3 7.1.13+deb13-cloud-amd64 7.2.12+deb13-amd64 7.10.0 8.0.1 11.2-custom; do
		is_taken "$release"
	done
}

older_kernels_are_left_out() {
	local release
	headers "${needed[@]}"
	for release in 6.1.0-40-amd64 6.12.107+deb13-amd64 6.19.11 7.0.9+deb14-amd64 5.10; do
		is_left_out "fsdev_dax needs Linux 7.1 or later" "$release"
	done
}

other_machines_are_left_out() {
	headers "${needed[@]}"
	is_left_out "fsdev_dax is for x86_64, not for aarch64" 7.2.0 aarch64
}

kernels_without_dax_are_left_out() {
	headers CONFIG_DEV_DAX=m '# CONFIG_FS_DAX is not set'
	is_left_out "it has no CONFIG_FS_DAX" 7.2.0
	headers CONFIG_FS_DAX=y CONFIG_DEV_DAX_HMEM=m
	is_left_out "it has no CONFIG_DEV_DAX" 7.2.0
}

a_built_in_driver_is_left_alone() {
	headers "${needed[@]}" CONFIG_DEV_DAX_FSDEV=y
	is_left_out "its own fsdev_dax is built in, no module can replace it" 7.2.0
	headers "${needed[@]}" '# CONFIG_DEV_DAX_FSDEV is not set'
	is_taken 7.2.0
}

# dkms complains about headers that are missing, and knows how
a_kernel_without_headers_is_the_business_of_dkms() {
	rm -rf "$work/headers"
	is_taken 7.2.0
}

# What dkms 3.0.10 does: the file is read for each kernel that has the module, or for none
autoinstall() {
	local kernelver=("$1") arch=(x86_64) line
	shift
	for line in "${@:-}"; do
		read_conf "$line" "${line:+x86_64}"
		cat "$work/said" >> "$work/all"
		[[ $autoinstall == yes ]] || continue
		return 0
	done
	return 1
}

autoinstall_goes_by_its_own_kernel() {
	local built
	headers "${needed[@]}"
	mkdir -p "$dkms_tree/daxfs/$(< "$top/dkms/version")"/{7.2.1,7.3.4}
	for built in "" "7.2.1" "7.2.1 7.3.4"; do
		: > "$work/all"
		# shellcheck disable=SC2086 # two words are two kernels
		! autoinstall 6.1.0-40-amd64 $built || fail "it takes 6.1"
		[[ $(< "$work/all") == "daxfs: not for kernel 6.1.0-40-amd64: "* ]] || fail "said nothing"
		[[ $(wc -l < "$work/all") == 1 ]] || fail "$(cat "$work/all")"
		# shellcheck disable=SC2086
		autoinstall 7.4.0 $built || fail "it does not take 7.4"
	done
}

# `dkms status` reads it as well
nothing_is_said_when_nobody_asks() {
	headers
	read_conf 6.1.0-40-amd64 x86_64
	[[ $autoinstall == no && ! -s $work/said ]]
}

check kernels_from_7_1_on_are_taken
check older_kernels_are_left_out
check other_machines_are_left_out
check kernels_without_dax_are_left_out
check a_built_in_driver_is_left_alone
check a_kernel_without_headers_is_the_business_of_dkms
check autoinstall_goes_by_its_own_kernel
check nothing_is_said_when_nobody_asks
finish
