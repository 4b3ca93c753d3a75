# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Sourced by what runs first in the machine: how it talks to test/vm/run, and how it runs SCRIPT. It
# reports on its control port:
#
#   up            the kernel came up; before this a boot may be repeated
#   ready         the devices are there, SCRIPT starts
#   failed WHY    they are not, or something else is missing
#   exit N        SCRIPT's status
#   reboot        SCRIPT wants to go on after a reboot, and the machine goes down

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin HOME=/root
unset OLDPWD TERM

# run gives the ports these numbers
readonly port_stdout=/dev/vport0p1 port_stderr=/dev/vport0p2 port_control=/dev/vport0p3
readonly port_monitor=/dev/vport0p5

report() {
	echo "$*" > $port_control
}

# Neither orderly nor slow. QEMU has every byte that was written to a port (see test/vm/run), and
# with -no-reboot a reset is its end.
stop() {
	report "$@"
	echo b > /proc/sysrq-trigger
	sleep infinity
}

# COMMAND...: until it succeeds, for ten seconds at most
wait_for() {
	local deadline=$((SECONDS + 10))
	until "$@"; do
		[[ $SECONDS -lt $deadline ]] || return 1
		sleep 0.02
	done
}

# PORT: its node is there a moment before it can be opened
port_opens() {
	[[ -c $1 ]] && : > "$1"
} 2> /dev/null

ports_open() {
	local port

	modprobe -a virtio_pci virtio_console
	for port in $port_stdout $port_stderr $port_control; do
		wait_for port_opens "$port" || {
			echo "lab: cannot open $port" > /dev/console
			echo b > /proc/sysrq-trigger
		}
	done
}

# KIND DEVICE: tells SCRIPT
device_export() {
	case $1 in
	hmem*) export DAX_HMEM=$2 ;;
	pmem) export DAX_PMEM=$2 ;;
	cxl) export DAX_CXL=$2 ;;
	esac
}

# PREFIX: what PREFIX_KIND prints of each kind of device that there is to be, in the environment
devices_export() {
	local kind reason

	VM_DEVICES=$(IFS=,; echo "${devices[*]}")
	export VM_DEVICES
	[[ ! -e $port_monitor ]] || export VM_MONITOR=$port_monitor
	for kind in "${devices[@]}"; do
		reason=$("$1_$kind" 2>&1 > /run/device) || stop "failed $kind: ${reason//$'\n'/; }"
		device_export "$kind" "$(< /run/device)"
	done
	rm -f /run/device
}

# Sets status: SCRIPT's. It writes into pipes, as under a test runner. A process substitution is an
# anonymous one, and $! is its reader.
script_run() {
	local out out_pid err err_pid pid

	[[ ${#environment[@]} == 0 ]] || export "${environment[@]}"
	cd /test || stop "failed no SCRIPT"
	report ready

	exec {out}> >(exec cat > $port_stdout)
	out_pid=$!
	exec {err}> >(exec cat > $port_stderr)
	err_pid=$!
	# In the foreground: bash starts background commands with SIGINT ignored, and that is
	# inherited. In a session of its own, whose leftovers can be found.
	(
		echo $BASHPID > /run/session
		exec setsid bash "./$script" < /dev/null >&"$out" 2>&"$err" {out}>&- {err}>&-
	)
	status=$?
	exec {out}>&- {err}>&-

	# What SCRIPT left running must not keep the pipes open for ever. Ten seconds suffice for
	# what is still in the pipes; a process that is stuck in the kernel would need more than
	# any wait.
	pkill -KILL --session "$(< /run/session)"
	for pid in $out_pid $err_pid; do
		timeout 10 tail --pid="$pid" -s 0.05 -f /dev/null
	done
}

# overlay_test() in host/image.sh writes these
script='' devices=() environment=()
# shellcheck source=/dev/null
source /lab/config
