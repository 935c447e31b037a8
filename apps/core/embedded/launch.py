"""Run a command as a supervised child. A script of its own, without Django: it ends in exec.

    python -I -S launch.py [--uid N] [--death-signal N] -- command …

The child is told to stop when its parent dies (Linux). With ``--uid`` root becomes that user but keeps, as
ambient capabilities, the right to read and write everywhere: PostgreSQL, which refuses to run as root, then
works in a folder that only root may enter, and no folder's permissions need loosening.
"""

import ctypes
import os
import pwd
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 1 << 2  # else access(2), with which PostgreSQL looks for its programs, ignores what we keep
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_KEPT_CAPABILITIES = (1, 2)  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_UINT32_MAX = 0xFFFFFFFF


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    ]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _permitted(libc: ctypes.CDLL) -> int:
    header, sets = _Header(_CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    libc.capget(ctypes.byref(header), sets)
    return int(sets[0].permitted)


def _keep(libc: ctypes.CDLL, mask: int) -> None:
    header, sets = _Header(_CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    sets[0].effective = sets[0].permitted = sets[0].inheritable = mask
    libc.capset(ctypes.byref(header), sets)
    for capability in _KEPT_CAPABILITIES:
        if mask & (1 << capability):
            libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def become(uid: int) -> None:
    """Become ``uid`` for good. Where capabilities cannot be kept (macOS, strict containers) go on without."""
    gid = pwd.getpwuid(uid).pw_gid
    libc = _libc() if sys.platform == "linux" else None
    mask = 0
    if libc is not None:
        mask = _permitted(libc) & sum(1 << capability for capability in _KEPT_CAPABILITIES)
        libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP | 1 << 4, 0, 0, 0)  # 1 << 4: keep capabilities
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc is not None and mask:
        _keep(libc, mask)


def stop_with_parent(parent: int, number: int) -> None:
    """Ask the kernel for signal ``number`` when the parent dies; leave at once if it is dead already."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit(1)


def main(arguments: list[str]) -> None:
    parent = os.getppid()
    split = arguments.index("--")
    options = dict(zip(arguments[:split:2], arguments[1:split:2], strict=True))
    command = arguments[split + 1 :]
    if "--uid" in options:
        become(int(options["--uid"]))
    if "--death-signal" in options:  # after become(): a change of user clears it
        stop_with_parent(parent, int(options["--death-signal"]))
    for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the parent may have blocked some for itself
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
