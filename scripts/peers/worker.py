#!/usr/bin/env python3
"""A worker of the classic dialect, in Python, to copy and to write your own
functions into. It needs the standard library only. Try it with

    runner --wire classic --exec 'python3 scripts/peers/worker.py' echo hello
    runner --wire classic --stdio --exec 'python3 scripts/peers/worker.py --stdio' echo hello

With --async several calls run at the same time (and runner needs --async, too).
The stream is file descriptor 3, or standard input and output with --stdio.
The bytes on it are described in wire/PROTOCOL.md, sections 2 and 8.
"""

import argparse
import asyncio
import os
import struct
import sys
import threading
import time
import traceback

# ---- The functions that the parent can call: replace them by your own. ------
#
# Arguments and results are lists of octet strings (bytes). An exception that
# nothing catches ends the worker, with a traceback on standard error.


def run(event, what=b"", *args):
    """A call in the sync mode. It returns the results."""
    if what == b"echo":
        return args
    if what == b"events":
        for i in range(1, int(args[0]) + 1):
            event(b"tick", b"%d" % i)
        return args
    if what == b"sleep":
        time.sleep(float(args[0]))
        return args
    if what == b"length":
        return [b"%d" % len(args[0])]
    if what == b"die":
        os._exit(7)  # at once, and from any thread
    raise ValueError(f"there is no function {what!r}")


async def run_async(event, what=b"", *args):
    """A call in the async mode. Others go on while it awaits something."""
    if what == b"sleep":
        await asyncio.sleep(float(args[0]))
        return args
    return run(event, what, *args)


# ---- The serialiser "string": each octet string after its length. -----------


def freeze(values):
    parts = []
    for value in values:
        parts += encode_length(len(value)), value
    return b"".join(parts)


def encode_length(n):
    """n in base 128, most significant digit first; all but the last have bit 7 set."""
    digits = [n & 0x7F]
    while n > 0x7F:
        n >>= 7
        digits.append(n & 0x7F | 0x80)
    return bytes(reversed(digits))


def thaw(payload):
    values = []
    at = 0
    while at < len(payload):
        n = 0
        while True:
            digit = payload[at]
            at += 1
            n = n << 7 | digit & 0x7F
            if digit < 0x80:
                break
        if n > len(payload) - at:
            raise ValueError("a payload ends within a string")
        values.append(payload[at : at + n])
        at += n
    return values


# ---- The stream. ------------------------------------------------------------


class Stream:
    def __init__(self, stdio):
        if stdio:
            # What is printed must not get between the frames: they get a
            # descriptor of their own, and standard output becomes standard error.
            read_fd, self.write_fd = os.dup(0), os.dup(1)
            os.dup2(2, 1)
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            os.close(null)
        else:
            read_fd = self.write_fd = 3
            os.set_inheritable(3, False)  # programs started here do not get it
        for fd in read_fd, self.write_fd:
            os.set_blocking(fd, True)
        self.reader = os.fdopen(read_fd, "rb")

    def requests(self, asynchronous):
        """Yields the id and arguments of every request until the parent half-closes."""
        header = struct.Struct(">II" if asynchronous else ">I")
        while octets := self.reader.read(header.size):
            if len(octets) < header.size:
                raise EOFError("the stream ended within the header of a request")
            *call, length = header.unpack(octets)
            payload = self.reader.read(length)
            if len(payload) < length:
                raise EOFError(f"the stream ended after {len(payload)} of {length} bytes of a request")
            yield (call[0] if asynchronous else 1), thaw(payload)

    def send(self, call, values):
        payload = freeze(values)
        rest = memoryview(struct.pack(">II", call, len(payload)) + payload)
        while rest:  # a write may take only a part
            rest = rest[os.write(self.write_fd, rest) :]

    def event(self, *values):
        self.send(0, values)


# ---- Who runs when. ---------------------------------------------------------


def serve_sync(stream):
    for call, values in stream.requests(asynchronous=False):
        stream.send(call, run(stream.event, *values))


async def serve_async(stream):
    # A thread reads, so that requests are taken while an answer is written. All
    # else, writing included, happens in the event loop, one thing at a time.
    loop = asyncio.get_running_loop()
    requests = asyncio.Queue()

    def read():
        try:
            for request in stream.requests(asynchronous=True):
                loop.call_soon_threadsafe(requests.put_nowait, request)
            loop.call_soon_threadsafe(requests.put_nowait, None)
        except BaseException:
            crash()

    async def answer(call, values):
        try:
            stream.send(call, await run_async(stream.event, *values))
        except BaseException:
            crash()

    threading.Thread(target=read, daemon=True).start()
    calls = set()
    while request := await requests.get():
        call = asyncio.create_task(answer(*request))
        calls.add(call)  # the loop itself would not keep it alive
        call.add_done_callback(calls.discard)
    if calls:
        await asyncio.wait(calls)


def crash():
    """Ends the whole worker, from whichever thread or task."""
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


def main():
    parser = argparse.ArgumentParser(description="A worker of the classic dialect.")
    parser.add_argument("--async", dest="asynchronous", action="store_true", help="run calls at the same time")
    parser.add_argument("--stdio", action="store_true", help="use standard input and output in place of descriptor 3")
    options = parser.parse_args()
    try:
        stream = Stream(options.stdio)
    except OSError as err:
        sys.exit(f"worker.py: no stream: {err} (a parent starts this program with a socket as descriptor 3)")
    if options.asynchronous:
        asyncio.run(serve_async(stream))
    else:
        serve_sync(stream)


if __name__ == "__main__":
    main()  # leaving it closes the stream: the parent sees a good end
