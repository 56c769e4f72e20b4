"""A backend that trusts nobody: reads exactly RFC 9112, writes down what came and whatever was wrong."""
import re
import socket
import threading

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


class Fault(Exception):
    """Bytes that no proxy may send."""


class Request:
    def __init__(self, method: bytes, target: bytes, fields: list):
        self.method, self.target, self.fields = method.decode(), target.decode(), fields
        self.body = b""
        self.connection = None

    def values(self, name: str) -> list:
        return [value.decode("latin-1") for field, value in self.fields if field.lower() == name.lower().encode()]

    def __repr__(self):
        return f"<{self.method} {self.target} body={len(self.body)}>"


class Stream:
    """Bytes of one connection, read exactly."""

    def __init__(self, connection: socket.socket):
        self.connection, self.buffer, self.received = connection, b"", b""
        self.in_message = False

    def more(self):
        piece = self.connection.recv(65536)
        self.received += piece
        self.buffer += piece
        return bool(piece)

    def line(self) -> bytes:
        while b"\n" not in self.buffer:
            if not self.more():
                if self.buffer:
                    raise Fault(f"end within a line: {self.buffer!r}")
                raise EOFError
        end = self.buffer.index(b"\n")
        line, self.buffer = self.buffer[:end + 1], self.buffer[end + 1:]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            raise Fault(f"bad line end: {line!r}")
        return line[:-2]

    def take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            if not self.more():
                raise EOFError
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken


def read_fields(stream: Stream) -> list:
    fields = []
    while line := stream.line():
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            raise Fault(f"bad field: {line!r}")
        fields.append((name, value))
    return fields


def read_body(stream: Stream, request: Request):
    length, coding = request.values("content-length"), request.values("transfer-encoding")
    if len(length) + len(coding) > 1:
        raise Fault(f"two framings: {length} {coding}")
    if length:
        if not re.fullmatch(r"\d{1,19}", length[0]):
            raise Fault(f"bad length: {length}")
        request.body = stream.take(int(length[0]))
    elif coding:
        if coding != ["chunked"]:
            raise Fault(f"bad coding: {coding}")
        while True:
            size = stream.line()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,16}", size):
                raise Fault(f"bad chunk line: {size!r}")
            if int(size, 16) == 0:
                break
            request.body += stream.take(int(size, 16))
            if stream.line():
                raise Fault("no line end behind a chunk")
        if read_fields(stream):
            raise Fault("a trailer that nobody asked for")


def read_request(stream: Stream) -> Request:
    line = stream.line()
    match = re.fullmatch(rb"(\S+) ([!-~]+) HTTP/1\.1", line)
    if not match or not TOKEN.fullmatch(match[1]):
        raise Fault(f"bad start line: {line!r}")
    stream.in_message = True
    request = Request(match[1], match[2], read_fields(stream))
    if len(request.values("host")) != 1:
        raise Fault(f"not one Host: {request.fields}")
    read_body(stream, request)
    stream.in_message = False
    return request


def answer(body=b"ok\n", status="200 OK", fields=()) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


class Recorder:
    """`handle(request, connection)` returns the bytes of an answer, or None to close at once."""

    def __init__(self, handle=lambda request, connection: answer(), port=0):
        self.handle = handle
        self.requests, self.faults, self.connections, self.cut = [], [], 0, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.open = set()
        self.streams = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.open.add(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = Stream(connection)
        with self.lock:
            self.streams.append(stream)
        try:
            while True:
                try:
                    request = read_request(stream)
                except EOFError:
                    self.cut += stream.in_message
                    return
                request.connection = connection
                with self.lock:
                    self.requests.append(request)
                reply = self.handle(request, connection)
                if reply is None:
                    return
                connection.sendall(reply)
        except Fault as fault:
            with self.lock:
                self.faults.append(str(fault))
        except OSError:
            pass
        finally:
            with self.lock:
                self.open.discard(connection)
            connection.close()

    def has_begun(self) -> bool:
        """A request has arrived in part. A connection alone proves nothing: the proxy may still give it up."""
        with self.lock:
            return any(stream.in_message for stream in self.streams)

    def close(self):
        # shutdown wakes the thread that accepts; close alone would leave it, and the port, behind.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
