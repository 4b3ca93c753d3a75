# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# SCRIPT of test/vm/run in each of the machines of test/ansible/run: lets that log in, until it has
# made /run/finished.
# shellcheck source=test/vm/lib.sh
source ./lib.sh

# what QEMU's network expects without DHCP
cat > /etc/systemd/network/lab.network <<-'END'
	[Match]
	Driver=virtio_net

	[Network]
	Address=10.0.2.15/24
END
# Ansible sends its library with each task, as source. To compile it takes an emulated processor most of
# the task's time, so what came out is kept.
cat >> "$(echo /etc/python3.*/sitecustomize.py)" <<-'END'
	import _imp, marshal, os, zipimport

	def compile_source(path, source, compile=zipimport._compile_source):
	    kept = "/run/compiled/" + _imp.source_hash(0, source).hex()
	    try:
	        with open(kept, "rb") as file:
	            return marshal.load(file)
	    except OSError:
	        code = compile(path, source)
	    with open(f"{kept}.{os.getpid()}", "wb") as file:
	        marshal.dump(code, file)
	    os.rename(file.name, kept)
	    return code

	zipimport._compile_source = compile_source
END
mkdir -p /run/compiled
mkdir -p /root/.ssh
chmod 700 /root/.ssh
cp key.pub /root/.ssh/authorized_keys
systemctl start systemd-networkd.service ssh.service
until [[ -e /run/finished ]]; do
	sleep 1
done
check no_complaint_of_the_kernel dmesg_clean
finish
