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
	printf '%s: %s\n' "$name" "$line"
	# a table is to be seen, whatever it says
	[[ ${BASH_REMATCH[2]} != 0 ]] || sed -n '/^fsdev_dax on kernel/,$p' "$log"
	# a table that the script made
	sed -n '/^| /p' "$log"
}

# An emulated machine keeps one processor busy: so many run at once.
vm_jobs=$(nproc)
vm_logs=''
vm_names=() vm_kernels=()

# NAME COMMAND...: one test of its own, as vm_count() counts them
# shellcheck disable=SC2317 # vm_start calls it
vm_one() {
	local status=0
	"${@:2}" || status=$?
	case $status in
	0) echo "1 passed, 0 failed" ;;
	77) ;;
	*) echo "FAILED $1 (status $status)"; echo "0 passed, 1 failed" ;;
	esac
	return "$status"
}

# With --full one script kills the program thousands of times.
vm_timeout() {
	[[ $full == 1 ]] && echo 7200 || echo 1800
}

# NAME KERNEL COMMAND...: starts it when one of the others has ended
vm_start() {
	local number=${#vm_names[@]}

	vm_names+=("$1")
	vm_kernels+=("$2")
	while [[ $(jobs -rp | wc -l) -ge $vm_jobs ]]; do
		wait -n
	done
	{
		"${@:3}" > "$vm_logs/$number.log" 2>&1
		echo $? > "$vm_logs/$number.status"
		printf 'ran %s: %s (%s s)\n' "$1" \
			"$(grep -E '^[0-9]+ passed' "$vm_logs/$number.log" | tail -n 1)" "$SECONDS"
	} &
}

# KERNEL DEVICES SCRIPT [BUILD [OPTION-OR-FILE...]]: KERNEL may be "default", BUILD empty. Options of
# test/vm/run begin with a dash.
vm_script() {
	local kernel=$1 devices=$2 script=$3 build=${4:-build-check} arguments=() files=() argument

	for argument in "${@:5}"; do
		case $argument in
		-*) arguments+=("$argument") ;;
		*) files+=("$argument") ;;
		esac
	done
	[[ $kernel == default ]] || arguments+=(--kernel "$kernel")
	# Two machines run at once, on two processors. These scripts look at what happens at one time.
	case $script in
	*/module.sh | */run.sh | */several.sh | */waiting.sh) ;;
	*) [[ $full == 1 ]] || arguments+=(--cpus 1) ;;
	esac
	vm_start "$(basename "$script" .sh) on $devices, kernel $kernel${4:+, sanitized}" "$kernel" \
		env DAXFSCTL_BUILD="$build" DAXFSCTL_VM_TIMEOUT="$(vm_timeout)" \
		test/vm/run "${arguments[@]}" --devices "$devices" "$script" "${files[@]}"
}

# KERNEL: our fsdev_dax, and what it does beside the kernel's own
vm_module() {
	local options=(--kernel "$1")

	[[ $1 != default ]] || options=()
	[[ $full == 0 ]] || options+=(--full)
	vm_script "$1" hmem,pmem test/vm/tests/module.sh '' --module test/kmod/expected-imports
	vm_start "fsdev_dax, theirs and ours, kernel $1" "$1" \
		env DAXFSCTL_BUILD=build-check test/vm/module-table "${options[@]}"
}

# KERNEL
vm_compare() {
	local options=(--kernel "$1")
	[[ $1 != default ]] || options=()
	vm_start "the fake bus answers as kernel $1 does" "$1" vm_one compare \
		env DAXFSCTL_BUILD=build-check test/fakedax/compare "${options[@]}"
}

# Waits for all that were started, and counts
vm_finish() {
	local number status

	wait
	for number in "${!vm_names[@]}"; do
		status=$(cat "$vm_logs/$number.status")
		vm_count "${vm_names[number]}" "${status:-1}" "$vm_logs/$number.log"
		# what the contract of ./check asks for: a kernel from 7.2 on ran
		case ${vm_kernels[number]} in
		default | 7.[2-9]) [[ $status == 77 ]] || ran_kernel=1 ;;
		esac
	done
}

# The helper, for there is no compiler in the machine
vm_hold() {
	[[ -e $vm_logs/hold ]] || run "build of the helper hold" \
		gcc -Wall -static -pthread -o "$vm_logs/hold" test/vm/helper/hold.c
}

# KERNEL
vm_users() {
	vm_hold || return
	vm_script "$1" hmem,pmem test/vm/tests/users.sh '' "$vm_logs/hold"
}

# KERNEL ARGUMENT: with our module, which nobody signed; ARGUMENT makes the kernel insist
vm_unsigned() {
	vm_script "$1" hmem,pmem test/vm/tests/unsigned.sh '' --module "--append=$2"
}

vm_default() {
	local script recover=() enable=() monitor=() dkms=()

	if [[ $full == 1 ]]; then
		recover=(--env=STEP=10)
		enable=(--env=ALL=1)
		monitor=(--env=SWITCHES=1000)
		dkms=(--full)
	fi
	# the long ones first: the others fill the gaps
	vm_script default hmem,pmem test/vm/tests/recover.sh '' "${recover[@]}"
	vm_module default
	vm_start "selftest of the lab" default test/vm/selftest
	vm_compare default
	vm_start dkms dkms test/dkms/run "${dkms[@]}"
	vm_script default hmem,pmem test/vm/tests/enable.sh '' "${enable[@]}"
	for script in modes failure memory resize several run create container; do
		vm_script default hmem,pmem "test/vm/tests/$script.sh"
	done
	vm_script default hmem,pmem test/vm/tests/check.sh '' test/vm/tests/doctor.sh
	# where kmem takes the devices by type; with --full, all
	vm_script default hmem-kmem,pmem test/vm/tests/config.sh
	vm_unsigned default module.sig_enforce=1
	vm_script default hmem,pmem test/vm/tests/examples.sh '' Documentation/*.txt
	vm_users default
	vm_script default hmem,pmem test/vm/tests/waiting.sh '' --module
	vm_script default hmem,pmem test/vm/tests/monitor.sh '' --module "${monitor[@]}"
	# beside daxctl
	vm_script default hmem-kmem,pmem test/vm/tests/compat.sh '' --daxctl
	vm_hold && vm_script default hmem-kmem,pmem test/vm/tests/defects.sh '' --daxctl "$vm_logs/hold"
	vm_inject default
}

# KERNEL: with our module, which a module that holds devices goes with, and its helper
vm_inject() {
	[[ -e $vm_logs/inject-many ]] || run "build of the helper inject-many" \
		gcc -Wall -Ilib -o "$vm_logs/inject-many" test/vm/helper/inject-many.c \
		-Lbuild-check/lib -ldaxfs || return
	vm_script "$1" hmem,pmem test/vm/tests/inject.sh '' --module --monitor --append=log_buf_len=4M \
		"$vm_logs/inject-many" test/vm/tests/machine-check.sh
}

# What vm_default() leaves out
vm_more() {
	local script

	vm_compare 7.2
	vm_start "Debian packages" packages test/debian/run
	vm_start "RPM packages" packages test/rpm/run
	vm_start "Ansible" ansible test/ansible/run
	for script in modes failure memory resize several run enable create check; do
		vm_script default hmem-kmem,pmem "test/vm/tests/$script.sh"
	done
	vm_script default cxl test/vm/tests/check.sh
	vm_script default hmem,pmem test/vm/tests/dump.sh
	vm_script default cxl test/vm/tests/dump.sh
	vm_script default cxl test/vm/tests/modes.sh
	vm_script default cxl,pmem test/vm/tests/cxl.sh
	# with the kernel's own driver; with ours inject.sh has it, but for CXL
	vm_script default hmem,pmem test/vm/tests/machine-check.sh '' --monitor --test-modules
	vm_script default cxl test/vm/tests/machine-check.sh '' --monitor --test-modules
	vm_script default cxl test/vm/tests/machine-check.sh '' --monitor --module
	vm_script default cxl test/vm/tests/examples.sh '' Documentation/daxfsctl-inject-error.txt
	vm_script default cxl test/vm/tests/examples.sh '' --daxctl Documentation/daxfsctl-famfs.txt
	vm_script default cxl test/vm/tests/compat.sh '' --daxctl
	vm_script default hmem,pmem test/vm/tests/doctor.sh '' --module
	# the whole machine
	vm_script default hmem-kmem,pmem test/vm/smoke-full.sh '' --full
	vm_script default hmem-kmem,pmem,cxl test/vm/tests/boot.sh '' --full
	vm_script default hmem-kmem,pmem,cxl test/vm/tests/metrics.sh '' --full
	vm_script default hmem-kmem,pmem test/vm/tests/units.sh '' --full contrib/systemd/famfs-pool.service \
		contrib/systemd/famfs-user.service Documentation/daxfsctl-apply.txt
}

vm_sanitized() {
	local script

	for script in modes failure memory resize several run enable create recover; do
		vm_script default hmem,pmem "test/vm/tests/$script.sh" build-check-san
	done
}

vm_other_kernels() {
	local kernel devices script

	for kernel in 7.1 7.2 7.3; do
		vm_module "$kernel"
		vm_unsigned "$kernel" module.sig_enforce=1
		vm_unsigned "$kernel" lockdown=integrity
		vm_users "$kernel"
		vm_inject "$kernel"
		vm_script "$kernel" hmem,pmem test/vm/tests/doctor.sh
		vm_script "$kernel" hmem,pmem test/vm/tests/doctor.sh '' --module
		vm_script "$kernel" hmem-kmem,pmem test/vm/tests/boot.sh '' --full
		for devices in hmem,pmem hmem-kmem,pmem; do
			for script in failure modes memory resize several run enable create check; do
				vm_script "$kernel" "$devices" "test/vm/tests/$script.sh"
			done
		done
	done
	# 6.12 knows no poison of regions, so that it is the memory devices' alone
	for kernel in 6.12 7.1 7.2; do
		vm_script "$kernel" cxl,pmem test/vm/tests/cxl.sh
	done
	for kernel in 6.1 6.12; do
		vm_script "$kernel" hmem,pmem test/vm/tests/old-kernel.sh
		vm_script "$kernel" hmem,pmem test/vm/tests/doctor.sh
		vm_script "$kernel" hmem-kmem,pmem test/vm/tests/old-kernel.sh
	done
}

vm_suite() {
	[[ $full == 0 ]] || run "checkpatch of the module" test/vm/checkpatch
	vm_logs=$(mktemp -d)
	vm_default
	if [[ $full == 1 ]]; then
		vm_more
		vm_sanitized
		vm_other_kernels
	fi
	vm_finish
	rm -rf "$vm_logs"
}
