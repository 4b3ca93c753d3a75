# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by ./check: which scripts run in the virtual machine, on which kernels and devices.

# NAME STATUS LOG: adds what the script counted to the counts of ./check
vm_count() {
	local name=$1 status=$2 log=$3 line
	if [[ $status == 77 ]]; then
		skip "$name: $(tail -n 1 "$log")"
		return
	fi
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
	if [[ ! $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		tail -n 40 "$log"
		failure "$name (status $status)"
		return
	fi
	pass "${BASH_REMATCH[1]}"
	[[ ${BASH_REMATCH[2]} == 0 ]] || { cat "$log"; failure "$name" "${BASH_REMATCH[2]}"; }
	[[ ${BASH_REMATCH[4]:-0} == 0 ]] ||
		skip "$name: $(grep '^skip ' "$log" | tail -n 1)" "${BASH_REMATCH[4]}"
	if [[ $status != 0 && ${BASH_REMATCH[2]} == 0 ]]; then
		tail -n 40 "$log"
		failure "$name (status $status)"
	fi
	printf '%s: %s (%s s)\n' "$name" "$line" "$SECONDS"
}

# KERNEL DEVICES SCRIPT [BUILD [FILE...]]: KERNEL may be "default", BUILD empty
vm_script() {
	local kernel=$1 devices=$2 script=$3 name log status=0 arguments=()

	name="$(basename "$script" .sh) on $devices, kernel $kernel"
	[[ $kernel == default ]] || arguments+=(--kernel "$kernel")
	log=$(mktemp)
	DAXFSCTL_BUILD=${4:-build-check} test/vm/run "${arguments[@]}" --devices "$devices" "$script" \
		"${@:5}" > "$log" 2>&1 || status=$?
	vm_count "$name${4:+, sanitized}" "$status" "$log"
	# what the contract of ./check asks for: a kernel from 7.2 on ran
	case $kernel in
	default | 7.[2-9]) [[ $status == 77 ]] || ran_kernel=1 ;;
	esac
	rm -f "$log"
}

vm_suite() {
	local kernel devices script

	run "selftest of the lab" test/vm/selftest
	DAXFSCTL_BUILD=build-check FAKEDAX=build-check/test/fakedax/fakedax \
		run "the fake bus answers as the kernel does" test/fakedax/compare
	for script in modes resize failure memory several; do
		vm_script default hmem,pmem "test/vm/tests/$script.sh"
	done
	for script in modes failure memory several; do
		vm_script default hmem-kmem,pmem "test/vm/tests/$script.sh"
	done
	vm_script default cxl test/vm/tests/modes.sh
	vm_script default hmem,pmem test/vm/tests/modes.sh build-check-san
	vm_script default hmem,pmem test/vm/tests/examples.sh '' Documentation/*.txt
	[[ $full == 1 ]] || return 0
	for kernel in 7.2 7.3; do
		for devices in hmem,pmem hmem-kmem,pmem; do
			for script in modes resize failure memory several; do
				vm_script "$kernel" "$devices" "test/vm/tests/$script.sh"
			done
		done
	done
	for kernel in 6.1 6.12; do
		vm_script "$kernel" hmem,pmem test/vm/tests/old-kernel.sh
		vm_script "$kernel" hmem-kmem,pmem test/vm/tests/old-kernel.sh
	done
}
