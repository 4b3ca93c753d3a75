# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. The machine's file system is an initramfs of three cpio archives, one
# after the other, which the kernel unpacks in turn:
#
#   userland   bash, coreutils, ... as they are installed here     cached, until a package changes
#   modules    the kernel modules that the lab needs               cached, per kernel
#   overlay    the project's build, SCRIPT and FILEs               made for each run
#
# None is compressed: QEMU copies them into the machine's memory at the host's speed, while
# an emulated CPU would need seconds to unpack them. For the same reason the modules are.
#
# The trees are an ordinary user's files; `cpio -R` makes them root's, so nobody needs to be root.

# Whole packages, so that a test finds the real tool with all its options. ndctl brings cxl.
readonly GUEST_PACKAGES=(bash bsdutils coreutils dash daxctl diffutils findutils grep gzip jq kmod libc-bin
	mawk mount ndctl procps sed strace tar util-linux)
readonly GUEST_COMMANDS=(awk cxl daxctl jq ldconfig modprobe ndctl ps setpriv sh strace tar udevadm)

# What the program opens when it needs it; no other program here is linked with these.
readonly GUEST_LIBRARIES=(libarchive.so.13 libinih.so.1 libjson-c.so.5 libsmartcols.so.1)

# What a test may want to load, and what the machine itself needs. Their dependencies follow.
readonly GUEST_MODULES=(
	device_dax fsdev_dax kmem
	dax_hmem dax_pmem dax_cxl
	nfit nd_pmem nd_e820 ramdax
	cxl_acpi cxl_pci cxl_port cxl_mem cxl_pmem
	hwpoison-inject mce-inject
	virtio_pci virtio_console
	virtio_blk virtio_net ext4 autofs4
)

# FILE...: the shared libraries they need, the loader among them
libraries_of() {
	ldd "$@" 2> /dev/null |
		sed -nE 's/^\t(.* => )?(\/[^ ]+) \(0x[0-9a-f]+\)$/\2/p' | sort -u
}

# NAME: the path of a library, as the loader finds it
library_path() {
	/sbin/ldconfig -p | sed -nE "s/^\t$1 \(.*x86-64.*\) => //p" | head -n 1
}

# TREE: the directories every archive must agree on. Debian's /lib is a link; an archive that
# brought a directory of that name would replace the link and leave the machine without libraries.
image_skeleton() {
	local dir
	for dir in bin sbin lib lib64; do
		mkdir -p "$1/usr/$dir"
		ln -sfn "usr/$dir" "$1/$dir"
	done
}

# Where Debian's links lead, for each path on stdin: one file, one name
canonical() {
	sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u
}

# TREE: copies the files named on stdin to the same place below TREE; links are followed
image_copy() {
	(cd / && sed 's,^/,,' | cpio --quiet -pdmL --no-preserve-owner "$1")
}

# TREE: prints it as an archive. Sorted, and 512-byte padded by cpio itself, so that archives
# can be concatenated.
image_pack() {
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --quiet -o0 -H newc -R 0:0 --reproducible)
}

# PATH COMMAND...: makes PATH from what COMMAND prints, once
image_cached() {
	local path=$1
	shift
	[[ ! -s $path ]] || return 0
	"$@" > "$work/image" && mv "$work/image" "$path"
}

# TREE: libarchive wants libxml2, and that the tables of all the world's characters, which nobody here
# looks into: 30 MB, more than half a second in each machine
empty_icudata() {
	local file symbol

	for file in "$1"/usr/lib/*/libicudata.so.*; do
		[[ -e $file ]] || continue
		symbol=$(nm -D --defined-only "$file" | awk '{ print $3; exit }')
		gcc -shared -nostdlib -Wl,-soname="${file##*/}" -o "$file" -x c - \
			<<< "const long ${symbol}[8] = { 0 };" || return
	done
}

image_userland() {
	local tree=$work/userland files=() libraries=() command

	image_skeleton "$tree"
	mapfile -t files < <(
		{
			dpkg -L "${GUEST_PACKAGES[@]}" | grep -E '^(/usr)?/s?bin/'
			for command in "${GUEST_COMMANDS[@]}"; do
				command -v "$command"
			done
		} | canonical | while read -r command; do [[ ! -f $command ]] || echo "$command"; done)
	for command in "${GUEST_LIBRARIES[@]}"; do
		files+=("$(library_path "$command")")
		[[ -n ${files[-1]} ]] || { say "this machine has no '$command'"; return 1; }
	done
	mapfile -t libraries < <(libraries_of "${files[@]}")
	printf '%s\n' "${files[@]}" "${libraries[@]}" | canonical | image_copy "$tree" || return
	empty_icudata "$tree" || return

	for command in "${GUEST_COMMANDS[@]}"; do
		[[ -x $tree/usr/bin/$command || -x $tree/usr/sbin/$command ]] ||
			{ say "this machine has no '$command'"; return 1; }
	done
	mkdir -p "$tree"/{dev,etc,proc,root,run,sys,test,tmp,var}
	ln -s ../run "$tree/var/run"
	ln -s ../tmp "$tree/var/tmp"
	ln -s ../proc/self/mounts "$tree/etc/mtab"
	cp /usr/share/base-passwd/passwd.master "$tree/etc/passwd"
	cp /usr/share/base-passwd/group.master "$tree/etc/group"
	image_pack "$tree"
}

# RELEASE SOURCE
image_modules() {
	local release=$1 source=$2 tree=$work/modules module file to

	image_skeleton "$tree"
	to=$tree/usr/lib/modules/$release
	mkdir -p "$to"
	for module in "${GUEST_MODULES[@]}"; do
		# -C: ndctl's modprobe.d hides what libnvdimm depends on. A module that this
		# kernel does not have, or has built in, is no error.
		modprobe -C /dev/null -d "$source" -S "$release" --show-depends "$module" 2> /dev/null
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r file; do
		module=$to/${file#*/lib/modules/"$release"/}
		mkdir -p "${module%/*}"
		case $file in
		*.xz) xz -dc "$file" > "${module%.xz}" ;;
		*) cp "$file" "$module" ;;
		esac || return
	done || return
	cp "$source/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$to/" || return
	depmod -b "$tree" "$release" 2> /dev/null
	[[ -s $to/modules.dep ]] || return
	image_pack "$tree"
}

# The project's own build directory, unless the caller has one. No documentation: slow, and
# no test in the machine reads it.
build_setup() {
	[[ -f $top/meson.build ]] || die 1 "there is no $top/meson.build: nothing to build and test"
	command -v meson > /dev/null || die 1 "meson is missing: apt-get install meson"
	meson setup --prefix=/usr --buildtype=debugoptimized -Ddocs=false -Dtests=false "$build" "$top" \
		> "$work/build.log" 2>&1
}

# Compiles, and installs into $work/overlay
build_install() {
	[[ -f $build/build.ninja ]] || build_setup || { cat "$work/build.log" >&2; return 1; }
	if [[ -w $build/build.ninja ]]; then
		ninja -C "$build" > "$work/build.log" 2>&1 || { cat "$work/build.log" >&2; return 1; }
	fi
	DESTDIR=$work/overlay meson install -C "$build" --no-rebuild --quiet > "$work/build.log" 2>&1 ||
		{ cat "$work/build.log" >&2; return 1; }
}

# Libraries of the build that the userland has not (a sanitizer's, say), and the loader's cache:
# a prefix of /usr/local is not on its built-in path, and ldconfig in the machine takes too long.
# USERLAND
build_libraries() {
	local tree=$work/overlay files=() directories=()

	mapfile -t files < <(find "$tree" -type f \( -perm -100 -o -name '*.so*' \) \
		! -path "$tree/test/*")
	mapfile -t directories < <(printf '%s\n' "${files[@]}" | grep '\.so' | xargs -rn1 dirname | sort -u)
	[[ ${#files[@]} -gt 0 ]] || return 0
	LD_LIBRARY_PATH=$(IFS=:; echo "${directories[*]}") libraries_of "${files[@]}" |
		grep -vF "$tree/" | canonical |
		comm -23 - <(cpio --quiet -it < "$1" | sed 's,^,/,' | sort) | image_copy "$tree" || return
	mkdir -p "$tree/etc"
	printf '%s\n' "${directories[@]#"$tree"}" > "$tree/etc/ld.so.conf"
	/sbin/ldconfig -r "$tree" 2> /dev/null
}

# SCRIPT FILE...
overlay_test() {
	local tree=$work/overlay file

	mkdir -p "$tree/test"
	cp "$vm_dir/lib.sh" "$tree/test/lib.sh"
	for file in "$@"; do
		cp -rH --preserve=mode,timestamps "$file" "$tree/test/" || return
	done
	file=$vm_dir/guest/init
	[[ $opt_full == 0 ]] || file=$vm_dir/guest/full-init
	cp "$file" "$tree/init"
	chmod 755 "$tree/init"
	mkdir -p "$tree/lab"
	cp "$vm_dir"/guest/{common,devices}.sh "$tree/lab/"
	# what init has to know; quoted for the shell that reads it
	{
		printf 'script=%q\n' "$(basename "$1")"
		printf 'devices=(%s)\n' "${opt_devices[*]}"
		printf 'environment=('
		[[ ${#opt_env[@]} == 0 ]] || printf ' %q' "${opt_env[@]}"
		printf ' )\n'
	} > "$tree/lab/config"
}

# SCRIPT FILE...: makes $work/initrd
image_build() {
	local key userland modules

	# all packages: one of a library that only a library needs counts as well
	# shellcheck disable=SC2016 # dpkg's variables
	key=$(dpkg-query -W -f '${Package} ${Version}\n' | hash_of - "$vm_dir/host/image.sh")
	userland=$cache/image/userland-$key.cpio
	key=$(hash_of "$vm_dir/host/image.sh")
	modules=$cache/image/modules-$kernel_release-$key.cpio
	locked image image_cached "$userland" image_userland ||
		die 1 "cannot make the machine's file system"
	locked image image_cached "$modules" image_modules "$kernel_release" "$kernel_dir" ||
		die 1 "cannot make the module archive of $kernel_release"
	# used today; what nobody used for a fortnight goes
	touch "$userland" "$modules"
	find "$cache/image" -name '*.cpio' -mtime +14 -delete

	[[ $opt_fetch_only == 0 ]] || return 0
	image_skeleton "$work/overlay"
	if [[ $opt_bare == 0 ]]; then
		locked "build-$(hash_of - <<< "$build")" build_install || die 1 "the project does not build"
		build_libraries "$userland" || die 1 "cannot copy the libraries of the build"
	fi
	overlay_test "$@" || die 1 "cannot copy $*"
	[[ -z $opt_modules ]] || modules_add "$modules"
	[[ $opt_daxctl == 0 ]] || daxctl_install || die 1 "cannot copy daxctl"
	[[ $opt_full == 0 ]] || full_split "$work/overlay" || die 1 "cannot pack the build"
	cat "$userland" "$modules" <(image_pack "$work/overlay") > "$work/initrd"
}
