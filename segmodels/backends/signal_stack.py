"""Signals while OpenVINO is loaded."""

import contextlib
import ctypes
import sys
from collections.abc import Iterator

SS_DISABLE = 2


class StackDescription(ctypes.Structure):
    """`stack_t` of sigaltstack(2)."""

    _fields_ = (("address", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t))


@contextlib.contextmanager
def signal_stack_kept() -> Iterator[None]:
    """Give this thread back the alternate signal stack that it had before, as a rule none.

    OpenVINO's CPU plugin sets one of the smallest size that the processor asks for when it is loaded, and unmaps
    it when it goes, in whichever thread that happens. Python's signal handlers run on it: the next SIGTERM or
    ended child kills the process with SIGSEGV where it is too small or gone.
    """
    if sys.platform != "linux":
        yield
        return
    c_library = ctypes.CDLL(None, use_errno=True)
    before = StackDescription()
    c_library.sigaltstack(None, ctypes.byref(before))
    try:
        yield
    finally:
        if c_library.sigaltstack(ctypes.byref(before), None):
            # One that was too small as well, now that the plugin may use wide registers.
            c_library.sigaltstack(ctypes.byref(StackDescription(None, SS_DISABLE, 0)), None)
