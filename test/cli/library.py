#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""library.py LIBRARY DAXFSCTL TREES

The library, as another language calls it, tells of each tree recorded in TREES what `daxfsctl list --json` does.
"""
import ctypes
import json
import os
import subprocess
import sys

KEYS = ("chardev", "size", "align", "mode", "driver", "kind", "region", "path")


def load(path):
    library = ctypes.CDLL(path)
    for function in ("device_get_driver", "device_get_name", "device_get_path", "kind_to_string", "mode_to_string"):
        getattr(library, f"daxfs_{function}").restype = ctypes.c_char_p
    for function in ("device_get_align", "device_get_size"):
        getattr(library, f"daxfs_{function}").restype = ctypes.c_bool
    return library


def number(device, key):
    value = ctypes.c_uint64()
    return value.value if getattr(lib, f"daxfs_device_get_{key}")(device, ctypes.byref(value)) else None


def text(value):
    return value and value.decode()


def told(device):
    driver = text(lib.daxfs_device_get_driver(device))
    return dict(zip(KEYS, (
        text(lib.daxfs_device_get_name(device)),
        number(device, "size"),
        number(device, "align"),
        driver and text(lib.daxfs_mode_to_string(lib.daxfs_device_get_mode(device))),
        driver,
        text(lib.daxfs_kind_to_string(lib.daxfs_device_get_kind(device))),
        lib.daxfs_device_get_region_id(device),
        text(lib.daxfs_device_get_path(device)),
    )))


def devices(tree):
    ctx = ctypes.c_void_p()
    names = ctypes.POINTER(ctypes.c_char_p)()
    n = ctypes.c_size_t()
    found = []
    assert lib.daxfs_ctx_new(ctypes.byref(ctx)) == 0
    assert lib.daxfs_ctx_set_sysroot(ctx, tree.encode()) == 0
    assert lib.daxfs_list_devices(ctx, ctypes.byref(names), ctypes.byref(n)) == 0
    for name in names[:n.value]:
        device = ctypes.c_void_p()
        if lib.daxfs_device_new(ctx, name, 0, ctypes.byref(device)) < 0:
            continue  # gone meanwhile, as the program sees it
        found.append(told(device))
        lib.daxfs_device_unref(device)
    lib.daxfs_free_names(names)
    lib.daxfs_ctx_unref(ctx)
    return found


_, library, program, trees = sys.argv
lib = load(library)
total = 0
for name in sorted(os.listdir(trees)):
    tree = os.path.join(trees, name)
    document = json.loads(subprocess.run([program, "--sysroot", tree, "list", "--json", "--idle"],
                                         stdout=subprocess.PIPE, check=True).stdout)
    here = devices(tree)
    total += len(here)
    there = [{key: device[key] for key in KEYS} for device in document["devices"]]
    assert here == there, f"{name}: the library: {here}, the program: {there}"
assert total > 0, "no tree has a device"
print(f"{total} devices")
