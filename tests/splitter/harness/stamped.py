"""Clients that stamp every request and backends that write every stamp down: what one side sent and the other one got
must be the same, request by request.

    stamped.py recorder PORTS                    backends on so many ports; prints the ports as JSON
    stamped.py clients PORT FIRST COUNT NONCE    clients FIRST.. of the proxy on PORT, each with one request at a time

Both run until SIGTERM (clients finish what they began) and print their report as JSON. Programs of their own, so that
neither waits for the other one's interpreter.
"""
import errno
import heapq
import json
import select
import signal
import socket
import sys
import time

SLOW_EVERY, SLOW_SECONDS = 40, 0.25  # requests that are under way when something happens
LARGE_EVERY, LARGE_BYTES = 64, 150_000  # bodies that are, too, in both directions
FAILURES_TOLD_MAX = 20


def listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    return listener


class Bytes:
    """One HTTP message after the other out of a stream, with nothing that is not of the strict form."""

    def __init__(self):
        self.buffer = bytearray()
        self.head = None

    def message(self):
        """(first line, fields by lower-case name, body) or None: not whole yet."""
        if self.head is None:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            first, *lines = bytes(self.buffer[:end]).split(b"\r\n")
            fields = {}
            for line in lines:
                name, _, value = line.partition(b": ")
                fields[name.lower()] = value
            self.head = (first, fields)
            del self.buffer[:end + 4]
        body = self.chunked() if b"transfer-encoding" in self.head[1] else self.counted()
        if body is None:
            return None
        head, self.head = self.head, None
        return (*head, body)

    def counted(self):
        size = int(self.head[1].get(b"content-length", 0))
        if len(self.buffer) < size:
            return None
        body = bytes(self.buffer[:size])
        del self.buffer[:size]
        return body

    def chunked(self):
        at, body = 0, []
        while True:
            end = self.buffer.find(b"\r\n", at)
            if end < 0:
                return None
            size = int(self.buffer[at:end], 16)
            if len(self.buffer) < end + 2 + size + 2:
                return None
            body.append(bytes(self.buffer[end + 2:end + 2 + size]))
            at = end + 2 + size + 2
            if size == 0:
                del self.buffer[:at]
                return b"".join(body)


class Loop:
    """Sockets that never block; `ended` when nothing more is to be done."""

    def __init__(self):
        self.poller = select.epoll()
        self.watched = {}
        self.due = []
        self.is_told_to_end = False
        signal.signal(signal.SIGTERM, self.on_sigterm)

    def on_sigterm(self, *_):
        self.is_told_to_end = True

    def watch(self, connection, call, events=select.EPOLLIN):
        self.watched[connection.fileno()] = call
        self.poller.register(connection.fileno(), events)

    def unwatch(self, connection):
        del self.watched[connection.fileno()]
        self.poller.unregister(connection.fileno())

    def later(self, seconds, call):
        heapq.heappush(self.due, (time.monotonic() + seconds, id(call), call))

    def turn(self):
        for number, events in self.poller.poll(0.02 if self.due else 0.1):
            if number in self.watched:
                self.watched[number](events)
        while self.due and self.due[0][0] <= time.monotonic():
            heapq.heappop(self.due)[2]()


class Sender:
    """What did not fit into the socket at once."""

    def __init__(self, loop, connection):
        self.loop, self.connection, self.rest = loop, connection, b""

    def send(self, data: bytes):
        self.rest += data
        self.go_on()

    def go_on(self):
        try:
            self.rest = self.rest[self.connection.send(self.rest):]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.rest = b""  # reading tells it, and by whom it is counted
        self.loop.poller.modify(self.connection.fileno(),
                                select.EPOLLIN | (select.EPOLLOUT if self.rest else 0))


class Recorder:
    def __init__(self, ports: int):
        self.loop = Loop()
        self.seen = {}  # client -> bytearray: how often each of its numbers came
        self.by_port, self.nonces, self.wrong = {}, set(), []
        self.ports = []
        for _ in range(ports):
            listener = listen()
            port = listener.getsockname()[1]
            self.ports.append(port)
            self.by_port[port] = 0
            self.loop.watch(listener, lambda _, listener=listener, port=port: self.accept(listener, port))

    def accept(self, listener, port):
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream, sender = Bytes(), Sender(self.loop, connection)
        self.loop.watch(connection, lambda events: self.ready(connection, stream, sender, port, events))

    def ready(self, connection, stream, sender, port, events):
        try:
            if events & select.EPOLLOUT:
                sender.go_on()
            piece = connection.recv(262144)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.loop.unwatch(connection)
            connection.close()
            return
        stream.buffer += piece
        while message := stream.message():
            self.take(message, connection, sender, port)

    def take(self, message, connection, sender, port):
        first, _, body = message
        method, target, _ = first.split(b" ")
        _, client, number, nonce = target.decode().split("/")
        client, number = int(client), int(number)
        self.nonces.add(nonce)
        self.by_port[port] += 1
        counts = self.seen.setdefault(client, bytearray())
        if len(counts) <= number:
            counts.extend(bytes(number + 1 - len(counts)))
        counts[number] = min(counts[number] + 1, 255)
        expected = body_of(target, number) if method == b"POST" else b""
        if body != expected and len(self.wrong) < FAILURES_TOLD_MAX:
            self.wrong.append(f"{first!r}: {len(body)} bytes in the place of {len(expected)}")
        told = target if method == b"GET" else body
        reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)

        def answer():
            if connection.fileno() >= 0:
                sender.send(reply)

        if number % SLOW_EVERY == SLOW_EVERY - 1:
            self.loop.later(SLOW_SECONDS, answer)
        else:
            answer()

    def run(self):
        print(json.dumps(self.ports), flush=True)
        while not self.loop.is_told_to_end:
            self.loop.turn()
        print(json.dumps({
            "by_port": self.by_port, "nonces": sorted(self.nonces), "wrong": self.wrong,
            "doubled": [[client, number] for client, counts in self.seen.items()
                        for number, count in enumerate(counts) if count > 1][:FAILURES_TOLD_MAX],
            "missing": {client: [number for number, count in enumerate(counts) if count == 0]
                        for client, counts in self.seen.items()},
            "came": {client: len(counts) for client, counts in self.seen.items()}}), flush=True)


def body_of(target: bytes, number: int) -> bytes:
    size = LARGE_BYTES if number % LARGE_EVERY == LARGE_EVERY - 1 else 40
    return (target * (size // len(target) + 1))[:size]


class Client:
    """Even ones keep their connection, odd ones want it closed; every other pair sends a body."""

    def __init__(self, load, number):
        self.load, self.number, self.sequence = load, number, 0
        self.keeps, self.posts = number % 2 == 0, number % 4 >= 2
        self.connection = None
        self.begin()

    def begin(self):
        if self.load.loop.is_told_to_end:
            self.close()
            self.load.running -= 1
            return
        self.target = b"/%d/%d/%b" % (self.number, self.sequence, self.load.nonce)
        self.body = body_of(self.target, self.sequence) if self.posts else b""
        self.sequence += 1
        if self.connection is None and not self.connect():
            return
        self.sender.send(self.request())

    def request(self) -> bytes:
        method = b"POST" if self.posts else b"GET"
        head = b"%b %b HTTP/1.1\r\nHost: shop.example\r\n" % (method, self.target)
        if not self.keeps:
            head += b"Connection: close\r\n"
        if not self.posts:
            return head + b"\r\n"
        if self.sequence % 2:
            return head + b"Content-Length: %d\r\n\r\n%b" % (len(self.body), self.body)
        return head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(self.body), self.body)

    def connect(self) -> bool:
        self.connection = socket.socket()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.connection.connect(("127.0.0.1", self.load.port))
        except OSError as error:
            self.load.refused += error.errno == errno.ECONNREFUSED
            self.connection.close()
            self.connection = None
            self.fail(f"connecting: {error}")
            return False
        self.connection.setblocking(False)
        self.stream, self.sender = Bytes(), Sender(self.load.loop, self.connection)
        self.load.loop.watch(self.connection, self.ready)
        return True

    def close(self):
        if self.connection is not None:
            self.load.loop.unwatch(self.connection)
            self.connection.close()
            self.connection = None

    def fail(self, why: str):
        self.load.failed += 1
        if len(self.load.failures) < FAILURES_TOLD_MAX:
            self.load.failures.append(f"{self.target.decode()}: {why}")
        self.close()
        self.load.loop.later(0.01, self.begin)

    def ready(self, events):
        try:
            if events & select.EPOLLOUT:
                self.sender.go_on()
            piece = self.connection.recv(262144)
        except BlockingIOError:
            return
        except OSError as error:
            return self.fail(str(error))
        if not piece:
            return self.fail("the connection ended before the answer")
        self.stream.buffer += piece
        message = self.stream.message()
        if message is None:
            return
        first, fields, body = message
        if first != b"HTTP/1.1 200 OK" or body != (self.body if self.posts else self.target) or self.stream.buffer:
            return self.fail(f"answered {first!r} with {len(body)} bytes")
        self.load.answered += 1
        if fields.get(b"connection") == b"close":
            self.load.told_to_close += self.keeps
            self.close()
        self.begin()


class Load:
    def __init__(self, port: int, first: int, count: int, nonce: str):
        self.loop, self.port, self.nonce = Loop(), port, nonce.encode()
        self.answered = self.failed = self.refused = self.told_to_close = 0
        self.failures = []
        self.running = count
        self.clients = [Client(self, first + each) for each in range(count)]

    def run(self):
        while self.running > 0:
            self.loop.turn()
        print(json.dumps({"answered": self.answered, "failed": self.failed, "refused": self.refused,
                          "told_to_close": self.told_to_close, "failures": self.failures,
                          "sent": {client.number: client.sequence for client in self.clients}}), flush=True)


def main(kind, *arguments):
    if kind == "recorder":
        Recorder(int(arguments[0])).run()
    else:
        port, first, count, nonce = arguments
        Load(int(port), int(first), int(count), nonce).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
