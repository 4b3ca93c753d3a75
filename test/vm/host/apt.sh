# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. Packages of other Debian suites, through an apt of our own: it talks to
# the archive that the machine's own apt talks to, with the same proxies and credentials, but has
# its own sources, lists and cache. Nothing that belongs to the system changes, and root is not
# needed.

# The address of the machine's Debian archive, as its own apt knows it.
apt_archive() {
	if [[ -n ${DAXFSCTL_VM_ARCHIVE:-} ]]; then
		printf '%s\n' "${DAXFSCTL_VM_ARCHIVE%/}/"
		return
	fi
	# Security archives hold other suites; a third party's repository has another origin.
	# shellcheck disable=SC2016 # apt's variables, not the shell's
	apt-get indextargets --format '$(ORIGIN) $(LABEL) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk '$1 == "Debian" && $2 == "Debian" && $3 == "main" { print $4; exit }'
}

# How the machine's apt reaches the archive, as lines of a configuration
apt_acquire() {
	apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets'
}

# SUITE: makes apt's directory tree for it and prints its path
apt_tree() {
	local tree=$cache/apt/$1 archive
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg

	archive=$(apt_archive)
	[[ -n $archive ]] || return 1
	mkdir -p "$tree/lists/partial" "$tree/cache/archives/partial" || return
	: > "$tree/status"
	printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$archive" "$1" > "$tree/sources.list"
	# APT_CONFIG is read before the system's files, so it can switch them off: their hooks
	# after an update would touch the system. How to reach the archive is kept.
	{
		apt_acquire
		cat <<-EOF
			Dir::Etc::Main "/dev/null";
			Dir::Etc::Parts "/dev/null";
			Dir::Etc::SourceList "$tree/sources.list";
			Dir::Etc::SourceParts "/dev/null";
			Dir::Etc::Preferences "/dev/null";
			Dir::Etc::PreferencesParts "/dev/null";
			Dir::State::Lists "$tree/lists";
			Dir::State::Status "$tree/status";
			Dir::Cache "$tree/cache";
			Acquire::Languages "none";
			Acquire::GzipIndexes "true";
			Acquire::Retries "3";
			APT::Sandbox::User "root";
			APT::Update::Error-Mode "any";
			Debug::NoLocking "true";
		EOF
	} > "$tree/apt.conf"
	printf '%s\n' "$tree"
}

# SUITE COMMAND...: runs apt-get, apt-cache or apt-helper with that suite's tree
apt_in() {
	local suite=$1
	shift
	APT_CONFIG=$cache/apt/$suite/apt.conf "$@"
}

# SUITE: makes the suite's lists current. One line about a failure is enough: being offline is
# nothing that apt's twenty lines would explain better.
apt_update() {
	apt_tree "$1" > /dev/null || { say "the machine's apt has no Debian archive"; return 1; }
	verbose "reading the index of $1"
	apt_in "$1" apt-get -qq update > "$work/apt.log" 2>&1 && return
	say "cannot read the index of $1: $(grep -m 1 '^[EW]:' "$work/apt.log")"
	return 1
}

# SUITE DIR PACKAGE...: downloads into DIR; apt checks signatures and checksums
apt_download() {
	local suite=$1 dir=$2
	shift 2
	verbose "fetching $*"
	(cd "$dir" && apt_in "$suite" apt-get -qq download "$@") > "$work/apt.log" 2>&1 && return
	say "cannot fetch $*: $(grep -m 1 '^[EW]:' "$work/apt.log")"
	return 1
}

# SUITE DIR PATH SHA256: downloads a file of the pool into DIR. The suite lends its configuration
# only; the checksum is what makes the file trustworthy.
apt_download_pool() {
	local suite=$1 dir=$2 path=$3 sum=$4 archive

	archive=$(apt_archive)
	verbose "fetching ${path##*/}"
	apt_in "$suite" /usr/lib/apt/apt-helper download-file "$archive$path" "$dir/${path##*/}" \
		"SHA256:$sum" > "$work/apt.log" 2>&1 && return
	say "cannot fetch ${path##*/}: $(grep -m 1 '^[EW]:' "$work/apt.log")"
	return 1
}

# SUITE PREFIX: names of packages
apt_names() {
	apt_in "$1" apt-cache pkgnames "$2" 2>/dev/null
}

# The packages that the lab needs on this machine
host_packages_wanted() {
	if [[ $opt_full == 1 ]]; then
		cat "$vm_dir/packages"
	else
		sed '/^# --full/,/^$/d' "$vm_dir/packages"
	fi
	# who names a build has what it takes to make one
	[[ -n ${DAXFSCTL_BUILD:-} ]] || sed -n '/^# build$/,/^$/p' "$top/test/packages"
}

# Looks for them. Root gets what is missing installed.
host_packages() {
	local missing=() wanted

	command -v dpkg-query > /dev/null || skip "this is no Debian"
	[[ $(dpkg --print-architecture) == amd64 ]] || skip "the lab knows amd64 only"
	mapfile -t wanted < <(host_packages_wanted | sed 's/#.*//; s/[[:space:]]//g; /^$/d')
	mapfile -t missing < <(
		printf '%s\n' "${wanted[@]}" | sort -u | comm -23 - <(
			# shellcheck disable=SC2016 # dpkg's variables
			dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
				sed -n 's/^installed //p' | sort))
	[[ ${#missing[@]} -gt 0 ]] || return 0

	local install=(apt-get install -y --no-install-recommends "${missing[@]}")
	[[ $(id -u) == 0 ]] || skip "packages are missing: ${install[*]}"
	say "installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	"${install[@]}" -o DPkg::Lock::Timeout=300 > "$work/apt.log" 2>&1 && return
	# a fresh machine has no lists, an old one has stale ones
	apt-get update >> "$work/apt.log" 2>&1
	"${install[@]}" -o DPkg::Lock::Timeout=300 >> "$work/apt.log" 2>&1 && return
	tail -n 5 "$work/apt.log" >&2
	skip "packages cannot be installed: ${install[*]}"
}
