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
mkdir -p /root/.ssh
chmod 700 /root/.ssh
cp key.pub /root/.ssh/authorized_keys
systemctl start systemd-networkd.service ssh.service
until [[ -e /run/finished ]]; do
	sleep 1
done
check no_complaint_of_the_kernel dmesg_clean
finish
