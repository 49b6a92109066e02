"""Puts an observer in front of the library's methods.

Each patched method asks first whether a line of the text calls it; all other calls, the library's own
among them, go straight through. Timeouts are multiplied here, since only the text's are in the
scenario's seconds.
"""

import builtins
import functools
import os
import sys
import threading

import concurrent.futures
import multiprocessing.pool
import multiprocessing.process
from concurrent.futures import _base, process, thread

from record import Call, Sets


def install(seen):
    """Puts everything in place."""
    seen.really_exit = os._exit
    os._exit = exits(seen, os._exit)
    builtins.print = prints(seen, builtins.print)
    threading.excepthook = thread_ends(seen, threading.excepthook)
    patch_waiting(seen)
    patch_executors(seen)
    patch_futures(seen)
    patch_pool(seen)


def caller():
    """The frame of whoever called the patched method."""
    return sys._getframe(2)


# The world around


def exits(seen, really):
    @functools.wraps(really)
    def _exit(code):
        if not seen.by_text(caller()):
            really(code)
        current = getattr(seen.local, "current", None)
        call = getattr(current[0], "observed", None) if current else None
        by = call.name if call is not None else "main"
        seen.end = {"exiting": {"code": code, "by": by}}
        seen.leave(code)

    return _exit


def prints(seen, really):
    @functools.wraps(really)
    def print(*values, sep=" ", **rest):
        frame = caller()
        # What is printed for the reader alone is no line of the scenario's.
        if seen.by_text(frame) and seen.does(frame, "print"):
            text = (" " if sep is None else sep).join(map(str, values))
            if seen.by_main(frame):
                seen.moment(printed=text)
            else:
                seen.callback_lines.append(text)
        really(*values, sep=sep, **rest)

    return print


def thread_ends(seen, really):
    """A thread of the library's own that dies takes its pool with it."""

    def excepthook(args):
        # Pool's handlers have no names that say so, but their functions do.
        frames = []
        traceback = args.exc_traceback
        while traceback is not None:
            frames.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        handlers = {"_handle_results", "_handle_tasks", "_handle_workers"}
        manager = isinstance(args.thread, process._ExecutorManagerThread)
        if manager or handlers.intersection(frames):
            seen.broken = True
        return really(args)

    return excepthook


def patch_waiting(seen):
    """Other ways of waiting for at most so long."""

    def with_timeout(owner, name):
        really = getattr(owner, name)

        @functools.wraps(really)
        def method(self, timeout=None):
            return really(self, seen.scaled(timeout) if seen.by_text(caller()) else timeout)

        setattr(owner, name, method)

    with_timeout(threading.Thread, "join")
    with_timeout(threading.Event, "wait")
    with_timeout(multiprocessing.process.BaseProcess, "join")


# Executors


def patch_executors(seen):
    for owner in (thread.ThreadPoolExecutor, process.ProcessPoolExecutor):
        patch_submit(seen, owner)
    for owner in (_base.Executor, process.ProcessPoolExecutor):
        patch_map(seen, owner)
    patch_breaking(seen, process._ExecutorManagerThread, "terminate_broken")
    patch_breaking(seen, thread.ThreadPoolExecutor, "_initializer_failed")

    really_run = thread._WorkItem.run

    def run(self, *args):
        seen.local.current = [self.future, 0]
        try:
            return really_run(self, *args)
        finally:
            seen.local.current = None

    thread._WorkItem.run = run


def patch_breaking(seen, owner, name):
    really = getattr(owner, name)

    @functools.wraps(really)
    def method(self, *args):
        if os.getpid() == seen.home:
            seen.broken = True
        return really(self, *args)

    setattr(owner, name, method)


def patch_submit(seen, owner):
    really = owner.submit

    @functools.wraps(really)
    def submit(self, /, *args, **kwargs):
        frame = caller()
        chunks = getattr(seen.local, "chunks", None)
        by_text = seen.by_text(frame)
        if not by_text and (chunks is None or os.getpid() != seen.home):
            return really(self, *args, **kwargs)
        try:
            future = really(self, *args, **kwargs)
        except BaseException as error:
            if seen.by_main(frame) or (chunks is not None and chunks.by_main):
                seen.refused(error)
            raise
        if by_text:
            future.observed = seen.submitted(frame, future)
        else:
            future.observed = chunks.submitted(future)
        return future

    owner.submit = submit


class Chunks:
    """The calls of one `map`, as they are submitted."""

    def __init__(self, seen, tasks, size, by_main):
        self.seen = seen
        self.by_main = by_main
        self.names = seen.chunks(tasks, size)
        self.size = size
        self.calls = []
        # Whether its calls' values are lists of items.
        self.lists = False

    def submitted(self, future=None):
        call = self.seen.add(Call(next(self.names), future))
        call.is_list = self.lists
        self.calls.append(call)
        return call


def patch_map(seen, owner):
    if "map" not in vars(owner):
        return
    really = owner.map

    @functools.wraps(really)
    def map(self, fn, *iterables, timeout=None, chunksize=1, **rest):
        frame = caller()
        tasks = seen.does(frame, "map") if seen.by_text(frame) else []
        if not tasks:
            return really(self, fn, *iterables, timeout=timeout, chunksize=chunksize, **rest)
        size = chunksize if isinstance(self, process.ProcessPoolExecutor) else 1
        by_main = seen.by_main(frame)
        chunks = Chunks(seen, tasks[0], size, by_main)
        chunks.lists = isinstance(self, process.ProcessPoolExecutor)
        number = next(seen.iterators)
        seen.local.chunks = chunks
        try:
            results = really(
                self, fn, *iterables, timeout=seen.scaled(timeout), chunksize=chunksize, **rest
            )
        finally:
            seen.local.chunks = None
        return Mapped(seen, results, chunks)

    owner.map = map


class Iterator:
    """An iterator of the library's, with somebody who looks at what it gives."""

    def __init__(self, seen, iterator):
        self.seen = seen
        self.iterator = iterator

    def __iter__(self):
        return self

    def __next__(self):
        return self.step(caller(), lambda: next(self.iterator))

    def close(self):
        return self.iterator.close()

    def step(self, frame, take):
        by_main = self.seen.by_main(frame)
        try:
            value = take()
        except StopIteration:
            if by_main:
                self.nothing()
            raise
        except BaseException as error:
            if self.failed(error) and by_main:
                self.nothing()
                self.seen.moment(next_raised=self.seen.words(error))
            raise
        self.gave(value, by_main)
        return value

    def nothing(self):
        """`next` had nothing to give."""

    def failed(self, error):
        """`next` raised. Whether that is something to tell."""
        return True

    def gave(self, value, by_main):
        raise NotImplementedError


class Mapped(Iterator):
    """What `Executor.map` returns."""

    def __init__(self, seen, iterator, chunks):
        super().__init__(seen, iterator)
        self.chunks = chunks
        self.given = 0

    def gave(self, value, by_main):
        chunk, item = divmod(self.given, self.chunks.size)
        self.given += 1
        if by_main:
            self.seen.main.append(("mapped", self.chunks.calls[chunk], item))


class Completed(Iterator):
    """What `as_completed` returns."""

    def __init__(self, seen, iterator, futures, number):
        super().__init__(seen, iterator)
        self.futures = futures
        self.number = number
        self.tied = None

    def nothing(self):
        if self.tied is None:
            self.tied = frozenset()
        self.seen.sight(nothing=self.number)

    def gave(self, future, by_main):
        if self.tied is None:
            # Those that were done when the first `next` looked are not among its `pending`.
            pending = self.iterator.gi_frame.f_locals["pending"]
            self.tied = frozenset(id(f) for f in self.futures if f not in pending)
            self.futures = None
        if by_main:
            tied = id(future) in self.tied
            self.seen.main.append(("completed", future.observed, self.number, tied))


def patch_futures(seen):
    really_completed = _base.as_completed

    @functools.wraps(really_completed)
    def as_completed(fs, timeout=None):
        if not seen.by_text(caller()):
            return really_completed(fs, timeout)
        fs = list(fs)
        iterator = really_completed(fs, seen.scaled(timeout))
        return Completed(seen, iterator, fs, next(seen.iterators))

    really_wait = _base.wait

    @functools.wraps(really_wait)
    def wait(fs, timeout=None, return_when=_base.ALL_COMPLETED):
        frame = caller()
        if not seen.by_text(frame):
            return really_wait(fs, timeout, return_when)
        sets = really_wait(fs, seen.scaled(timeout), return_when)
        if seen.by_main(frame):
            done, not_done = ([f.observed for f in fs] for fs in sets)
            seen.main.append(("waited", done, not_done))
        return sets

    for module in (_base, concurrent.futures):
        module.as_completed, module.wait = as_completed, wait

    future = _base.Future
    for method in ("result", "exception"):
        setattr(future, method, asks_in_time(seen, getattr(future, method), method, TimeoutError))
    for method in ("done", "running", "cancelled", "cancel"):
        setattr(future, method, asks(seen, getattr(future, method), method))
    really_set = future.set_result

    @functools.wraps(really_set)
    def set_result(self, result):
        # `map` takes a chunk's values out of its list, one after the other.
        self.observed_result = list(result) if type(result) is list else result
        return really_set(self, result)

    future.set_result = set_result
    really_repr = future.__repr__

    def __repr__(self):
        text, frame = really_repr(self), caller()
        # Printing a future for the reader is no question to it.
        if seen.by_main(frame) and seen.does(frame, "ask"):
            call = getattr(self, "observed", None)
            seen.asked(call, "repr", {"returned": repr(text)})
        return text

    future.__repr__ = __repr__
    patch_callbacks(seen, future)


def asks(seen, really, method):
    @functools.wraps(really)
    def ask(self):
        frame = caller()
        if not seen.by_main(frame) or only_shows(seen, frame):
            return really(self)
        try:
            answer = really(self)
        except BaseException as error:
            tell_of(seen, self, method, seen.raised(error))
            raise
        tell_of(seen, self, method, seen.returned(answer))
        return answer

    return ask


def only_shows(seen, frame):
    """Whether a line asks only in order to show the reader something."""
    return seen.does(frame, "show") and not seen.does(frame, "ask")


def asks_in_time(seen, really, method, time_out):
    """A question that may wait: `result`, `exception`, `get`."""

    @functools.wraps(really)
    def ask(self, timeout=None):
        frame = caller()
        if not seen.by_text(frame):
            return really(self, timeout)
        by_main = seen.by_main(frame) and not only_shows(seen, frame)
        try:
            answer = really(self, seen.scaled(timeout))
        except time_out as error:
            if by_main and not is_over(self):
                times_out(seen, self)
            elif by_main:
                tell_of(seen, self, method, seen.raised(error))
            raise
        except BaseException as error:
            if by_main:
                tell_of(seen, self, method, seen.raised(error))
            raise
        if by_main:
            # What `exception` returns was raised by the task.
            raised = isinstance(answer, BaseException) and method == "exception"
            tell_of(seen, self, method, seen.raised(answer) if raised else seen.returned(answer))
        return answer

    return ask


def is_over(result):
    """Whether a `TimeoutError` is the task's own."""
    if isinstance(result, _base.Future):
        return result._state == "FINISHED"
    return result.ready()


def tell_of(seen, result, method, answer):
    observed = getattr(result, "observed", None)
    if isinstance(observed, Job):
        seen.moment(asked=[f"map_async {observed.number}", method, answer])
    else:
        seen.asked(observed, method, answer)


def times_out(seen, result):
    # A time out of `map_async`'s result is no future's.
    if not isinstance(result.observed, Job):
        seen.main.append(("timed_out", result.observed))


def patch_callbacks(seen, future):
    really = future.add_done_callback

    @functools.wraps(really)
    def add_done_callback(self, fn):
        if not seen.by_text(caller()):
            return really(self, fn)
        return really(self, Callback(seen, fn))

    future.add_done_callback = add_done_callback


class Callback:
    """A callback that may run in main's thread, and is not main's code all the same."""

    def __init__(self, seen, fn):
        self.seen = seen
        self.fn = fn

    def __call__(self, *args):
        in_main = threading.current_thread() is threading.main_thread()
        if in_main:
            self.seen.callbacks_in_main += 1
        try:
            return self.fn(*args)
        finally:
            if in_main:
                self.seen.callbacks_in_main -= 1

    def __repr__(self):
        # The library logs callbacks that raise.
        return repr(self.fn)


# multiprocessing.Pool


class Job:
    """What a method of Pool's is about to make, and then its calls by their places."""

    def __init__(self, seen, tasks, by_main, size=1):
        self.seen = seen
        self.tasks = tasks
        self.by_main = by_main
        self.chunks = Chunks(seen, tasks, size, by_main)
        self.number = None
        # Whether its calls' values are lists of items.
        self.lists = False
        # Of `imap_unordered`: the chunks as they came.
        self.order = []

    @property
    def calls(self):
        return self.chunks.calls

    def came(self, place, success, value):
        if place < len(self.calls):
            # A chunk of one comes as a list of one.
            if success and self.lists and len(value) == 1:
                value = value[0]
            if success and self.seen.names_values:
                _, value = value
            tell = self.seen.returned if success else self.seen.raised
            self.calls[place].outcome = tell(value)


def patch_pool(seen):
    pool, apply_result = multiprocessing.pool.Pool, multiprocessing.pool.ApplyResult
    map_result = multiprocessing.pool.MapResult
    imaps = (multiprocessing.pool.IMapIterator, multiprocessing.pool.IMapUnorderedIterator)
    for name in ("apply", "map", "starmap"):
        patch_pool_call(seen, pool, name, waits=True)
    for name in ("apply_async", "map_async", "starmap_async"):
        patch_pool_call(seen, pool, name, waits=False)
    for name in ("imap", "imap_unordered"):
        patch_imap(seen, pool, name)
    patch_generation(seen, pool)
    patch_results(seen, apply_result, map_result, imaps)
    for name in ("join", "terminate"):
        setattr(pool, name, may_refuse(seen, getattr(pool, name)))


def may_refuse(seen, really):
    @functools.wraps(really)
    def method(self):
        try:
            return really(self)
        except BaseException as error:
            frame = caller()
            # The end of a `with` block calls `terminate`, too.
            if seen.by_main(frame) or seen.by_main(frame.f_back):
                seen.refused(error)
            raise

    return method


def patch_pool_call(seen, owner, name, waits):
    really = getattr(owner, name)
    single = name.startswith("apply")

    @functools.wraps(really)
    def method(self, *args, **kwargs):
        frame = caller()
        if not seen.by_text(frame):
            return really(self, *args, **kwargs)
        by_main = seen.by_main(frame)
        for which in ("callback", "error_callback"):
            if kwargs.get(which) is not None:
                kwargs[which] = Callback(seen, kwargs[which])
        tasks = seen.does(frame, "submit" if single else "map")
        job = Job(seen, tasks if single else next(iter(tasks), []), by_main)
        job.frame, job.single, job.lists = frame, single, not single
        if not single:
            job.number = next(seen.iterators)
        seen.local.job = job
        try:
            result = really(self, *args, **kwargs)
        except BaseException as error:
            if by_main and not job.calls:
                # It took nothing: the pool is closed.
                seen.refused(error)
            elif by_main and waits:
                tell_job(seen, job, seen.raised(error))
            raise
        finally:
            seen.local.job = None
        if by_main and waits:
            tell_job(seen, job, seen.returned(result))
        return result

    setattr(owner, name, method)


def tell_job(seen, job, answer):
    if job.single:
        seen.asked(job.calls[0], "result", answer)
    else:
        seen.moment(asked=[f"map_async {job.number}", "result", answer])


def patch_imap(seen, owner, name):
    really = getattr(owner, name)

    @functools.wraps(really)
    def method(self, func, iterable, chunksize=1):
        frame = caller()
        if not seen.by_text(frame):
            return really(self, func, iterable, chunksize)
        by_main = seen.by_main(frame)
        tasks = seen.does(frame, "map")
        job = Job(seen, next(iter(tasks), []), by_main, chunksize)
        job.frame, job.single, job.lists = frame, False, chunksize != 1
        job.number = next(seen.iterators)
        seen.local.job = job
        try:
            results = really(self, func, iterable, chunksize)
        except BaseException as error:
            if by_main:
                seen.refused(error)
            raise
        finally:
            seen.local.job = None
        return Imapped(seen, results, job, unordered=name == "imap_unordered")

    setattr(owner, name, method)


class Imapped(Iterator):
    """What `imap` and `imap_unordered` return."""

    def __init__(self, seen, iterator, job, unordered):
        super().__init__(seen, iterator)
        self.job = job
        self.unordered = unordered
        self.chunk = 0
        self.item = 0

    def next(self, timeout=None):
        frame = caller()
        if self.seen.by_text(frame):
            timeout = self.seen.scaled(timeout)
        return self.step(frame, lambda: self.iterator.next(timeout))

    def failed(self, error):
        # A time out takes nothing, and a normal form says nothing of it.
        if isinstance(error, multiprocessing.TimeoutError):
            return False
        self.chunk += 1
        self.item = 0
        return True

    def gave(self, value, by_main):
        place = self.job.order[self.chunk] if self.unordered else self.chunk
        call, item = self.job.calls[place], self.item
        self.item += 1
        if self.item == self.length(place):
            self.chunk += 1
            self.item = 0
        if by_main:
            self.seen.main.append(("mapped", call, item))

    def length(self, place):
        size = self.job.chunks.size
        if size == 1:
            return 1
        counts = (1 if n is None else n for n in (self.seen.tasks[t][1] for t in self.job.tasks))
        return min(size, sum(counts) - place * size)


def patch_generation(seen, owner):
    """The thread that hands out tasks pulls an `imap`'s calls, and no earlier are they there."""
    really = owner._guarded_task_generation

    @functools.wraps(really)
    def _guarded_task_generation(self, result_job, func, iterable):
        tasks = really(self, result_job, func, iterable)
        job = getattr(seen.local, "job", None)
        if job is None or job.calls:
            return tasks

        def pulled():
            for task in tasks:
                job.chunks.submitted()
                yield task

        return pulled()

    owner._guarded_task_generation = _guarded_task_generation


def patch_results(seen, apply_result, map_result, imaps):
    really_apply, really_map, really_imap = (
        apply_result.__init__,
        map_result.__init__,
        imaps[0].__init__,
    )

    def of_apply(self, *args, **kwargs):
        job = getattr(seen.local, "job", None)
        if job is not None and job.single:
            self.job = job
            call = seen.submitted(job.frame, None)
            job.calls.append(call)
            self.observed = call
        really_apply(self, *args, **kwargs)

    def of_map(self, pool, chunksize, length, callback, error_callback):
        job = getattr(seen.local, "job", None)
        if job is not None:
            self.job = self.observed = job
            job.chunks = Chunks(seen, job.tasks, chunksize, job.by_main)
            for _ in range(-(-length // chunksize) if chunksize else 0):
                job.chunks.submitted()
        really_map(self, pool, chunksize, length, callback, error_callback)

    def of_imap(self, pool):
        self.job = getattr(seen.local, "job", None)
        really_imap(self, pool)

    apply_result.__init__, map_result.__init__, imaps[0].__init__ = of_apply, of_map, of_imap

    for owner in (apply_result, map_result, *imaps):
        patch_set(owner, unordered=owner is imaps[1])

    for method in ("ready", "successful"):
        setattr(apply_result, method, asks(seen, getattr(apply_result, method), method))
    get = asks_in_time(seen, apply_result.get, "result", multiprocessing.TimeoutError)
    apply_result.get = get
    patch_pools_wait(seen, apply_result)


def patch_set(owner, unordered):
    really = owner._set

    @functools.wraps(really)
    def _set(self, place, outcome):
        job = getattr(self, "job", None)
        if job is not None and unordered:
            job.order.append(place)
        really(self, place, outcome)
        # Behind it: a callback that raises keeps the result from being ready.
        if job is not None:
            success, value = outcome
            job.came(place, success, value)

    owner._set = _set


def patch_pools_wait(seen, owner):
    really = owner.wait

    @functools.wraps(really)
    def wait(self, timeout=None):
        frame = caller()
        if not seen.by_text(frame):
            return really(self, timeout)
        really(self, seen.scaled(timeout))
        if seen.by_main(frame):
            waited(seen, self)

    owner.wait = wait


def waited(seen, result):
    """Takes a wait for one result of Pool's into account."""
    observed = result.observed
    calls = observed.calls if isinstance(observed, Job) else [observed]
    sets = {True: [], False: []}
    for call in calls:
        sets[result._event.is_set() or call.outcome is not None].append(call)
    # No reference to the result: it would keep its pool alive.
    seen.main.append(Sets(sets[True], sets[False]))
