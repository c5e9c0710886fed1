#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Clients of tt-exporter, good and bad: http_abuse.py PORT MANNER [PATH].

Exits with 0 if each got what it should have, and says so in one line. Nothing
here is measured: a timeout is what it takes to call an answer missing.
"""
import os
import random
import socket
import sys
import threading
import time

PORT = int(sys.argv[1])
MISSING_S = 60
SLOTS = 64  # HTTP_CLIENTS_MAX


def dial():
    return socket.create_connection(("127.0.0.1", PORT), timeout=MISSING_S)


def read_all(s):
    data = b""
    while True:
        part = s.recv(65536)
        if not part:
            return data
        data += part


def ask(raw):
    with dial() as s:
        s.sendall(raw)
        return read_all(s)


def get(path, headers=""):
    return ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())


def code(answer):
    return int(answer.split(b" ", 2)[1]) if answer else 0


def head_and_body(answer):
    head, body = answer.split(b"\r\n\r\n", 1)
    return head.decode().lower(), body


def is_whole(answer):
    head, body = head_and_body(answer)
    return f"content-length: {len(body)}\r" in head + "\r"


def expect(claim, truth):
    if not truth:
        print("not so:", claim)
        sys.exit(1)


def methods():
    a = get("/metrics")
    expect("GET", code(a) == 200 and is_whole(a))
    h = ask(b"HEAD /metrics HTTP/1.1\r\n\r\n")
    head, body = head_and_body(h)
    expect("HEAD has no body", code(h) == 200 and body == b"")
    expect("HEAD has its length", "content-length: 0" not in head)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "X-Y"):
        a = ask(f"{method} /metrics HTTP/1.1\r\n\r\n".encode())
        expect(method, code(a) == 405 and b"\r\nAllow: GET, HEAD\r\n" in a)


def bodies():
    # What is sent after the head must not cost the client its answer.
    for size in (1, 100000, 3000000):
        a = ask(
            f"POST / HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode()
            + b"x" * size
        )
        expect(f"a body of {size}", code(a) == 405 and is_whole(a))


def junk():
    for raw in (
        b"\n\n",
        b"\r\n\r\nGET\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET metrics HTTP/1.1\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET / HTTPS/1.1\r\n\r\n",
        b" GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nA\x00: b\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\n\n",
    ):
        # Empty lines alone are the beginning of a request that may come.
        if raw.strip() == b"":
            with dial() as s:
                s.sendall(raw)
                s.shutdown(socket.SHUT_WR)
                expect("empty lines", read_all(s) == b"")
            continue
        expect(repr(raw), code(ask(raw)) == 400)
    expect("HTTP/2", code(ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == 505)
    expect("a path", code(get("/" + "a" * 4000)) == 404)
    expect("a proxy's form", code(get("http://x/healthz?y")) in (200, 503))
    expect("LF alone", code(ask(b"GET /metrics HTTP/1.0\n\n")) == 200)
    expect("two at once", code(ask(b"GET / HTTP/1.1\r\n\r\n" * 2)) == 200)
    rand = random.Random(1)
    for _ in range(200):
        with dial() as s:
            try:
                s.sendall(rand.randbytes(rand.randrange(9000)))
                s.shutdown(socket.SHUT_WR)
                expect("a code", code(read_all(s)) in (0, 400, 431, 505))
            except ConnectionError:
                pass


def huge():
    head = b"GET / HTTP/1.1\r\nX: "
    expect("8 KiB", code(ask(head + b"y" * 8100 + b"\r\n\r\n")) == 200)
    expect("9 KiB", code(ask(head + b"y" * 9000 + b"\r\n\r\n")) == 431)
    expect("1 MiB", code(ask(head + b"y" * 1000000 + b"\r\n\r\n")) == 431)
    expect("no end", code(ask(b"y" * 100000)) == 431)


def bytewise():
    with dial() as s:
        for byte in b"GET /healthz HTTP/1.1\r\n\r\n":
            s.sendall(bytes([byte]))
        expect("one byte at a time", code(read_all(s)) in (200, 503))


def idle():
    # More than there are slots: they are let go, and others get through.
    silent = [dial() for _ in range(200)]
    a = get("/metrics")
    expect("one gets through", code(a) == 200 and is_whole(a))
    for s in silent:
        try:
            expect("no answer to nothing", s.recv(1) == b"")
        except ConnectionError:
            pass
        s.close()


def dropped():
    name = b"\ntimed_exporter_http_dropped_total "
    return int(get("/metrics").split(name)[1].split()[0])


def pressed():
    # With one more waiting all that say nothing are let go at once, not one by one: the
    # one that waited is told so. Again where the machine made some of them come late.
    for _ in range(5):
        before = dropped()
        silent = [dial() for _ in range(SLOTS)]
        time.sleep(1)
        gone = dropped() - before
        for s in silent:
            s.close()
        if gone >= SLOTS:
            return
    expect(f"all {SLOTS} are let go, not {gone}", False)


def dribble():
    # They begin a request, and keep sending a little.
    slow = [dial() for _ in range(200)]
    over = threading.Event()

    def feed():
        while not over.wait(0.2):
            for s in slow:
                try:
                    s.send(b"A")
                except OSError:
                    pass

    t = threading.Thread(target=feed)
    t.start()
    a = get("/metrics")
    over.set()
    t.join()
    expect("one gets through", code(a) == 200 and is_whole(a))
    for s in slow:
        s.close()


def deaf():
    # They ask, and never read; as many bytes as the kernel takes.
    ask_all = b"GET /metrics HTTP/1.1\r\n\r\n"
    them = []
    for _ in range(200):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        s.settimeout(MISSING_S)
        s.connect(("127.0.0.1", PORT))
        s.sendall(ask_all)
        them.append(s)
    a = get("/metrics")
    expect("one gets through", code(a) == 200 and is_whole(a))
    for s in them:
        s.close()


def flood():
    failed = []

    def one():
        try:
            a = get("/metrics")
            if code(a) != 200 or not is_whole(a):
                failed.append(a[:40])
        except OSError as e:
            failed.append(e)

    threads = [threading.Thread(target=one) for _ in range(400)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    expect(f"400 at once: {failed[:3]}", not failed)


def gone():
    # They ask and leave at once, with a reset.
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    for _ in range(300):
        s = dial()
        s.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        s.close()
    expect("it lives", code(get("/metrics")) == 200)


def show():
    accept = f"Accept: {sys.argv[4]}\r\n" if len(sys.argv) > 4 else ""
    answer = get(sys.argv[3], accept)
    head, body = head_and_body(answer)
    os.write(2, f"{head}\n".encode())
    sys.stdout.buffer.write(body)
    sys.exit(0 if code(answer) == 200 else 1)


if sys.argv[2] == "show":
    show()
globals()[sys.argv[2]]()
print("ok:", sys.argv[2])
