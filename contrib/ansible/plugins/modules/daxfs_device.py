#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-only
"""Makes a DAX device what it shall be."""

DOCUMENTATION = r"""
module: daxfs_device
short_description: Makes a DAX device what it shall be
description:
  - Switches a DAX device between modes, changes its size and align, sets its memory online or offline,
    makes and destroys it, by C(daxfsctl). What is not asked for stays.
  - Each change is a transaction. A device that cannot become what was asked is as it was before, and the
    task fails with what daxfsctl says of it.
  - In check mode the change is planned by C(--dry-run), with all that would be refused, and nothing is
    written.
options:
  name:
    description:
      - The device, as C(dax0.0), or by what does not depend on the order in which devices are found,
        C(uuid:UUID), C(resource:0xADDRESS) or C(cxl:REGION). One device, no pattern.
    type: str
    required: true
  state:
    description:
      - With C(present), a device of that name that is not there, or is empty, is made of memory that its
        region has available. The kernel gives the names; when it would be another one, the task fails
        before anything is made.
      - With C(absent), its memory is given back to its region, and B(what it holds is lost). Device 0 of a
        region stays, empty, which counts as absent. An enabled device takes I(force).
    type: str
    choices: [present, absent]
    default: present
  mode:
    description: The mode. A device that is made is in C(devdax) without it.
    type: str
    choices: [devdax, famfs, system-ram]
  size:
    description:
      - Its size, in bytes or with C(K), C(M), C(G) or C(T). Dynamic devices only. A device that is made has
        all that is available without it.
    type: str
  align:
    description: Its align, as C(4K), C(2M) or C(1G). Dynamic devices only.
    type: str
  online:
    description:
      - Whether all of its memory is online, or none. For mode C(system-ram), in which a device is online
        unless this says otherwise.
    type: bool
  movable:
    description: Whether memory that is set online comes into zone Movable, from which it can go again.
    type: bool
    default: true
  force:
    description:
      - Switch a device that is in use all the same, set memory that is online offline first, go from
        C(system-ram) to C(famfs) without C(devdax) in between, destroy an enabled device.
    type: bool
    default: false
  shrink:
    description: A smaller size is meant, though what the end of the device holds is lost.
    type: bool
    default: false
  allow_capture:
    description: Go on though the driver would bind another device as well, which is disabled now.
    type: bool
    default: false
  discard_poison:
    description: Go on to C(system-ram) though poison is on record.
    type: bool
    default: false
  wait:
    description: Where the device is in use, try again for so many seconds until it is free.
    type: int
requirements:
  - daxfsctl on the machine
  - Python 3.6 on the machine
notes:
  - What a device is now is gone after a reboot; the role C(daxfs.daxfsctl.devices) makes it last.
author: The authors of daxfsctl
"""

EXAMPLES = r"""
- name: A file system gets the device
  daxfs.daxfsctl.daxfs_device:
    name: dax0.0
    mode: famfs
    wait: 60

- name: A quarter of the memory is the system's
  daxfs.daxfsctl.daxfs_device:
    name: dax0.1
    mode: system-ram
    size: 64G

- name: It goes back to the region
  daxfs.daxfsctl.daxfs_device:
    name: dax0.1
    state: absent
    force: true
"""

RETURN = r"""
name:
  description: The name that the device has.
  returned: when it is known
  type: str
  sample: dax0.0
result:
  description: What daxfsctl says, as C(changed), C(unchanged), C(would-change), C(refused), C(rolled-back).
  returned: when daxfsctl was asked to change something
  type: str
before:
  description: The device before, with mode, size, align, state, driver; null when there was none.
  returned: always, unless the call was wrong
  type: dict
after:
  description: The device afterwards; in check mode, as it would be, and null where only the kernel can tell.
  returned: always, unless the call was wrong
  type: dict
plan:
  description: The steps, each with what is written where.
  returned: in check mode, when there are any
  type: list
  elements: dict
id:
  description: What went wrong, as a word for programs, as C(in-use).
  returned: failure
  type: str
hint:
  description: What to do about it, or null.
  returned: failure
  type: str
override:
  description: The option of daxfsctl that permits it all the same, or null.
  returned: failure
  type: str
rc:
  description: The exit status of daxfsctl; 5 is a device that is in use.
  returned: failure
  type: int
errors:
  description: All errors, as daxfsctl-json(5) describes them under ERROR.
  returned: failure
  type: list
  elements: dict
"""

import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.daxfs.daxfsctl.plugins.module_utils.daxfsctl import Daxfsctl

SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "mode": {"type": "str", "choices": ["devdax", "famfs", "system-ram"]},
    "size": {"type": "str"},
    "align": {"type": "str"},
    "online": {"type": "bool"},
    "movable": {"type": "bool", "default": True},
    "force": {"type": "bool", "default": False},
    "shrink": {"type": "bool", "default": False},
    "allow_capture": {"type": "bool", "default": False},
    "discard_poison": {"type": "bool", "default": False},
    "wait": {"type": "int"},
}
DRIVERS = {"devdax": "device_dax", "famfs": "fsdev_dax", "system-ram": "kmem"}


# What a result has of a device, before and after
KEYS = ("chardev", "mode", "size", "align", "state", "driver", "mappings", "memory")


def kept(device):
    return device and {key: device[key] for key in KEYS if key in device}


def is_there(device):
    """A device of size 0 is one that the kernel keeps for the next creation."""
    return device is not None and device["size"] > 0


def online_blocks(device):
    return ((device or {}).get("memory") or {}).get("online_blocks", 0)


def shown(device):
    """What a diff shows."""
    if not is_there(device):
        return {"state": "absent"}
    result = {key: device[key] for key in ("mode", "size", "align", "state")}
    if device.get("memory"):
        result["online_blocks"] = device["memory"]["online_blocks"]
    return result


class Device:
    """A device on its way: what it was, what it is by now, and what was done."""

    def __init__(self, module):
        self.module = module
        self.wish = module.params
        self.daxfsctl = Daxfsctl(module)
        self.result = {}
        self.notes = []
        self.plan = []
        self.changed = False
        self.name = self.wish["name"]
        if self.name == "all" or re.search(r"[*?\[]", self.name):
            module.fail_json(msg=f"name: '{self.name}' is a pattern, and this is for one device")
        self.before = self.now = self.look()

    def look(self):
        """The device as it is, None when it is not there."""
        document, status = self.daxfsctl.call("list", "--mappings", "--memory", "--idle", "--", self.name)
        devices = document["devices"]
        if status != 0 and not self.is_missing(document):
            self.daxfsctl.fail(document, status)
        if len(devices) > 1:
            self.module.fail_json(msg=f"name: '{self.name}' is " +
                                  " and ".join(device["chardev"] for device in devices))
        if not devices:
            return None
        self.name = devices[0]["chardev"]
        return kept(devices[0])

    def is_missing(self, document):
        """What is missing can be absent, and can be made if it has a name that the kernel could give."""
        error = document["errors"][0]
        self.name = error["device"] or self.name
        return error["id"] == "no-device" and (error["device"] or self.wish["state"] == "absent")

    # ---- what the options say

    def flags(self, *names):
        return [f"--{name.replace('_', '-')}" for name in names if self.wish[name]]

    def waiting(self):
        return [] if self.wish["wait"] is None else ["--wait", str(self.wish["wait"])]

    def zone(self):
        return [] if self.wish["movable"] else ["--no-movable"]

    def shape(self):
        """Mode, size and align, as both commands take them that make a device so."""
        result = []
        for key in ("mode", "size", "align"):
            if self.wish[key] is not None:
                result += [f"--{key}", self.wish[key]]
        if self.wish["mode"] == "system-ram":
            # either of them, for there is no zone without memory that is online
            result += ["--no-online"] if self.wish["online"] is False else self.zone()
        return result + self.flags("allow_capture")

    # ---- what is done

    def refuse(self, word, message):
        """An error of the module's own, told as those of daxfsctl are."""
        error = dict.fromkeys(("step", "path", "errno", "hint", "override"))
        error.update(id=word, device=self.name, message=message)
        self.daxfsctl.fail({"errors": [error]}, 3, **self.state())

    def change(self, command, *arguments):
        dry_run = ["--dry-run"] if self.module.check_mode else []
        document, status = self.daxfsctl.call(command, *dry_run, *arguments)
        told = document["devices"][0] if document["devices"] else {}
        self.result["result"] = told.get("result")
        self.notes += told.get("notes", [])
        self.plan += told.get("plan", [])
        # what failed and could not be put back has changed as well
        self.changed |= told.get("result") in ("changed", "would-change", "failed")
        if told.get("result") == "would-change":
            self.now = self.foreseen(told["plan"])
        elif told.get("result") in ("changed", "unchanged", "failed"):
            self.now = told["after"] and dict(kept(told["after"]), chardev=told["chardev"])
        if status != 0:
            self.daxfsctl.fail(document, status, **self.state())
        return told

    def foreseen(self, plan):
        """What the plan makes of the device, as far as that can be told before."""
        if self.wish["state"] == "absent":
            return None
        device = dict(self.now or {"chardev": self.name, "size": None, "align": None})
        written = {step["step"]: step["value"] for step in plan}
        mode = self.wish["mode"] or device.get("mode")
        if "bind" in written or "new-id" in written:
            mode = mode or "devdax"
            device.update(mode=mode, driver=DRIVERS.get(mode), state="enabled")
        for key in ("size", "align"):
            if key in written:
                device[key] = int(written[key])
                device.pop("mappings", None)
        if mode != "system-ram":
            device.pop("memory", None)
        elif device.get("memory"):
            online = self.wish["online"] is not False
            device["memory"] = dict(device["memory"], online_blocks=device["memory"]["total_blocks"]
                                    if online else 0)
        return device

    def make(self):
        name = self.name
        region = re.match(r"dax([0-9]+)\.", name)[1]
        arguments = ["create-device", "--region", region, *self.shape()]
        document, status = self.daxfsctl.call(*arguments, "--dry-run")
        if status != 0:
            self.daxfsctl.fail(document, status, **self.state())
        would_be = document["devices"][0]["chardev"]
        if would_be != name:
            self.refuse("no-device", f"{name}: there is no such device, and the next one that region {region} "
                                     f"makes is {would_be}")
        made = self.change(*arguments)
        self.name = made["chardev"]
        if self.name != name:
            self.refuse("no-device", f"{name}: somebody else makes devices in region {region}, and it became "
                                     f"{self.name}")

    def reconfigure(self):
        arguments = self.shape()
        if not is_there(self.now) and self.wish["mode"] is None:
            arguments += ["--mode", "devdax"]
        self.change("reconfigure-device", *arguments, *self.waiting(),
                    *self.flags("force", "shrink", "discard_poison"), "--", self.name)

    def set_memory(self):
        if self.wish["online"]:
            self.change("online-memory", *self.zone(), *self.waiting(), "--", self.name)
        else:
            self.change("offline-memory", *self.waiting(), "--", self.name)

    def be_present(self):
        if self.now is None or (not is_there(self.now) and self.wish["size"] is None):
            self.make()
        elif not is_there(self.now) or any(self.wish[key] is not None
                                           for key in ("mode", "size", "align")):
            self.reconfigure()
        # A device that is in system-ram keeps the memory online that is. With the mode the rest is done.
        online = self.wish["online"]
        if online is not None and (self.wish["mode"] is None or
                                   (not online and online_blocks(self.now) > 0)):
            self.set_memory()

    def be_absent(self):
        if is_there(self.now):
            self.change("destroy-device", *self.waiting(), *self.flags("force"), "--", self.name)

    def state(self):
        diff = {"before": shown(self.before), "after": shown(self.now),
                "before_header": self.name, "after_header": self.name}
        result = dict(self.result, name=self.name, before=self.before, after=self.now, diff=diff,
                      changed=self.changed)
        if self.module.check_mode and self.plan:
            result["plan"] = self.plan
        return result


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    device = Device(module)
    if module.params["state"] == "absent":
        device.be_absent()
    else:
        device.be_present()
    for note in device.notes:
        module.warn(note)
    module.exit_json(**device.state())


if __name__ == "__main__":
    main()
