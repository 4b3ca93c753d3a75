# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# built.bash SOURCE: builds the packages of the tree SOURCE, in the machine that test/debian/run makes with
# what that takes, and writes them, as a tar, to file descriptor 3. With TEST=1 tests come then: of what was
# built, and autopkgtest's.

source_tree=$1
# shellcheck source=test/vm/lib.sh
source /source/test/vm/lib.sh
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
cd /tmp || exit
# The tests of the tree are ./check's, and not made here once more.
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)"
export DEB_BUILD_OPTIONS

# What only tests need is not looked for where none come.
buildpackage=(dpkg-buildpackage -us -uc -b)
[[ $TEST == 1 ]] || buildpackage+=(-d)

# DIRECTORY [COMMAND...]: a copy of the tree in there, built with COMMAND before
build() {
	local place=$1
	shift
	mkdir -p "$place"
	cp -a "$source_tree" "$place/source"
	(cd "$place/source" && "$@" "${buildpackage[@]}")
}

# DEB DEB: what is in one and not in the other is told
same_bits() {
	local each n=0
	! cmp "$1" "$2" || return 0
	for each; do
		n=$((n + 1))
		dpkg-deb -R "$each" "differ$n"
		dpkg-deb -c "$each" > "differ$n/list"
	done
	diff -r differ1 differ2 | head -n 40
	fail "$(basename "$1") is not the same"
}

# Another directory, date, umask, language, order of names, number of jobs, and age of the files
two_builds_give_the_same_bits() {
	local deb n=0
	localedef -i et_EE -f UTF-8 et_EE.UTF-8
	umask 027
	mkdir -p "/var/tmp/a-longer-name"
	cp -a "$source_tree" ./aged
	find aged -exec touch --no-dereference --date=2001-02-03 {} +
	source_tree=$PWD/aged
	export LC_ALL=et_EE.UTF-8 LANG=et_EE.UTF-8 TZ=Pacific/Kiritimati DEB_BUILD_OPTIONS="nocheck parallel=3"
	build "/var/tmp/a-longer-name" faketime -f +400d > again.log 2>&1 || fail "$(tail -n 30 again.log)"
	for deb in first/*.deb; do
		same_bits "$deb" "/var/tmp/a-longer-name/${deb#first/}"
		n=$((n + 1))
	done
	# with what is for debuggers
	[[ $n == 6 ]] || fail "$n packages"
}

lintian_finds_nothing() {
	lintian --allow-root --fail-on error,warning first/*.changes
}

# NAME: of debian/tests
autopkgtest_passes() {
	local status=0
	autopkgtest --test-name="$1" --output-dir="$PWD/autopkgtest-$1" first/*.deb "$source_tree" -- null \
		> "autopkgtest-$1.log" 2>&1 || status=$?
	cat "autopkgtest-$1.log"
	[[ $status == 0 ]] || fail "autopkgtest ends with $status"
}

build first > build.log 2>&1 || { tail -n 40 build.log; exit 1; }
tar -C first -c --exclude=./source . >&3 || exit
[[ $TEST == 1 ]] || exit 0
check two_builds_give_the_same_bits
check lintian_finds_nothing
for name in cli library examples dkms; do
	check "autopkgtest_${name}_passes" autopkgtest_passes "$name"
done
finish
