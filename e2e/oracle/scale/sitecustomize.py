"""Makes every process of a recorded run live faster, spawned ones included.

Python imports this module by itself when its folder is in PYTHONPATH. The environment says

    FUTURESCOPE_SCALE       every sleep lasts so many times as long as the program says
    FUTURESCOPE_TOLERANCE   seconds by which a sleep may be late, or a thread wait for a processor
    FUTURESCOPE_DISTURBED   a file that gets a line when it was more than that

A process that starts from nothing runs only the bodies of tasks, which sleep; the timeouts of
library calls are multiplied by `observe.py`, in the one process that makes such calls.
"""

import os


def disturbed(what):
    """Notes that the machine was too slow for this run to prove anything."""
    path = os.environ.get("FUTURESCOPE_DISTURBED")
    if path:
        # One write to a file opened for appending is whole, whoever else writes.
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(file, f"{what}\n".encode())
        os.close(file)


def waited_for_processor(thread="thread-self"):
    """Seconds for which a thread could have run, and had no processor to run on."""
    try:
        # Not `open`: it imports a codec, and whoever forks in that moment has a child in which that
        # import never ends.
        file = os.open(f"/proc/{thread}/schedstat", os.O_RDONLY)
        try:
            return int(os.read(file, 100).split()[1]) / 1e9
        finally:
            os.close(file)
    except (OSError, IndexError):
        # The kernel does not count, or the thread is no more.
        return 0.0


def _install(scale, tolerance):
    import threading
    import time

    really_sleep = time.sleep
    local = threading.local()

    def sleep(seconds):
        span = seconds * scale
        # A sleep that begins late ends late, and knows nothing of it.
        waited = waited_for_processor()
        if waited - getattr(local, "waited", 0.0) > tolerance:
            disturbed("a sleep began late")
        local.waited = waited
        start = time.monotonic()
        really_sleep(span)
        late = time.monotonic() - start - span
        if late > tolerance:
            disturbed(f"a sleep was {late:.3f} s late")

    time.sleep = sleep

    really_init = threading.Timer.__init__

    def init(self, interval, function, args=None, kwargs=None):
        really_init(self, interval * scale, function, args, kwargs)

    threading.Timer.__init__ = init


if "FUTURESCOPE_SCALE" in os.environ:
    _install(
        float(os.environ["FUTURESCOPE_SCALE"]),
        float(os.environ.get("FUTURESCOPE_TOLERANCE", "inf")),
    )
