# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# upgrade.bash SOURCE: apt installs the suite's own kernel, which is too old for the module, where the
# module is. In test/dkms/machine. 77 when the packages cannot be had.

# shellcheck source=test/vm/lib.sh
source /source/test/vm/lib.sh
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
version=$(< /source/dkms/version)
readonly packages=(linux-image-cloud-amd64 linux-headers-cloud-amd64)
cd /tmp || exit

{
	# those that are there cannot be installed
	apt-get -qq update && apt-get -qq purge 'linux-image-*' 'linux-headers-*' &&
		apt-get -qq install --download-only --no-install-recommends "${packages[@]}"
} > fetched 2>&1 || { tail -n 2 fetched; exit 77; }

kernel_is_installed() {
	cp -r "$1" "/usr/src/daxfs-$version"
	dkms add "daxfs/$version"
	apt-get -qq install --no-install-recommends "${packages[@]}" > out 2>&1 ||
		fail "apt ends with $?: $(tail -n 30 out)"
	grep -F "daxfs: not for kernel" out
	[[ -z $(dpkg --audit) ]]
	[[ $(dkms status) == "daxfs/$version: added" ]]
}

# Without dkms as well: that kernel's headers have no types, or its types are not those that it needs
make_refuses() {
	local headers release
	headers=$(echo /lib/modules/*/build)
	release=$(basename "$(dirname "$headers")")
	expect_exit 2 make -C "/usr/src/daxfs-$version" KERNELRELEASE="$release" KDIR="$headers" > out 2>&1
	cat out
	grep -F " kernel $release" out | grep -E '^fsdev_dax: (no BTF of|cannot be built for) '
}

kernel_is_removed() {
	apt-get -qq purge 'linux-image-*' 'linux-headers-*' > out 2>&1 ||
		fail "apt ends with $?: $(tail -n 30 out)"
	[[ $(dkms status) == "daxfs/$version: added" ]]
}

dkms --version
check a_kernel_that_is_too_old_is_installed_beside_the_module kernel_is_installed "$1"
check make_refuses_such_a_kernel make_refuses
check such_a_kernel_is_removed kernel_is_removed
finish
