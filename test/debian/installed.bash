# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# installed.bash DIR: the packages in DIR, in the clean machine that test/debian/run makes.

packages=$1
# shellcheck source=test/vm/lib.sh
source /source/test/vm/lib.sh
export DEBIAN_FRONTEND=noninteractive
cd /tmp || exit
version=$(< /source/dkms/version)

# What could touch a device, or a module that is loaded, and must not be called
for tool in modprobe rmmod insmod udevadm; do
	path=$(command -v "$tool")
	mv "$path" "$path.real"
	cat > "$path" <<-EOF
		#!/bin/sh
		echo "$tool \$*" >> /tmp/called
		exec $path.real "\$@"
	EOF
	chmod 755 "$path"
done

files() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /run \
		-o -path /source -o -path /lab -o -path /var/log -o -path /var/cache \
		-o -path /var/lib/dpkg -o -path /var/lib/systemd \) -prune -o -print | sort
}

# NAME...: the files of these packages
debs() {
	local name
	for name; do
		echo "$packages/${name}_${version}"_*.deb
	done
}

# DEB VERSION: the same as another version, in ./old
make_version() {
	local deb=$1 old=$2

	rm -rf tree
	dpkg-deb -R "$deb" tree
	sed -i "s/^Version: .*/Version: $old/; s/(= $version)/(= $old)/" tree/DEBIAN/control
	if [[ -d tree/usr/src/daxfs-$version ]]; then
		mv "tree/usr/src/daxfs-$version" "tree/usr/src/daxfs-$old"
		echo "$old" > "tree/usr/src/daxfs-$old/version"
		sed -i "s/$version/$old/" "tree/usr/src/daxfs-$old/dkms.conf" tree/DEBIAN/p*
	fi
	mkdir -p old
	dpkg-deb -b tree "old/$(basename "$deb")" > /dev/null
}

all=(libdaxfs0 daxfsctl libdaxfs-dev daxfs-dkms)

the_version_is_right() {
	[[ $(dpkg-query -W -f '${Version} ${db:Status-Status}' daxfsctl) == "$1 installed" ]]
	[[ $(daxfsctl --version) == *"$version"* ]]
	dkms status | tee status
	[[ $(< status) == "daxfs/$1: added" ]]
}

an_older_version_is_installed() {
	local deb
	for deb in $(debs "${all[@]}"); do
		make_version "$deb" 0.0.9
	done
	dpkg -i old/*.deb
	the_version_is_right 0.0.9
}

an_upgrade_works() {
	# shellcheck disable=SC2046 # names without blanks
	dpkg -i $(debs "${all[@]}")
	the_version_is_right "$version"
	[[ ! -e /usr/src/daxfs-0.0.9 && ! -e /var/lib/dkms/daxfs/0.0.9 ]]
}

what_belongs_to_it_is_there() {
	local file
	for file in /lib/systemd/system/daxfsctl-{early,metrics,settle,apply@}.service \
		/lib/systemd/system/daxfsctl-metrics.timer /lib/udev/rules.d/90-daxfsctl.rules \
		/usr/share/initramfs-tools/{hooks,scripts/init-top}/daxfsctl-early \
		/usr/share/bash-completion/completions/daxfsctl /usr/include/libdaxfs.h \
		/usr/libexec/daxfsctl/daxctl; do
		[[ -e $file ]] || fail "there is no $file"
	done
	daxfsctl list
	systemd-analyze verify --man=no daxfsctl-early.service daxfsctl-settle.service \
		daxfsctl-apply@dax0.0.service daxfsctl-metrics.{service,timer}
}

# Its packages are called otherwise in each Debian
every_library_that_it_opens_is_there() {
	local name n=0
	while read -r name; do
		ldconfig -p | grep -F "$name "
		n=$((n + 1))
	done < <(grep -aohE '"soname":\["[^"]*"' /usr/bin/daxfsctl | cut -d'"' -f4 | sort -u)
	[[ $n == 9 ]] || fail "$n libraries"
}

early_and_metrics_are_for_who_asks_for_them() {
	[[ $(systemctl is-enabled daxfsctl-early.service) == disabled ]]
	[[ $(systemctl is-enabled daxfsctl-metrics.timer) == disabled ]]
	[[ -e /lib/systemd/system/multi-user.target.wants/daxfsctl-settle.service ]]
}

# The administrator's, which a purge leaves as well: no package brought it.
configure() {
	mkdir -p /etc/daxfsctl.conf.d
	printf '[device pool]\nname = dax0.0\nmode = famfs\n' > /etc/daxfsctl.conf.d/pool.conf
	systemctl enable daxfsctl-early.service daxfsctl-metrics.timer
	daxfsctl config test
}

an_upgrade_keeps_what_is_configured() {
	# shellcheck disable=SC2046
	dpkg -i $(debs "${all[@]}")
	[[ -s /etc/daxfsctl.conf.d/pool.conf ]]
	[[ $(systemctl is-enabled daxfsctl-early.service) == enabled ]]
}

# The directory is the node exporter's; what lies in it is told until it is removed.
a_purge_leaves_nothing() {
	local metrics=/var/lib/prometheus/node-exporter
	mkdir -p "$metrics"
	daxfsctl metrics -o "$metrics/daxfsctl.prom"
	dpkg -r "${all[@]}"
	rmdir -p --ignore-fail-on-non-empty "$metrics"
	dpkg -P "${all[@]}"
	rm -r /etc/daxfsctl.conf.d
	[[ -z $(dkms status) ]] || fail "dkms: $(dkms status)"
	files > after
	diff before after
}

no_device_and_no_module_was_touched() {
	! grep -E '^(rmmod|insmod)|modprobe (-r|.*dax)|udevadm .*--action=(add|remove)' called ||
		fail "$(< called)"
}

: > called
files > before
check an_older_version_is_installed
check an_upgrade_works
check what_belongs_to_it_is_there
check every_library_that_it_opens_is_there
check early_and_metrics_are_for_who_asks_for_them
check configuration configure
check an_upgrade_keeps_what_is_configured
check a_purge_leaves_nothing
check no_device_and_no_module_was_touched
finish
