#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The far end of tt-skew precision, from the description of its packets alone.

precision_far.py answer HOST PORT OFFSET_NS DELAY_IN_NS RATE_PPM: answers as a node
whose clock is ahead by OFFSET_NS and is steered by RATE_PPM, behind a path that
takes DELAY_IN_NS longer to it. Stamps of its own, no kernel's.

precision_far.py abuse HOST PORT: junk, answers, doubled probes; says what came
back, and ends with 1 if that is more than there should be.
"""
import socket
import struct
import sys
import time

HEAD = struct.Struct(">4sBBBBQIxxxx")
ANSWER = struct.Struct(">qIIqqBBBxI")
USER, KERNEL = 1, 2


def read_probe(data):
    magic, version, kind, index, _, session, pair = HEAD.unpack(data[:24])
    assert (magic, version, kind, len(data)) == (b"ttpp", 1, 1, 64), data
    return index, session, pair


clock_ns = time.time_ns


def phase():
    """CLOCK_REALTIME - CLOCK_MONOTONIC_RAW, and how exactly it was read."""
    before_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
    real_ns = clock_ns()
    width_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) - before_ns
    return ((real_ns - before_ns - width_ns // 2) % 2**32,
            min(width_ns, 2**32 - 1))


def answer(host, port, offset_ns, delay_in_ns, rate_ppm):
    global clock_ns
    start_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)

    def steered_ns():
        raw_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW) - start_ns
        return time.time_ns() + offset_ns + raw_ns * rate_ppm // 1000000

    clock_ns = steered_ns
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((host, port))
    print("ready", flush=True)
    sent = {}
    while True:
        data, client = s.recvfrom(2048)
        if delay_in_ns:
            time.sleep(delay_in_ns / 1e9)
        rx_ns = clock_ns()
        index, session, pair = read_probe(data)
        earlier = sent.get((session, pair - 1), [0, 0])
        tx = sent.setdefault((session, pair), [0, 0])
        sent.pop((session, pair - 2), None)
        kinds = [USER if ns else 0 for ns in earlier]
        phase_ns, width_ns = phase()
        tail = ANSWER.pack(rx_ns, (pair - 1) % 2**32, phase_ns, *earlier, USER,
                           *kinds, width_ns)
        head = HEAD.pack(b"ttpp", 1, 2, index, 0, session, pair)
        tx[index] = clock_ns()
        s.sendto(head + tail, client)


def probe(session, pair, index):
    return HEAD.pack(b"ttpp", 1, 1, index, KERNEL, session, pair) + bytes(40)


def ask(s, data, wanted):
    """What comes back: the sizes. Soon, where nothing is to come."""
    s.settimeout(10 if wanted else 0.1)
    s.send(data)
    sizes = []
    if wanted:
        sizes.append(len(s.recv(65535)))
        s.settimeout(0.1)
    try:
        while True:
            sizes.append(len(s.recv(65535)))
    except TimeoutError:
        return sizes


def abuse(host, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((host, port))
    good = probe(99, 1, 0)
    reply = HEAD.pack(b"ttpp", 1, 2, 0, 0, 99, 1) + ANSWER.pack(
        1, 0, 0, 1, 1, 1, 1, 1, 0)
    cases = [("a probe", good, [64]), ("the same again", good, []),
             ("an answer", reply, []), ("nothing", b"", []),
             ("63 bytes", good[:63], []), ("65 bytes", good + b"\0", []),
             ("a full datagram", good + bytes(1336), []),
             ("another version", good[:4] + b"\2" + good[5:], []),
             ("zeros", bytes(64), [])]
    code = 0
    for name, data, wanted in cases:
        sizes = ask(s, data, wanted)
        print(f"{name}: {sizes}")
        code |= sizes != wanted
    # As fast as it can be sent: 20,000 of one session.
    s.setblocking(False)
    came = 0
    for i in range(20000):
        try:
            s.send(probe(98, 1 + i, 0))
            came += len(s.recv(2048)) // 64
        except BlockingIOError:
            pass
    print(f"of 20,000 at once {came} answered")
    return code


def main(argv):
    if argv[1] == "answer":
        answer(argv[2], int(argv[3]), int(argv[4]), int(argv[5]),
               int(argv[6]))
    return abuse(argv[2], int(argv[3]))


sys.exit(main(sys.argv))
