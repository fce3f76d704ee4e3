"""File permissions as the node meets them: root's tests would pass where an ordinary account is refused."""

import ctypes
import os
from typing import Final

VERSION_3: Final = 0x20080522
DAC_OVERRIDE: Final = 1
DAC_READ_SEARCH: Final = 2
"""Of capabilities(7)."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def give_up_override() -> None:
    """From here on this process meets file permissions, root or not. What it starts begins anew.

    OSError where the kernel does not let it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(VERSION_3, 0), (_Sets * 2)()
    if libc.capget(ctypes.byref(header), sets) == 0:
        sets[0].effective &= ~(1 << DAC_OVERRIDE | 1 << DAC_READ_SEARCH)
        if libc.capset(ctypes.byref(header), sets) == 0:
            return
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
