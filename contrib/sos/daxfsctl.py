# SPDX-License-Identifier: GPL-2.0-only
"""sos report: DAX devices, by daxfsctl. It belongs into sos/report/plugins."""
from sos.report.plugins import DebianPlugin, Plugin, RedHatPlugin, SuSEPlugin, UbuntuPlugin


# Not IndependentPlugin: with sos 4.0 of Debian 12 that is for no Debian.
class Daxfsctl(Plugin, DebianPlugin, RedHatPlugin, SuSEPlugin, UbuntuPlugin):

    short_desc = "DAX devices and their modes"

    plugin_name = "daxfsctl"
    profiles = ("hardware", "memory", "storage")
    packages = ("daxfsctl",)
    commands = ("daxfsctl",)

    def setup(self):
        self.add_copy_spec([
            "/etc/daxctl.conf.d",
            "/etc/daxfsctl.conf.d",
            "/run/daxfsctl",
        ])
        # None of these changes anything, or waits for a switch that is under way.
        self.add_cmd_output([
            "daxfsctl version",
            "daxfsctl list --idle --devices --regions",
            "daxfsctl list -v --json --idle --mappings --memory --users --poison --backing",
            "daxfsctl check-device all",
            "daxfsctl config show",
            "daxfsctl doctor",
            "daxfsctl metrics",
            "modinfo fsdev_dax",
        ])
        # unpacked, it is what --sysroot of daxfsctl reads
        self.add_cmd_output(f"daxfsctl dump -o {self.get_cmd_output_path()}/dump.tar")
