# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by test/vm/run. QEMU, without KVM: the lab must run where that is not to be had.
#
# SCRIPT's stdout and stderr leave the machine by virtio ports, which are binary-safe and fast.
# QEMU writes them into files, not into a pipe: a file never makes QEMU wait, so a byte that the
# machine has handed over is not lost when it resets, however slow this run's reader is.

# Seconds for a boot to reach init. It takes five here, idle.
readonly BOOT_TIMEOUT=120
qemu_pid='' relay_pids=()

# KIND: is it one of the devices asked for?
machine_has() {
	[[ " ${opt_devices[*]} " == *" $1 "* ]]
}

# BOOT: the kernel's arguments
machine_arguments() {
	# loglevel: warnings. The ring buffer has the rest, for SCRIPT's dmesg.
	local arguments=(console=ttyS0 loglevel=5 log_buf_len=2M panic=-1)

	# the emulated clocks are no better than a busy host lets them be
	arguments+=(no_timer_check tsc=unstable)
	# kmem needs it offline; a test that wants a policy appends its own, the last one wins
	arguments+=(memhp_default_state=offline)
	if machine_has hmem || machine_has hmem-kmem; then
		# turns the second node's 2 GiB from RAM into soft-reserved memory. A kernel that
		# places itself at random might sit in there.
		arguments+=('memmap=2G%4G-1+0xefffffff' nokaslr)
	fi
	if machine_has hmem; then
		# here rather than with modprobe, so that it holds when a test loads it again
		arguments+=(dax_hmem.region_idle=1)
	fi
	if [[ $opt_full == 1 ]]; then
		# an initramfs of the machine's own mounts that
		arguments+=(root=/dev/vda rw "lab.boot=$1")
	fi
	printf '%s ' "${arguments[@]}"
	printf '%s\n' "$opt_append"
}

# BOOT: sets command, QEMU's
machine_command() {
	local machine=q35,nvdimm=on cpu=max,cx16=off initrd=$work/initrd disks=()
	local pmem=memory-backend-ram,id=pmem,size=1G

	# cx16: QEMU 7.2 returns with broken flags from an interrupt that comes right after a
	# cmpxchg16b, which the kernel's allocator uses all the time: one boot in thirty died of it
	# here. Without the feature the kernel takes a lock instead.
	if machine_has cxl; then
		# one window over both devices, as two-way interleaving needs
		machine+=,cxl=on,cxl-fmw.0.targets.0=cxl.1,cxl-fmw.0.size=4G
		# a region needs the CPU's caches flushed, which the kernel leaves to a hypervisor
		cpu+=,hypervisor=off
	fi
	if [[ $opt_monitor == 1 ]]; then
		# of AMD, as "max" is, other bits of a status say what is broken
		cpu+=,vendor=GenuineIntel,family=6,model=85,stepping=4
	fi
	if [[ $opt_full == 1 ]]; then
		# both outlive a boot
		disks=(-drive "file=$work/disk,format=raw,if=none,id=disk,cache=unsafe"
			-device virtio-blk-pci,drive=disk,bus=pcie.0)
		pmem=memory-backend-file,id=pmem,size=1G,mem-path=$work/pmem,share=on
		[[ ! -s $work/initrd-of-machine ]] || initrd=$work/initrd-of-machine
	fi
	command=("${qemu[@]}" -machine "$machine" -accel "$opt_accel" -cpu "$cpu" -smp "$opt_cpus"
		-nodefaults -no-user-config -no-reboot -display none -monitor none
		-kernel "$kernel_dir/vmlinuz" -initrd "$initrd" -append "$(machine_arguments "$1")"
		-chardev "file,id=console,path=$work/console,append=on" -serial chardev:console)

	[[ $opt_icount == 0 ]] || command+=(-icount "shift=0,sleep=off")

	# Three nodes: RAM, hmem (RAM as well without it), pmem. kmem refuses memory that belongs
	# to no node.
	command+=(-m 4G,slots=4,maxmem=64G
		-object memory-backend-ram,id=ram0,size=2G
		-object memory-backend-ram,id=ram1,size=2G
		-numa node,nodeid=0,cpus=0-$((opt_cpus - 1)),memdev=ram0
		-numa node,nodeid=1,memdev=ram1
		-numa node,nodeid=2)
	if machine_has pmem; then
		command+=(-object "$pmem"
			-device nvdimm,memdev=pmem,node=2,label-size=128K)
	fi

	if machine_has cxl; then
		command+=(-device pxb-cxl,bus_nr=12,bus=pcie.0,id=cxl.1
			-object memory-backend-ram,id=cxl0,size=1G,share=on
			-object memory-backend-ram,id=cxl1,size=1G,share=on
			-device cxl-rp,port=0,bus=cxl.1,id=port0,chassis=0,slot=2
			-device cxl-rp,port=1,bus=cxl.1,id=port1,chassis=0,slot=3
			-device cxl-type3,bus=port0,volatile-memdev=cxl0,id=cxl-mem0,sn=0x11
			-device cxl-type3,bus=port1,volatile-memdev=cxl1,id=cxl-mem1,sn=0x22)
	fi

	local port number=0
	# before the disk: the number of its bus is in the names of its ports
	command+=(-device virtio-serial-pci,bus=pcie.0 "${disks[@]}")
	# romfile: nothing is booted from there, and the ROM is a package of its own
	[[ -z $opt_forward ]] || command+=(
		-netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$opt_forward-:22"
		-device virtio-net-pci,netdev=net,bus=pcie.0,romfile=)
	for port in stdout stderr control initrd-sent; do
		number=$((number + 1))
		command+=(-chardev "file,id=$port,path=$work/$port"
			-device "virtserialport,chardev=$port,nr=$number,name=$port")
	done
	if [[ $opt_monitor == 1 ]]; then
		# QEMU is at both ends of the socket: the monitor, and the machine's port
		command+=(-chardev "socket,id=monitor,path=$work/monitor,server=on,wait=off"
			-mon chardev=monitor,mode=readline
			-chardev "socket,id=port,path=$work/monitor"
			-device "virtserialport,chardev=port,nr=$((number + 1)),name=monitor")
	fi
}

machine_start() {
	local port
	for port in stdout stderr control; do
		: > "$work/$port"
	done
	# a second boot's console follows the first one's
	: >> "$work/console"
	# a machine must not outlive its run, not even a killed one
	setpriv --pdeathsig KILL "${command[@]}" < /dev/null > "$work/qemu.log" 2>&1 &
	qemu_pid=$!
}

machine_kill() {
	[[ -z $qemu_pid ]] || kill -KILL "$qemu_pid" 2> /dev/null
	[[ ${#relay_pids[@]} == 0 ]] || kill "${relay_pids[@]}" 2> /dev/null
	qemu_pid='' relay_pids=()
}

# TEXT: has the machine's init said it?
machine_said() {
	grep -q "^$1" "$work/control"
}

# SECONDS COMMAND...: waits for COMMAND to succeed; 1 when the machine is gone first,
# 2 when time is up
machine_wait() {
	local deadline=$((SECONDS + $1))
	shift
	while ! "$@"; do
		kill -0 "$qemu_pid" 2> /dev/null || { "$@"; return; }
		[[ $SECONDS -lt $deadline ]] || return 2
		sleep 0.1
	done
}

# WHY
machine_failed() {
	machine_kill
	say "$1 (kernel $kernel_release). The end of its console:"
	tail -n 60 "$work/console" | tr -d '\r' >&2
	[[ ! -s $work/qemu.log ]] || { say "QEMU said:"; cat "$work/qemu.log" >&2; }
	exit "$STATUS_MACHINE"
}

machine_boot() {
	local attempt limit=$BOOT_TIMEOUT

	# who gives a machine more time, knows of a busy host
	[[ $limit -ge $((timeout / 10)) ]] || limit=$((timeout / 10))
	[[ $limit -le $timeout ]] || limit=$timeout
	for attempt in 1 2 3; do
		machine_start
		machine_wait "$limit" machine_said up && return
		say "boot $attempt did not come up (kernel $kernel_release), last words: $(
			tail -n 1 "$work/console" | tr -d '\r')"
		machine_kill
	done
	machine_failed "the machine did not come up"
}

# Copies what SCRIPT writes while it writes it, until QEMU is gone, and then to the end.
machine_relay() {
	tail -c +1 -s 0.1 --pid="$qemu_pid" -f "$work/stdout" &
	relay_pids=($!)
	tail -c +1 -s 0.1 --pid="$qemu_pid" -f "$work/stderr" >&2 &
	relay_pids+=($!)
}

# Has SCRIPT ended, or asked for a reboot?
machine_paused() {
	machine_said exit || machine_said reboot
}

machine_gone() {
	! kill -0 "$qemu_pid" 2> /dev/null
}

# BOOT DEADLINE: until SCRIPT has ended, or wants to go on after a reboot, and QEMU too has ended
machine_run_once() {
	local command status deadline=$2

	machine_command "$1"
	machine_boot
	machine_relay
	# going down in an orderly way can take its time
	machine_wait $((deadline - SECONDS)) machine_paused &&
		machine_wait $((deadline - SECONDS)) machine_gone
	status=$?
	[[ $status != 2 ]] || machine_failed "timed out after $timeout seconds"
	wait "$qemu_pid" "${relay_pids[@]}" 2> /dev/null
	qemu_pid='' relay_pids=()
	[[ $status == 0 ]] || machine_failed "$(sed -n 's/^failed/no device/p' "$work/control" |
		grep . || echo "the machine died")"
	# QEMU empties the file when it opens it again
	rm -f "$work/initrd-of-machine"
	[[ ! -s $work/initrd-sent ]] || mv "$work/initrd-sent" "$work/initrd-of-machine"
}

# Ends this run with SCRIPT's status
machine_run() {
	local boot=1 deadline=$((SECONDS + timeout))

	[[ $opt_full == 0 ]] || full_disks || die 1 "no space for the machine's disks"
	machine_run_once 1 "$deadline"
	while machine_said reboot; do
		boot=$((boot + 1))
		verbose "boot $boot"
		machine_run_once "$boot" "$deadline"
	done
	exit "$(sed -n 's/^exit //p' "$work/control")"
}
