# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. With --full the machine is a whole Debian, with systemd and udev, on a disk:
#
#   image/full-KEY.ext4   Debian, as its packages are                  cached, until what makes it changes
#   root.tar              the project's build, SCRIPT and FILEs        made for each run
#
# The machine gets a copy of the first, which lives as long as the run, and puts the second there when
# it comes up for the first time (guest/full-init).

readonly FULL_SUITE=bookworm	# of the libraries that the build is linked with

# What SCRIPT may expect, what the build needs, and initramfs-tools, for it has a part in what is tested.
# The last line is what --forward promises; python3-apt, for a program there may want to install packages.
readonly FULL_PACKAGES=(
	systemd systemd-sysv udev kmod procps util-linux initramfs-tools
	bash jq strace ndctl daxctl
	libarchive13 libinih1 libjson-c5 libkmod2 liblzma5 libmount1 libndctl6 libsmartcols1 libudev1
	openssh-server python3 python3-apt
)

# Prints a Debian as a tar archive
full_bootstrap() {
	local names

	apt_update "$FULL_SUITE" || return
	apt_acquire > "$work/acquire.conf"
	names=$(IFS=,; echo "${FULL_PACKAGES[*]}")
	say "making a Debian of $FULL_SUITE, once"
	mmdebstrap --variant=minbase --include="$names" --aptopt="$work/acquire.conf" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --format=tar \
		"$FULL_SUITE" - "$(< "$cache/apt/$FULL_SUITE/sources.list")" 2> "$work/mmdebstrap.log" &&
		return
	tail -n 3 "$work/mmdebstrap.log" >&2
	return 1
}

# TREE: what makes it a machine of the lab
full_settings() {
	local tree=$1 unit

	# this machine's, which mmdebstrap copied, and apt's way to the archive
	rm -rf "$tree"/etc/{hostname,resolv.conf,apt} "$tree"/var/lib/apt "$tree"/var/cache/apt
	echo lab > "$tree/etc/hostname"
	# a machine without an id sets itself up, as at its very first boot
	echo 6461786673637464617866736374646d > "$tree/etc/machine-id"
	# the journal of the boots before
	mkdir -p "$tree/var/log/journal"
	# The console is the lab's, and nobody logs in; there is no network, and an nvdimm without
	# health.
	for unit in serial-getty@ttyS0 getty@tty1 getty-static systemd-timesyncd ndctl-monitor \
		e2scrub_reap; do
		ln -sf /dev/null "$tree/etc/systemd/system/$unit.service"
	done
	rm -f "$tree"/etc/systemd/system/timers.target.wants/* \
		"$tree"/etc/systemd/system/{multi-user.target.wants/ssh.service,sshd.service}
}

# ARCHIVE TREE IMAGE: by fakeroot, so that the files are root's in there
full_pack() {
	mkdir "$2" && tar -xf "$1" -C "$2" --exclude='./dev/*' && full_settings "$2" &&
		mke2fs -q -t ext4 -d "$2" "$3" 1536M
}

# Fills the cache, under its lock
full_make() {
	local image=$1

	[[ ! -s $image ]] || return 0
	full_bootstrap > "$work/full.tar" || return "$STATUS_SKIP"
	# fakeroot is a script of another shell, which does not pass functions on
	fakeroot bash -c "$(declare -f full_pack full_settings); full_pack \"\$@\"" full \
		"$work/full.tar" "$work/full" "$work/full.ext4" || return
	rm -rf "$work/full" "$work/full.tar"
	mv "$work/full.ext4" "$image"
}

# Sets full_image
full_find() {
	local status=0

	full_image=$cache/image/full-$(hash_of - < <(
		declare -f full_bootstrap full_settings full_pack
		echo "$FULL_SUITE ${FULL_PACKAGES[*]}"
	)).ext4
	locked full full_make "$full_image" || status=$?
	case $status in
	0) ;;
	"$STATUS_SKIP") skip "a Debian of $FULL_SUITE cannot be had" ;;
	*) die 1 "cannot make the disk of a whole Debian" ;;
	esac
	touch "$full_image"
	find "$cache/image" -name 'full-*.ext4' -mtime +14 -delete
}

# TREE: what the lab needs in there besides
full_overlay() {
	local tree=$1 units=$1/etc/systemd/system unit target

	mkdir -p "$units" "$tree/usr/local/bin"
	# the loader's are made in there
	rm -f "$tree"/etc/ld.so.{cache,conf}
	cp "$vm_dir"/guest/full-{run,firmware} "$tree/lab/" || return
	cp "$vm_dir/guest/lab-reboot" "$tree/usr/local/bin/" || return
	for unit in lab.service lab-firmware.service; do
		cp "$vm_dir/guest/$unit" "$units/" || return
		target=$(sed -n 's/^WantedBy=//p' "$units/$unit")
		mkdir -p "$units/$target.wants" && ln -s "../$unit" "$units/$target.wants/" || return
	done
}

# OVERLAY: makes of it what the initramfs has, the rest goes to the disk
full_split() {
	local tree=$1 boot=$work/boot

	full_overlay "$tree" || return
	image_skeleton "$boot"
	mkdir "$boot/lab"
	cp "$tree/lab"/{common.sh,config} "$boot/lab/" || return
	mv "$tree/init" "$boot/init" || return
	tar -C "$tree" --owner=0 --group=0 --numeric-owner -cf "$boot/lab/root.tar" . || return
	rm -rf "$tree"
	mv "$boot" "$tree"
}

# The disks of a run
full_disks() {
	cp --sparse=always --reflink=auto "$full_image" "$work/disk" &&
		truncate -s 1G "$work/pmem"
}
