"""A client that reads answers exactly and says whether they ended as they should."""
import re
import socket


class Answer:
    def __init__(self, status: int, fields: list):
        self.status, self.fields, self.body = status, fields, b""

    def values(self, name: str) -> list:
        return [value for field, value in self.fields if field.lower() == name.lower()]


class Cut(Exception):
    """The connection ended within an answer."""


class Client:
    def __init__(self, connection: socket.socket):
        self.connection, self.buffer = connection, b""

    def send(self, data: bytes):
        self.connection.sendall(data)

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self.more()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def more(self):
        try:
            piece = self.connection.recv(65536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise Cut(self.buffer)
        self.buffer += piece

    def take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self.more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def head(self) -> Answer:
        match = re.fullmatch(rb"HTTP/1\.1 (\d{3}) .*", self.line())
        assert match, "not a status line"
        fields = []
        while line := self.line():
            name, colon, value = line.decode("latin-1").partition(": ")
            assert colon, line
            fields.append((name, value))
        return Answer(int(match[1]), fields)

    def read(self, method="GET") -> Answer:
        answer = self.head()
        if method == "HEAD" or answer.status < 200 or answer.status in (204, 304):
            return answer
        if answer.values("transfer-encoding"):
            while size := int(self.line(), 16):
                answer.body += self.take(size)
                assert self.line() == b""
            assert self.line() == b""
        elif length := answer.values("content-length"):
            answer.body = self.take(int(length[0]))
        else:
            answer.body = self.rest()
        return answer

    def rest(self) -> bytes:
        try:
            while True:
                self.more()
        except Cut:
            rest, self.buffer = self.buffer, b""
            return rest

    def get(self, target="/", fields="") -> Answer:
        self.send(f"GET {target} HTTP/1.1\r\nHost: shop.example\r\n{fields}\r\n".encode())
        return self.read()

    def close(self):
        self.connection.close()
