#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-only
"""Tells what DAX devices there are."""

DOCUMENTATION = r"""
module: daxfs_info
short_description: Tells what DAX devices and regions a machine has
description:
  - Returns what C(daxfsctl list --json) prints. Nothing is changed.
options:
  name:
    description:
      - Devices to tell of, as C(dax0.0), C(dax1.*), or C(uuid:), C(resource:), C(cxl:) with what belongs
        there; without it, all that are not idle.
      - A device that is named and not there is an error.
    type: list
    elements: str
    default: []
  region:
    description: Only devices of this region, as C(0).
    type: str
  mode:
    description: Only devices in this mode; C(other) and C(none) are those with another driver, and with none.
    type: str
    choices: [devdax, famfs, system-ram, other, none]
  kind:
    description: Only devices on memory of this kind.
    type: str
    choices: [pmem, hmem, cxl, other]
  idle:
    description: Whether to tell of idle devices of size 0 as well.
    type: bool
    default: false
  regions:
    description: Whether to tell of regions as well.
    type: bool
    default: false
  details:
    description: Whether to tell of addresses, numbers of nodes and journals, as C(-v) does.
    type: bool
    default: false
  sections:
    description: What to tell of each device besides. Each of these costs something.
    type: list
    elements: str
    choices: [backing, mappings, memory, poison, users]
    default: []
requirements:
  - daxfsctl on the machine
  - Python 3.6 on the machine
notes:
  - What only root may see is null to other users.
author: The authors of daxfsctl
"""

EXAMPLES = r"""
- name: What is there
  daxfs.daxfsctl.daxfs_info:
    sections: [memory]
    regions: true
  register: dax

- name: No device is without a driver
  ansible.builtin.assert:
    that: dax.devices | selectattr('mode', 'none') | length == 0
"""

RETURN = r"""
devices:
  description: The devices, as daxfsctl-json(5) describes them under DEVICE.
  returned: success
  type: list
  elements: dict
  sample:
    - chardev: dax0.0
      size: 536870912
      mode: famfs
      state: enabled
regions:
  description: The regions, as daxfsctl-json(5) describes them under REGION.
  returned: success, with I(regions)
  type: list
  elements: dict
id:
  description: What went wrong, as a word for programs, as C(no-device).
  returned: failure
  type: str
rc:
  description: The exit status of daxfsctl.
  returned: failure
  type: int
errors:
  description: All errors, as daxfsctl-json(5) describes them under ERROR.
  returned: failure
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.daxfs.daxfsctl.plugins.module_utils.daxfsctl import Daxfsctl

SPEC = {
    "name": {"type": "list", "elements": "str", "default": []},
    "region": {"type": "str"},
    "mode": {"type": "str", "choices": ["devdax", "famfs", "system-ram", "other", "none"]},
    "kind": {"type": "str", "choices": ["pmem", "hmem", "cxl", "other"]},
    "idle": {"type": "bool", "default": False},
    "regions": {"type": "bool", "default": False},
    "details": {"type": "bool", "default": False},
    "sections": {"type": "list", "elements": "str", "default": [],
                 "choices": ["backing", "mappings", "memory", "poison", "users"]},
}


def arguments(params):
    result = ["list"]
    for key in ("region", "mode", "kind"):
        if params[key]:
            result += [f"--{key}", params[key]]
    if params["regions"]:
        result += ["--regions", "--devices"]
    if params["idle"]:
        result.append("--idle")
    if params["details"]:
        result.append("-v")
    result += [f"--{section}" for section in params["sections"]]
    return result + ["--"] + params["name"]


def main():
    module = AnsibleModule(argument_spec=SPEC, supports_check_mode=True)
    daxfsctl = Daxfsctl(module)
    document, status = daxfsctl.call(*arguments(module.params))
    found = {key: document[key] for key in ("devices", "regions") if key in document}
    if status != 0:
        daxfsctl.fail(document, status, **found)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
