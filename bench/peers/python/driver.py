"""The driver of Python's concurrent.futures.ProcessPoolExecutor.

It does the jobs of package driver (see driver/doc.go).
"""

import json
import os
import platform
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor

FIRST = 10**15  # call n has the number FIRST + n
MAX_SAMPLES = 50_000
MAX_AT_ONCE = 1 << 19
COMPUTING = 100_000  # ns that the function of a pool takes
POOL_TURN = 25_000_000  # ns that one pool is called before the other one has its turn
KINDS = ["latency", "calls", "stream", "start", "hold", "release", "object-binary", "pool", "callers"]


def echo(value):
    return value


def pid(value):
    return value, os.getpid()


def compute(n):
    total = 0
    for i in range(1, n + 1):
        total += i
    return total


now = time.perf_counter_ns


def payloads(size):
    if size == 16:
        return lambda n: str(FIRST + n)
    rest = ("abcdefghijklmnopqrstuvwxyz" * (size // 26 + 1))[: size - 16]
    some = [str(FIRST + i) + rest for i in range(8)]
    return lambda n: some[n % len(some)]


def check(asked, answer):
    """Of large payloads the length and the ends are compared, as in Go."""
    if isinstance(answer, str) and len(asked) > 64 and len(asked) == len(answer):
        same = asked[:16] == answer[:16] and asked[-16:] == answer[-16:]
    else:
        same = asked == answer
    if not same:
        raise ValueError(f"the answer to {asked[:40]!r} is {str(answer)[:40]!r}")


def check_sum(got, n):
    if got != n * (n + 1) // 2:
        raise ValueError(f"1 to {n} have the sum {got}")


def an_object(n):
    return {
        "id": n, "name": "Ada Lovelace", "active": True, "ratio": 0.625,
        "tags": [f"tag-{i}" for i in range(10)],
        "points": [{"x": i, "y": i * i, "label": f"point {i}"} for i in range(10)],
        "text": "lorem ipsum dolor " * 28,
    }


def outcome(nanos, done):
    return {"nanos": nanos, "done": done, "right": done}


def one_by_one(span, call):
    n, begun = 0, now()
    while n < 3 or now() - begun < span / 10:
        call(n)
        n += 1
    nanos = []
    begun = last = now()
    while (last - begun < span or len(nanos) < 3) and len(nanos) < MAX_SAMPLES:
        call(n)
        n += 1
        t = now()
        nanos.append(t - last)
        last = t
    return outcome(nanos, len(nanos))


class Flight:
    """Calls that are in flight; each answer makes the next one, until a span is over.

    submit(n) returns a future, and verify(n, its result) checks it. Their callback runs
    in a thread of the executor's, which all of one executor's calls share.
    """

    def __init__(self, outstanding, span, submit, verify):
        self.submit, self.verify = submit, verify
        self.lock = threading.Lock()  # guards what follows
        self.next, self.done, self.left = 0, 0, outstanding
        self.error = None
        self.over = threading.Event()
        self.begun, self.span = now(), span
        for _ in range(outstanding):
            self.call()
        self.over.wait()
        self.took = now() - self.begun
        if self.error:
            raise self.error

    def call(self):
        with self.lock:
            n = self.next
            self.next += 1
        self.submit(n).add_done_callback(lambda f: self.answered(n, f))

    def answered(self, n, future):
        try:
            self.verify(n, future.result())
        except Exception as err:
            self.error = err
        with self.lock:
            self.done += 1
            again = not self.error and now() - self.begun < self.span
            if not again:
                self.left -= 1
                if self.left == 0:
                    self.over.set()
        if again:
            self.call()


def side_by_side(outstanding, span, submit, verify):
    Flight(outstanding, span / 10, submit, verify)
    f = Flight(outstanding, span, submit, verify)
    return outcome([f.took], f.done)


def calls(pools, outstanding, size, span):
    payload = payloads(size)
    return side_by_side(
        outstanding, span,
        lambda n: pools[n % len(pools)].submit(echo, payload(n)),
        lambda n, answer: check(payload(n), answer),
    )


def by_turns(span, one, other):
    """Two ways for a tenth of span to warm up, and then for span, in pairs of turns: one,
    other, other, one, and so on."""
    ways = one, other

    def pairs(span):
        took, done, k, begun = ([], []), 0, 0, now()
        while k == 0 or now() - begun < span:
            for way in k % 2, 1 - k % 2:
                nanos, calls = ways[way]()
                took[way].append(nanos)
                done += calls
            k += 1
        return {"nanos": took[0], "beside": took[1], "done": done, "right": done}

    pairs(span / 10)
    return pairs(span)


class Streamed:
    """Counts answers, by the one callback that all calls share."""

    def __init__(self, left):
        self.left, self.sum, self.error = left, 0, None
        self.all = threading.Event()

    def answered(self, future):
        try:
            self.sum += int(future.result()) - FIRST
        except Exception as err:
            self.error = err
        self.left -= 1
        if self.left == 0:
            self.all.set()


class Server:
    def __init__(self):
        self.worker = ProcessPoolExecutor(1)
        self.worker.submit(echo, 0).result()
        self.held = []
        self.called = []
        self.loop = 0

    def do(self, job):
        if job["kind"] not in KINDS:
            raise ValueError(f"this driver cannot do jobs of the kind {job['kind']!r}")
        return getattr(self, job["kind"].replace("-", "_"))(job, job.get("millis", 0) * 1_000_000)

    def latency(self, job, span):
        payload = payloads(job["size"])
        if self.worker.submit(echo, payload(0)).result() != payload(0):
            raise ValueError("the answer is wrong")

        def call(n):
            asked = payload(n)
            check(asked, self.worker.submit(echo, asked).result())

        return one_by_one(span, call)

    def calls(self, job, span):
        return calls([self.worker], job["outstanding"], job["size"], span)

    def stream(self, job, span):
        n = 64
        while True:
            begun = now()
            s = Streamed(n)
            for i in range(1, n + 1):
                self.worker.submit(echo, str(FIRST + i)).add_done_callback(s.answered)
            s.all.wait()
            took = now() - begun
            if s.error:
                raise s.error
            check_sum(s.sum, n)
            if took >= span / 3 or n >= MAX_AT_ONCE:
                return outcome([took], n)
            n *= 2

    def start(self, job, span):
        nanos, n, all_begun = [], 0, now()
        while n < 2 or now() - all_begun < span:
            begun = now()
            pool = ProcessPoolExecutor(1)
            answer = pool.submit(echo, str(FIRST + n)).result()
            took = now() - begun
            pool.shutdown()
            check(str(FIRST + n), answer)
            if n > 0:
                nanos.append(took)
            n += 1
        return outcome(nanos, len(nanos))

    def hold(self, job, span):
        pids = []
        for i in range(job["workers"]):
            pool = ProcessPoolExecutor(1)
            self.held.append(pool)
            answer, process = pool.submit(pid, i).result()
            if answer != i:
                raise ValueError("the answer is wrong")
            pids.append(process)
        return {"pids": pids, "done": len(pids), "right": len(pids)}

    def release(self, job=None, span=None):
        for pool in self.held + self.called:
            pool.shutdown()
        self.held, self.called = [], []
        return {}

    def object_binary(self, job, span):
        some = [an_object(i + 1) for i in range(8)]
        for o in some:
            if self.worker.submit(echo, o).result() != o:
                raise ValueError("the answer to an object is another one")

        def call(n):
            o = some[n % len(some)]
            if self.worker.submit(echo, o).result()["id"] != o["id"]:
                raise ValueError("the answer to an object is another one")

        return one_by_one(span, call)

    def pool(self, job, span):
        workers = job["workers"]
        with ProcessPoolExecutor(1) as one, ProcessPoolExecutor(workers) as many:
            for pool in one, many:
                for f in [pool.submit(compute, 0) for _ in range(20 * workers)]:
                    f.result()
            if not self.loop:
                self.calibrate(one)

            def way(pool, workers):
                def turn():
                    o = side_by_side(
                        2 * workers, min(POOL_TURN, span / 2),
                        lambda _: pool.submit(compute, self.loop),
                        lambda _, total: check_sum(total, self.loop),
                    )
                    return o["nanos"][0] // o["done"], o["done"]

                return turn

            return by_turns(span, way(many, workers), way(one, 1))

    def calibrate(self, pool):
        """Sets loop to how far compute counts to take 100 µs more than to do nothing."""

        def fastest(n):
            best = 1 << 62
            for _ in range(50):
                begun = now()
                check_sum(pool.submit(compute, n).result(), n)
                best = min(best, now() - begun)
            return best

        empty, n = fastest(0), 64
        while not self.loop:
            took = fastest(n) - empty
            if took >= 2 * COMPUTING:
                self.loop = n * COMPUTING // took
            n *= 2

    def callers(self, job, span):
        while len(self.called) < job["workers"]:
            self.called.append(ProcessPoolExecutor(1))
        return calls(self.called, len(self.called), 16, span)

    def close(self):
        self.release()
        self.worker.shutdown()


def main():
    def say(o):
        print(json.dumps(o), flush=True)

    server = Server()
    say({"kinds": KINDS, "version": f"Python {platform.python_version()}, ProcessPoolExecutor"})
    for line in sys.stdin:
        try:
            say(server.do(json.loads(line)))
        except Exception as err:
            say({"error": f"{type(err).__name__}: {err}"})
    server.close()


if __name__ == "__main__":
    main()
