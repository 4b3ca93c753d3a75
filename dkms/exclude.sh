# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # dkms reads these variables, and sets those
#
# Sourced by dkms.conf, which dkms sources in a subshell. Keeps dkms from a kernel that this module
# is not for, and says why.
#
# The BUILD_EXCLUSIVE_ variables do the first for `dkms build`, but two things are missing: they
# cannot tell a built-in driver from a module, and autoinstall of dkms before 3.0.11 takes an
# excluded kernel for a failure. It ends with 11 then, and with it the installation of that kernel.
# So autoinstall must not begin, which is what an empty AUTOINSTALL is for.

# RELEASE ARCH CONFIG: prints why the module is not for that kernel, nothing when it is. A kernel
# without headers, and so without CONFIG, is dkms's to complain about.
exclude_reason() {
	local release=$1 arch=$2 config=$3 option

	if [[ ! $release =~ $BUILD_EXCLUSIVE_KERNEL ]]; then
		echo "fsdev_dax needs Linux 7.1 or later"
	elif [[ ! $arch =~ $BUILD_EXCLUSIVE_ARCH ]]; then
		echo "fsdev_dax is for $BUILD_EXCLUSIVE_ARCH, not for $arch"
	elif [[ -r $config ]]; then
		for option in $BUILD_EXCLUSIVE_CONFIG; do
			grep -q "^$option=[ym]" "$config" || { echo "it has no $option"; return; }
		done
		! grep -q '^CONFIG_DEV_DAX_FSDEV=y' "$config" ||
			echo "its own fsdev_dax is built in, no module can replace it"
	fi
}

# GIVEN RELEASE: is somebody waiting for the reason? autoinstall of dkms 3.0.10 asks for every
# kernel that the module was built for; the first one suffices.
exclude_is_asked() {
	local given=$1 release=$2 built

	case " ${FUNCNAME[*]} " in
	*" is_module_built "*) return 1 ;;
	*" do_build "*) return 0 ;;
	*" autoinstall "*) ;;
	*) return 1 ;;
	esac
	built=("$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION"/[0-9]*)
	[[ -z $given || $given == "$release" || $given == "${built[0]##*/}" ]]
}

exclude() {
	local given=$kernelver given_arch=$arch headers=$kernel_source_dir release machine reason

	# autoinstall of dkms 3.0.10 sets them to a kernel that the module was built for, or to
	# nothing, and not to the kernel that it is about. That one is in the variables of the same
	# names which these hide.
	unset -v kernelver arch
	release=${kernelver:-$given} machine=${arch:-$given_arch}
	[[ -n $release ]] || return 0
	[[ $release == "$given" ]] || headers=/lib/modules/$release/build

	reason=$(exclude_reason "$release" "$machine" "$headers/.config")
	[[ -n $reason ]] || return 0
	AUTOINSTALL=""
	BUILD_EXCLUSIVE_KERNEL="^$"
	! exclude_is_asked "$given" "$release" ||
		echo "$PACKAGE_NAME: not for kernel $release: $reason" >&2
}

exclude
