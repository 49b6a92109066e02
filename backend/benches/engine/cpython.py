"""The other side of the comparison: what CPython's own pools take, one case a process.

    python3 cpython.py CASE COUNT     prints one number: seconds

Pools have two workers, and are warm before the clock starts, as on our side.
"""

import os
import signal
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
from multiprocessing import get_context


def identity(value):
    return value


FORK = get_context("fork")
WARM = 0.05


def threads():
    return ThreadPoolExecutor(2)


def processes():
    return ProcessPoolExecutor(2, mp_context=FORK)


def clocked(make, work, count):
    """Seconds for all of it, on a warm executor."""
    with make() as pool:
        wait([pool.submit(time.sleep, WARM) for _ in range(2)])
        start = time.perf_counter()
        work(pool, count)
        return time.perf_counter() - start


def completed(pool, count):
    for future in as_completed([pool.submit(identity, n) for n in range(count)]):
        future.result()


def mapped(chunksize):
    return lambda pool, count: list(pool.map(identity, range(count), chunksize=chunksize))


def pool_map(chunksize, count):
    with FORK.Pool(2) as pool:
        pool.map(time.sleep, [WARM] * 2, chunksize=1)
        start = time.perf_counter()
        pool.map(identity, range(count), chunksize=chunksize)
        return time.perf_counter() - start


def trip(make, count):
    """The median of one submit and its result."""
    with make() as pool:
        wait([pool.submit(time.sleep, WARM) for _ in range(2)])
        times = []
        for n in range(count):
            start = time.perf_counter()
            pool.submit(identity, n).result()
            times.append(time.perf_counter() - start)
        return statistics.median(times)


def start(make):
    """From no pool to two workers that have each returned something."""
    begin = time.perf_counter()
    with make() as pool:
        wait([pool.submit(identity, n) for n in range(2)])
        return time.perf_counter() - begin


def cancelled(count):
    """`shutdown(cancel_futures=True)` with so many futures in the queue."""
    with threads() as pool:
        for _ in range(2):
            pool.submit(time.sleep, 1)
        for n in range(count):
            pool.submit(identity, n)
        begin = time.perf_counter()
        pool.shutdown(wait=False, cancel_futures=True)
        return time.perf_counter() - begin


def killed(count):
    """The median from `kill -9` of a worker to the end of the last future."""
    times = []
    for _ in range(count):
        with processes() as pool:
            futures = [pool.submit(time.sleep, 10) for _ in range(50)]
            while not futures[1].running():
                time.sleep(0.001)
            time.sleep(0.005)
            victim = next(iter(pool._processes))
            begin = time.perf_counter()
            os.kill(victim, signal.SIGKILL)
            wait(futures)
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


CASES = {
    "threads-completed": lambda count: clocked(threads, completed, count),
    "threads-map": lambda count: clocked(threads, mapped(1), count),
    "threads-trip": lambda count: trip(threads, count),
    "threads-start": lambda _: start(threads),
    "threads-cancel": cancelled,
    "processes-completed": lambda count: clocked(processes, completed, count),
    "processes-map-1": lambda count: clocked(processes, mapped(1), count),
    "processes-map-1000": lambda count: clocked(processes, mapped(1000), count),
    "processes-trip": lambda count: trip(processes, count),
    "processes-start": lambda _: start(processes),
    "processes-killed": killed,
    "pool-map-1": lambda count: pool_map(1, count),
    "pool-map-1000": lambda count: pool_map(1000, count),
}

if __name__ == "__main__":
    print(CASES[sys.argv[1]](int(sys.argv[2])))
