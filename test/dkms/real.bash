# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# real.bash SOURCE RELEASE... -- RELEASE...: what the real dkms does with our module, in
# test/dkms/machine, for it installs, removes and pretends. SOURCE is what Meson installed; the file
# "files" beside it says what that should be. The module is for the kernels before the dashes, which the lab has, and not for those behind. FULL is 0 or 1.

# shellcheck source=test/vm/lib.sh
source /source/test/vm/lib.sh
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
installed=$1 taken=() left_out=()
shift
while [[ $# -gt 0 && $1 != -- ]]; do
	taken+=("$1")
	shift
done
left_out=("${@:2}")
version=$(< /source/dkms/version)
readonly package=daxfs/$version next=$version.1
first=${taken[0]}

# ---- the machine

# Whoever loads or unloads a module does it by one of these.
no_module_programs() {
	local program
	mkdir -p /no-modules
	for program in insmod kmod modprobe rmmod systemctl; do
		cat > "/no-modules/$program" <<-'EOT'
			#!/bin/sh
			echo "$(basename "$0") $*" >> /no-modules/log
		EOT
		chmod 755 "/no-modules/$program"
	done
	: > /no-modules/log
	PATH=/no-modules:$PATH
}

# What a machine has of a kernel
kernels() {
	local release
	for release in "${taken[@]}"; do
		mkdir -p "/lib/modules/$release"
		cp -a "/lab/kernel/$release/lib/modules/$release/." "/lib/modules/$release/" || return
		[[ -e /lib/modules/$release/build ]] ||
			ln -s "/lab/headers/$release/usr/src/linux-headers-$release" \
				"/lib/modules/$release/build"
		depmod "$release"
	done
	for release in "${left_out[@]}"; do
		[[ ! -e /lib/modules/$release/build ]] || continue
		mkdir -p "/lib/modules/$release/build/include"
		printf '%s\n' CONFIG_DEV_DAX=m CONFIG_FS_DAX=y > "/lib/modules/$release/build/.config"
		touch "/lib/modules/$release/modules."{order,builtin,builtin.modinfo}
		depmod "$release"
	done
}

# VERSION: what `meson install` installs with -Ddkms=true
source_of() {
	rm -rf "/usr/src/daxfs-$1"
	cp -r "$installed" "/usr/src/daxfs-$1"
	echo "$1" > "/usr/src/daxfs-$1/version"
}

# Every file of the module trees with its content, and what else dkms has; not its key, which stays
everything() {
	find /lib/modules /var/lib/dkms /usr/src ! -name 'mok.*' ! -path '*/build/*' \
		-printf '%y %m %p %l\n' | sort
	find /lib/modules -type f ! -path '*/build/*' -exec sha256sum {} + | sort -k 2
}

# RELEASE: the file that modprobe would load
resolved() {
	/usr/sbin/modprobe --set-version "$1" --show-depends fsdev_dax | sed -n 's/^insmod \([^ ]*\).*/\1/p'
}

state() {
	dkms status -m daxfs "$@"
}

# TEXT FILE: it is there, in one line
once() {
	cat "$2"
	[[ $(grep -cF -- "$1" "$2") == 1 ]] || fail "not once: $1"
}

# ---- tests

source_is_complete() {
	[[ $(< "$installed/version") == "$version" ]]
	diff "$installed/../files" <(cd "$installed" && printf '%s\n' *)
	[[ -x $installed/configure && -x $installed/check-signature ]]
	[[ $(grep -oE 'daxfs[/-][0-9][0-9.]*' "$installed/README.md" | sort -u | tr '\n' ' ') == \
		"daxfs-$version daxfs/$version " ]] || fail "README.md has another version"
}

# Does this test see what it looks for? Without exclude.sh that dkms fails on a kernel that is left out.
exclusion_is_needed() {
	local expected=0
	[[ $(dkms --version) != dkms-3.0.10 ]] || expected=11
	source_of "$version"
	: > "/usr/src/daxfs-$version/exclude.sh"
	dkms add "$package"
	expect_exit "$expected" dkms autoinstall -k "${left_out[0]}"
	dkms remove "$package" --all
}

source_is_added() {
	source_of "$version"
	dkms add "$package"
	[[ $(state) == "$package: added" ]] || fail "$(state)"
}

# RELEASE: with the words of its own, and without a trace
is_left_out() {
	local release=$1 reason="daxfs: not for kernel $1: fsdev_dax needs Linux 7.1 or later"
	local before
	before=$(everything)
	dkms autoinstall -k "$release" > out 2>&1 || fail "autoinstall ends with $?: $(cat out)"
	once "$reason" out
	expect_exit 77 dkms build "$package" -k "$release" > out 2>&1
	once "$reason" out
	expect_exit 77 dkms install "$package" -k "$release" > out 2>&1
	once "$reason" out
	diff <(echo "$before") <(everything)
}

# HOOK RELEASE: what the packages of a kernel (postinst.d) and of its headers (header_postinst.d) run
hook_succeeds() {
	"/etc/kernel/$1/dkms" "$2" > out 2>&1 || fail "$1 ends with $?: $(cat out)"
}

hooks_leave_it_out() {
	local hook
	for hook in postinst.d header_postinst.d; do
		hook_succeeds "$hook" "$1"
		once "daxfs: not for kernel $1" out
	done
	[[ ! -e /lib/modules/$1/updates ]]
}

# REASON OPTION=VALUE...: of a kernel that is new enough
config_is_left_out() {
	local release=7.9.0-made-up reason=$1
	shift
	mkdir -p "/lib/modules/$release/build/include"
	printf '%s\n' "$@" > "/lib/modules/$release/build/.config"
	dkms autoinstall -k "$release" > out 2>&1 || fail "autoinstall ends with $?: $(cat out)"
	once "daxfs: not for kernel $release: $reason" out
	expect_exit 77 dkms build "$package" -k "$release" > out 2>&1
	once "daxfs: not for kernel $release: $reason" out
	rm -rf "/lib/modules/$release"
}

other_machine_is_left_out() {
	expect_exit 77 dkms build "$package" -k "$first/aarch64" > out 2>&1
	once "fsdev_dax is for x86_64, not for aarch64" out
	[[ $(state) != *aarch64* ]]
}

# RELEASE: by what runs when a kernel is installed
is_installed_by_the_hook() {
	local release=$1 module word
	[[ $(resolved "$release") == */kernel/drivers/dax/* ]] || fail "it is there already"
	hook_succeeds postinst.d "$release"
	cat out
	[[ $(state -k "$release") == "$package, $release, x86_64: installed"* ]] || fail "$(state)"
	module=$(resolved "$release")
	[[ $module == "/lib/modules/$release/updates/dkms/fsdev_dax.ko"* ]] || fail "it is $module"
	[[ $(modinfo -F version "$module") == "$version" ]]
	[[ $(modinfo -F vermagic "$module") == "$release "* ]]
	[[ $(modinfo -F fixes "$module") == *ranges* ]]
	[[ $(modinfo -F signer "$module") == "DKMS module signing key" ]]
	for word in $(modinfo -F fixes "$module"); do
		grep -F "| \`$word\` |" "$installed/README.md" || fail "README.md has no $word"
	done
	# and that is all
	[[ $(cd "/lib/modules/$release/updates" && find . -type f) == ./dkms/fsdev_dax.ko* ]]
}

# Of what is signed, all but the signature itself and its 40 bytes at the end
signature_is_of_the_key_of_the_machine() {
	local module=/tmp/module.ko size length
	xz -dcf "$(resolved "$first")" > "$module"
	size=$(stat -c %s "$module")
	[[ $(tail -c 28 "$module") == "~Module signature appended~" ]]
	length=$((16#$(tail -c 32 "$module" | head -c 4 | od -An -tx1 | tr -d ' \n')))
	tail -c $((length + 40)) "$module" | head -c "$length" > /tmp/signature
	head -c $((size - length - 40)) "$module" > /tmp/content
	openssl x509 -inform DER -in /var/lib/dkms/mok.pub -out /tmp/mok.pem
	openssl cms -verify -binary -inform DER -in /tmp/signature -content /tmp/content \
		-certfile /tmp/mok.pem -CAfile /tmp/mok.pem -purpose any -out /dev/null 2>&1
}

# Debian 12's dkms leaves the kernel's own where it is, Debian 13's puts it aside; removal_leaves_nothing
# sees that it comes back.
own_module_is_out_of_the_way() {
	local own name
	own=$(find "/lib/modules/$first/kernel" -name 'fsdev_dax.ko*')
	name=$(find /var/lib/dkms/daxfs -path "*/original_module/$first/*" -name 'fsdev_dax.ko*' ! -name '*.origin')
	case $(dkms --version) in
	dkms-3.0.*) [[ -n $own && -z $name ]] ;;
	*) [[ -z $own && -n $name ]] ;;
	esac || fail "in the kernel: '$own', put aside: '$name'"
}

again_is_no_work() {
	local before
	before=$(everything)
	dkms autoinstall -k "$first"
	diff <(echo "$before") <(everything)
}

# A new version, as the maintainer scripts of a package bring it
is_upgraded() {
	local release
	source_of "$next"
	dkms remove "$package" --all > /dev/null
	rm -rf "/usr/src/daxfs-$version"
	/usr/lib/dkms/common.postinst daxfs "$next" "" "" "$version" > out 2>&1 ||
		fail "the package's script ends with $?: $(cat out)"
	cat out
	for release in "${taken[@]}"; do
		[[ $(modinfo -F version "$(resolved "$release")") == "$next" ]]
	done
	! state | grep -vF "daxfs/$next," || fail "something of the old one is still there"
}

nothing_was_loaded() {
	cat /no-modules/log
	! grep -vE ' (--show-depends|-n|--dry-run)' /no-modules/log || fail "somebody did"
}

# VARIABLE FILE...: of a firmware with Secure Boot
variable() {
	local efivars=/sys/firmware/efi/efivars
	mkdir -p "$efivars"
	{ printf '\006\000\000\000'; cat "${@:2}"; } > "$efivars/$1"
}

# What an installation for the first kernel says
reinstall() {
	dkms uninstall "$package" -k "$first" > /dev/null
	dkms install "$package" -k "$first" > out 2>&1 || fail "install ends with $?"
	cat out
}

secure_boot_is_warned_of() {
	printf '\001' | variable SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
	reinstall
	once "daxfs: WARNING: the kernel $first will not load fsdev_dax" out
	once "mokutil --import /var/lib/dkms/mok.pub" out
	once "dkms remove $package --all" out
	variable MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23 /var/lib/dkms/mok.pub
	reinstall
	! grep WARNING out || fail "the key is enrolled"
}

# openssl makes dkms's key
unsigned_module_is_warned_of() {
	mkdir /tmp/key
	mv /var/lib/dkms/mok.* /tmp/key/
	mv /usr/bin/openssl /tmp/key/
	dkms unbuild "$package" -k "$first" > /dev/null
	dkms install "$package" -k "$first" > out 2>&1 || fail "install ends with $?"
	mv /tmp/key/openssl /usr/bin/
	mv /tmp/key/mok.* /var/lib/dkms/
	cat out
	[[ -z $(modinfo -F signer "$(resolved "$first")") ]]
	once "dkms did not sign the module" out
	# what it says helps
	eval "$(sed -n 's/^ *\(dkms unbuild [^ ]* -k [^ ]*\) .*/\1/p' out)"
	eval "$(sed -n 's/^ *\(dkms install [^ ]* -k [^ ]*\) .*/\1/p' out)" > again 2>&1
	[[ $(modinfo -F signer "$(resolved "$first")") == "DKMS module signing key" ]]
	! grep WARNING again || fail "$(cat again)"
}

removal_leaves_nothing() {
	local release
	dkms remove "daxfs/$next" --all
	[[ -z $(state) ]] || fail "$(state)"
	rm -rf "/usr/src/daxfs-$next"
	diff /tmp/before <(everything)
	for release in "${taken[@]}"; do
		[[ $(resolved "$release") == */kernel/drivers/dax/* ]] || fail "the kernel's own is gone"
	done
}

cd /tmp || exit
no_module_programs
kernels || fail "no kernels"
rm -rf /usr/src/daxfs-* /var/lib/dkms/*
everything > before

dkms --version
check meson_installs_the_whole_source source_is_complete
check what_exclude_does_is_needed_by_dkms_3.0.10 exclusion_is_needed
check dkms_takes_the_source source_is_added
for release in "${left_out[@]}"; do
	check "kernel_${release}_is_left_out_before_any_build" is_left_out "$release"
done
for release in "${taken[@]}"; do
	check "kernel_${release}_is_installed_by_its_hook" is_installed_by_the_hook "$release"
done
check the_signature_is_by_the_key_of_the_machine signature_is_of_the_key_of_the_machine
check the_own_module_of_the_kernel_is_out_of_the_way own_module_is_out_of_the_way
check a_second_autoinstall_does_nothing again_is_no_work
for release in "${left_out[@]}"; do
	check "kernel_${release}_is_left_out" is_left_out "$release"
	check "hooks_of_kernel_${release}_succeed" hooks_leave_it_out "$release"
done
check a_built_in_driver_is_left_alone config_is_left_out "its own fsdev_dax is built in" \
	CONFIG_DEV_DAX=m CONFIG_FS_DAX=y CONFIG_DEV_DAX_FSDEV=y
check a_kernel_without_fs_dax_is_left_out config_is_left_out "it has no CONFIG_FS_DAX" CONFIG_DEV_DAX=m
check a_kernel_without_dev_dax_is_left_out config_is_left_out "it has no CONFIG_DEV_DAX" CONFIG_FS_DAX=y
check another_machine_is_left_out other_machine_is_left_out
check secure_boot_without_the_key_is_warned_of secure_boot_is_warned_of
[[ $FULL == 0 ]] || check a_module_without_a_signature_is_warned_of unsigned_module_is_warned_of
check an_upgrade_replaces_the_module is_upgraded
check no_module_was_loaded_or_unloaded nothing_was_loaded
check removal_leaves_nothing removal_leaves_nothing
finish
