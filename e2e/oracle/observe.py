"""Runs a scenario's Python text, unchanged, several times, and writes down what each run did.

    python observe.py TEXT.py LINES.json SCENARIO.json OUT SECONDS START_METHOD RUNS

The text becomes the real `__main__`: children that are forked, or that import it, find its functions
as if nobody watched. What the library is asked *from the text's own lines* is noted on its way
through (`patches.py`, `record.py`); what the library does inside stays as it is.

    text ──calls──▶ patched method ──▶ CPython's own
                          └──▶ record.Record ──atexit──▶ OUT/0.json, OUT/1.json …

SECONDS is when a run that is not over hangs. START_METHOD is what `multiprocessing` has for its
default: versions differ in theirs, and a recording says which it was.

Each run is a process of its own, forked before it has done anything: importing the library takes
longer than most runs. Each file holds the interpreter's version, what was seen, and why this run
proves nothing, if so.
"""

import atexit
import multiprocessing
import os
import select
import signal
import sys
import threading
import time
import traceback

import patches
import record

# Seconds between a run's own end of patience and ours.
GRACE = 5.0


def main():
    """What the module's page says."""
    text, lines, scenario, out, deadline, start_method, runs = sys.argv[1:]
    multiprocessing.set_start_method(start_method)
    # What fails for the first time imports much; no worker of a run is to be late for that.
    try:
        raise ValueError(text)
    except ValueError:
        traceback.format_exc()
    for nth in range(int(runs)):
        file = os.path.join(out, f"{nth}.json")
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            return observe(text, record.Record(text, lines, scenario, file), float(deadline))
        clean_up(pid, float(deadline) + GRACE)
    return None


def clean_up(pid, patience):
    """Waits for a run, and leaves nothing of it behind."""
    run = os.pidfd_open(pid)
    select.select([run], [], [], patience)
    os.close(run)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(pid, 0)


def observe(text, seen, deadline):
    """One run, in a process of its own."""
    os.environ["FUTURESCOPE_DISTURBED"] = seen.out + ".disturbed"
    # What the library registered so far was for this process's parent, and hooks run from the last
    # to the first: this one is behind all that a run registers, and before nothing.
    atexit.register(seen.write)
    atexit.unregister(multiprocessing.util._exit_function)
    atexit.register(multiprocessing.util._exit_function)
    patches.install(seen)
    watch(seen, deadline)
    run(seen, text)


def watch(seen, deadline):
    """Ends a run that does not end, and notices when the machine stands still."""
    tolerance = float(os.environ.get("FUTURESCOPE_TOLERANCE", "inf"))
    pause = 0.01
    mains = f"self/task/{threading.get_native_id()}"
    try:
        from sitecustomize import waited_for_processor
    except ImportError:
        # Nobody put its folder into PYTHONPATH: this run lives at its own pace.
        def waited_for_processor(_):
            return 0.0

    def look():
        waited = waited_for_processor(mains)
        start = now = time.monotonic()
        never = threading.Event()
        while now - start < deadline:
            never.wait(pause)
            before, now = now, time.monotonic()
            if now - before - pause > tolerance:
                seen.disturb(f"this process stood still for {now - before:.3f} s")
            known, waited = waited, waited_for_processor(mains)
            if waited - known > tolerance:
                seen.disturb(f"main had no processor for {waited - known:.3f} s")
        seen.hangs()

    threading.Thread(target=look, name="watchdog", daemon=True).start()


def run(seen, text):
    """Executes the text as `__main__`, and notes how it ends."""
    with open(text, encoding="utf-8") as file:
        source = file.read()
    module = type(sys)("__main__")
    module.__file__ = text
    module.__builtins__ = __builtins__
    # This module goes on living under another name; its functions need its globals.
    sys.modules["observe"] = sys.modules["__main__"]
    sys.modules["__main__"] = module
    sys.path[0] = os.path.dirname(os.path.abspath(text))
    sys.argv = [text]
    try:
        code = compile(source, text, "exec", dont_inherit=True)
    except SyntaxError as error:
        return seen.cannot_tell(f"the text is no Python: {error}")
    seen.begin(sys.settrace)
    try:
        exec(code, module.__dict__)
    except BaseException as error:
        sys.settrace(None)
        seen.end = {"raised": seen.words(error)}
        # As the interpreter does: what the frames hold lives until the very end.
        sys.last_value = error
        sys.excepthook(type(error), error, error.__traceback__)
    else:
        sys.settrace(None)
        seen.end = "returned"
    return None


if __name__ == "__main__":
    main()
