# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# The examples of the manual pages, typed in here: each must print what the page says.
#	test/vm/run test/vm/tests/examples.sh Documentation/*.txt
#	test/vm/run --devices cxl test/vm/tests/examples.sh Documentation/daxfsctl-inject-error.txt
#	test/vm/run --devices cxl --daxctl test/vm/tests/examples.sh Documentation/daxfsctl-famfs.txt
# shellcheck source=test/vm/lib.sh
source ./lib.sh

# What differs from run to run.
normalize() {
	sed -E 's/\([0-9]+ ms\)/(N ms)/; s/[ \t]+$//'
}

# PAGE: the lines of its blocks between "----" and "----" below == EXAMPLES, but of files that are shown.
# A block that needs other devices than the lab's usual ones has a line "// with cxl" before it; one that
# cannot be typed here, "// Not run: WHY".
examples_of() {
	local devices=''
	[[ -v DAX_HMEM ]] || devices=$VM_DEVICES
	awk -v devices="$devices" '/^== / { wanted = $2 == "EXAMPLES"; with = "" }
		/^\/\/ with / { with = $3 }
		/^\/\/ Not run: / { with = "nothing" }
		wanted && /^----$/ {
			inside = !inside
			if (!inside && typed && with == devices) printf "%s", block
			if (!inside) with = ""
			block = ""; typed = 0; next
		}
		wanted && inside { block = block $0 "\n"; typed = typed || /^# / }' "$1"
}

# Runs every line of stdin that begins with "# ", prints it and its output. "echo $?" works.
transcript() {
	local line last=0
	while IFS= read -r line <&3; do
		[[ $line == '# '* ]] || continue
		echo "$line"
		set +e
		(exit "$last")
		eval "${line#\# }" 2>&1
		last=$?
		set -e
	done 3<&0 < /dev/null
}

# As the lab has them when it starts
as_new() {
	daxfsctl reconfigure-device -f -m devdax all > /dev/null
	modprobe -r fsdev_dax kmem
}

# Debian 12's knows no regions of ram.
cxl() {
	cxl-sid "$@"
}

# CXL memory without a region, and kmem as udev would have loaded it
as_bare() {
	local region decoder
	region=$(basename "$(readlink -f "$dax_bus/devices/$DAX_CXL/../..")")
	decoder=$(dirname "$(readlink -f "/sys/bus/cxl/devices/$region")")
	echo 0 > "/sys/bus/cxl/devices/$region/commit"
	echo "$region" > "$decoder/delete_region"
	modprobe kmem
}

page_is_true() {
	examples_of "$1" > block
	grep -q '^# daxfsctl ' block || fail "$1: no examples"
	[[ $1 != daxfsctl-famfs.txt ]] || as_bare
	transcript < block | normalize > printed
	diff -u --label "$1" --label "printed here" <(normalize < block) printed
}

pages=(daxfsctl*.txt)
[[ -e ${pages[0]} ]] || fail "give me the pages: test/vm/run $0 Documentation/*.txt"
for page in "${pages[@]}"; do
	# all of its examples are for other devices
	[[ -n $(examples_of "$page") ]] || ! grep -q '^// with ' "$page" || continue
	as_new
	check "examples_of_${page%.txt}" page_is_true "$page"
done

# The remedy for a page map that is left behind, as daxfsctl-reconfigure-device(1) has it; on a device
# that is well, for its steps are the same.
remedy_keeps_the_ranges() {
	local sibling

	as_new
	sibling=$(make_sibling "$DAX_HMEM" $((128 * MiB)))
	[[ $sibling == dax0.1 ]]
	awk '/^=== / { wanted = /page map/ } /^== / { wanted = 0 }
		wanted && /^----$/ { inside = !inside; next } wanted && inside' \
		daxfsctl-reconfigure-device.txt > block
	(transcript < block) | normalize > printed
	diff -u <(normalize < block) printed
	[[ $(ranges_of dax0.1) == "0x120000000 0x127ffffff" ]]
}
[[ ! -v DAX_HMEM ]] || check remedy_for_a_left_page_map_keeps_the_ranges remedy_keeps_the_ranges

check no_complaint_of_the_kernel dmesg_clean
finish
