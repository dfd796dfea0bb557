"""A disk that is nearly full, as far as this process can tell."""

import contextlib
import resource
import signal


@contextlib.contextmanager
def small_disk(size):
    """No file may become larger than ``size`` bytes meanwhile: OSError, as from a full disk.

    It must end before the test does, or pytest could not write its own output, which may be a larger file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
