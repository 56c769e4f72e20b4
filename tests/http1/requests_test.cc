// Every class of bad requests and its nearest legal neighbours, one row each. Every row comes
// whole, byte by byte, and behind a legal request on the same connection.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "splitter/http1/refusal.h"
#include "tests/http1/request_table.h"

namespace kai::http1_test {
namespace {

using splitter::Refusal;

TEST(Requests, FramingConflict) {
  check({
      refused("length, then coding", Refusal::framing_conflict, 400,
              post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX")),
      refused("coding, then length", Refusal::framing_conflict, 400,
              post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\nX")),
      refused("coding that is none", Refusal::framing_conflict, 400,
              post("Content-Length: 1\r\nTransfer-Encoding: x\r\n", "a")),
      refused("length that is none", Refusal::framing_conflict, 400,
              post("Content-Length: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
      passes("length alone", post("Content-Length: 2\r\n", "hi"), {"Content-Length: 2\r\n"},
             {"Transfer-Encoding"}),
      passes("coding alone", chunked("2\r\nhi\r\n0\r\n\r\n"), {"Transfer-Encoding: chunked\r\n"},
             {"Content-Length"}),
      passes("twins are no framing",
             post("Content_Length: 5\r\nTransfer_Encoding: chunked\r\n", ""), {},
             {"Content", "Transfer"}),
  });
}

TEST(Requests, TransferEncoding) {
  const auto coded = [](std::string_view value) {
    return post("Transfer-Encoding: " + std::string(value) + "\r\n", "0\r\n\r\n");
  };
  check({
      refused("list", Refusal::bad_transfer_encoding, 400, coded("chunked, identity")),
      refused("list of one and nothing", Refusal::bad_transfer_encoding, 400, coded("chunked,")),
      refused("twice in a field", Refusal::bad_transfer_encoding, 400, coded("chunked, chunked")),
      refused("twice", Refusal::bad_transfer_encoding, 400,
              coded("chunked\r\nTransfer-Encoding: chunked")),
      refused("empty", Refusal::bad_transfer_encoding, 400, coded("")),
      refused("identity", Refusal::bad_transfer_encoding, 400, coded("identity")),
      refused("with a parameter", Refusal::bad_transfer_encoding, 400, coded("chunked;q=1")),
      refused("in quotes", Refusal::bad_transfer_encoding, 400, coded("\"chunked\"")),
      refused("vertical tab", Refusal::bad_control, 400, coded("\vchunked")),
      refused("with gzip", Refusal::bad_transfer_encoding, 400, coded("gzip, chunked")),
      refused("known coding", Refusal::unsupported_coding, 501, coded("gzip")),
      refused("in HTTP/1.0", Refusal::bad_transfer_encoding, 400,
              "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      passes("any case", coded("cHuNkEd"), {"Transfer-Encoding: chunked\r\n"}),
      passes("blanks around it", coded(" \tchunked \t"), {"Transfer-Encoding: chunked\r\n"}),
  });
}

TEST(Requests, ContentLength) {
  const auto length = [](std::string_view value) {
    return post("Content-Length: " + std::string(value) + "\r\n", "hello");
  };
  std::vector<Row> rows;
  for (const std::string_view bad :
       {"+5", "-5", "5, 5", "5,", "", "0x5", "5 5", "5.0", "5h", "9223372036854775808",
        "00000000000000000005", "18446744073709551621", "5\r\nContent-Length: 5",
        "5\r\ncontent-length: 6", "\xD9\xA5"}) {
    rows.push_back(refused(bad, Refusal::bad_content_length, 400, length(bad)));
  }
  rows.push_back(passes("5", length("5"), {"Content-Length: 5\r\n", "\r\n\r\nhello"}));
  rows.push_back(passes("19 digits", length("0000000000000000005"), {"Content-Length: 5\r\n"}));
  rows.push_back(passes("blanks around it", length(" \t5 "), {"Content-Length: 5\r\n"}));
  rows.push_back(passes("no body", post("Content-Length: 0\r\n", ""), {"Content-Length: 0\r\n"}));
  rows.push_back(passes("no field", post("", ""), {}, {"Content-Length", "Transfer-Encoding"}));
  check(rows);
}

TEST(Requests, ChunkedBody) {
  std::vector<Row> rows;
  for (const std::string& bad :
       std::vector<std::string>{"0x5\r\nhello\r\n0\r\n\r\n",
                                "+5\r\nhello\r\n0\r\n\r\n",
                                "-1\r\n",
                                " 5\r\nhello\r\n0\r\n\r\n",
                                "5 \r\nhello\r\n0\r\n\r\n",
                                "\r\n5\r\nhello\r\n0\r\n\r\n",
                                "5\nhello\r\n0\r\n\r\n",
                                "5\r\nhello\n0\r\n\r\n",
                                "5\rhello\r\n0\r\n\r\n",
                                "5\r\nhello0\r\n\r\n",
                                "5\r\nhelloX\r\n0\r\n\r\n",
                                "5\r\nhelloXX0\r\n\r\n",
                                "5\r\nhello\r\r0\r\n\r\n",
                                "5\r\nhello\n\n0\r\n\r\n",
                                "00000000000000005\r\nhello\r\n0\r\n\r\n",
                                "8000000000000000\r\n",
                                "FFFFFFFFFFFFFFFF\r\n",
                                "g\r\n",
                                ";a\r\n",
                                "5;\r\nhello\r\n0\r\n\r\n",
                                "5;a\nb\r\nhello\r\n0\r\n\r\n",
                                "5;a\rb\r\nhello\r\n0\r\n\r\n",
                                "5;a=\"b\r\nhello\r\n0\r\n\r\n",
                                "5;a=\r\nhello\r\n0\r\n\r\n",
                                "5;a b\r\nhello\r\n0\r\n\r\n",
                                "5_0\r\n",
                                "5\t\r\nhello\r\n",
                                "5;" + of_size(1024) + "\r\nhello\r\n0\r\n\r\n",
                                repeated("1;" + of_size(99) + "\r\na\r\n", 11) + "0\r\n\r\n"}) {
    rows.push_back(refused("bad chunk", Refusal::bad_chunk, 400, chunked(bad)));
  }
  rows.push_back(refused("last chunk without CR", Refusal::bad_trailer, 400, chunked("0\r\n\n")));
  rows.push_back(refused("last chunk cut", Refusal::bad_trailer, 400, chunked("0\r\n\rX")));
  rows.push_back(
      passes("one", chunked("5\r\nhello\r\n0\r\n\r\n"), {"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}));
  rows.push_back(passes("zeros", chunked("0000000000000005\r\nhello\r\n000\r\n\r\n"),
                        {"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}));
  rows.push_back(passes("extensions are dropped",
                        chunked("5;a;b=c ; d = \"e\\\"\t;\"\r\nhello\r\n0;z\r\n\r\n"),
                        {"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}));
  rows.push_back(passes("1 KiB of extensions",
                        chunked("5;" + of_size(1023) + "\r\nhello\r\n0\r\n\r\n"),
                        {"\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}));
  rows.push_back(passes("hex in any case",
                        chunked("A\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n"),
                        {"0123456789a\r\n0\r\n\r\n"}));
  check(rows);
}

TEST(Requests, Trailers) {
  std::vector<Row> rows;
  for (const std::string& bad :
       std::vector<std::string>{"Host: y\r\n",
                                "Content-Length: 1\r\n",
                                "Transfer-Encoding: chunked\r\n",
                                "Connection: close\r\n",
                                "X-Forwarded-For: 1\r\n",
                                "x_forwarded_for: 1\r\n",
                                "Forwarded: for=1\r\n",
                                "Authorization: a\r\n",
                                "Cookie: a=b\r\n",
                                "X-Request-Id: 1\r\n",
                                "X-Kai-Mirror: 1\r\n",
                                "TE: trailers\r\n",
                                "Expect: 100-continue\r\n",
                                "a\r\n",
                                "a : b\r\n",
                                "a: b\n",
                                "a: b\r\n c\r\n",
                                ": b\r\n",
                                repeated("a: b\r\n", 33),
                                "a: " + of_size(8192) + "\r\n",
                                repeated("a: " + of_size(1000) + "\r\n", 9)}) {
    rows.push_back(
        refused("bad trailer", Refusal::bad_trailer, 400, chunked("0\r\n" + bad + "\r\n")));
  }
  rows.push_back(passes("dropped when nobody asked", chunked("0\r\nChecksum: b\r\n\r\n"),
                        {"\r\n\r\n0\r\n\r\n"}, {"Checksum"}));
  rows.push_back(passes("32 of them", chunked("0\r\n" + repeated("a: b\r\n", 32) + "\r\n")));
  rows.push_back(passes("8 KiB of them", chunked("0\r\na: " + of_size(8187) + "\r\n\r\n")));
  check(rows);
}

TEST(Requests, LineStructure) {
  check({
      refused("bare LF behind the start line", Refusal::bad_line_end, 400,
              "GET / HTTP/1.1\nHost: x\r\n\r\n"),
      refused("bare LF behind a field", Refusal::bad_line_end, 400, get("A: b\n")),
      refused("bare LF as empty line", Refusal::bad_line_end, 400,
              "GET / HTTP/1.1\r\nHost: x\r\n\n"),
      refused("bare CR in a value", Refusal::bad_line_end, 400, get("A: b\rc\r\n")),
      refused("bare CR as empty line", Refusal::bad_line_end, 400,
              "GET / HTTP/1.1\r\nHost: x\r\n\rA: b\r\n\r\n"),
      refused("folded", Refusal::folded_line, 400, get("A: b\r\n c\r\n")),
      refused("folded by a tab", Refusal::folded_line, 400, get("A: b\r\n\tc\r\n")),
      refused("blank before the first field", Refusal::folded_line, 400,
              "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
      refused("NUL in a value", Refusal::bad_control, 400, get(std::string("A: b\0c\r\n", 8))),
      refused("DEL in a value", Refusal::bad_control, 400, get("A: b\x7F\r\n")),
      refused("vertical tab", Refusal::bad_control, 400, get("A:\vb\r\n")),
      refused("no colon", Refusal::missing_colon, 400, get("Ab\r\n")),
      passes("tab in a value", get("A: b\tc\r\n"), {"A: b\tc\r\n"}),
      passes("octets beyond ASCII in a value", get("A: \xC3\xA4\xFF\r\n"), {"A: \xC3\xA4\xFF\r\n"}),
      passes("no blank behind the colon", get("A:b\r\n"), {"A: b\r\n"}),
      passes("empty value", get("A:\r\nB: \t \r\n"), {"A: \r\n", "B: \r\n"}),
      passes("colons in a value", get("A: :b:c\r\n"), {"A: :b:c\r\n"}),
  });
}

TEST(Requests, FieldNames) {
  check({
      refused("blank before the colon", Refusal::bad_field_name, 400, get("A : b\r\n")),
      refused("tab before the colon", Refusal::bad_field_name, 400, get("A\t: b\r\n")),
      refused("blank inside", Refusal::bad_field_name, 400, get("X A: b\r\n")),
      refused("empty", Refusal::bad_field_name, 400, get(": b\r\n")),
      refused("no token", Refusal::bad_field_name, 400, get("A(b): c\r\n")),
      refused("beyond ASCII", Refusal::bad_field_name, 400, get("\xC3\xA4: c\r\n")),
      refused("NUL", Refusal::bad_control, 400, get(std::string("A\0: b\r\n", 7))),
      refused("framing with a blank", Refusal::bad_field_name, 400,
              post("Content-Length : 5\r\n", "hello")),
      passes("all signs of a token", get("!#$%&'*+-.^_`|~09aZ: b\r\n"),
             {"!#$%&'*+-.^_`|~09aZ: b\r\n"}),
  });
}

TEST(Requests, Size) {
  const std::string line_of_8192 = "GET /" + of_size(8192 - 14) + " HTTP/1.1";
  check({
      refused("start line of 8193 bytes", Refusal::start_line_too_long, 414,
              "GET /" + of_size(8193 - 14) + " HTTP/1.1\r\nHost: x\r\n\r\n"),
      refused("endless target", Refusal::start_line_too_long, 414, "GET /" + of_size(20'000)),
      refused("method of 33 bytes", Refusal::bad_method, 400, start(of_size(33) + " / HTTP/1.1")),
      refused("field of 8193 bytes", Refusal::field_too_long, 431,
              get("A: " + of_size(8193 - 3) + "\r\n")),
      refused("endless name", Refusal::field_too_long, 431, get(of_size(9000))),
      refused("101 fields", Refusal::too_many_fields, 431, get(repeated("A: b\r\n", 100))),
      refused("1,000 fields", Refusal::too_many_fields, 431, get(repeated("A: b\r\n", 1000))),
      refused("head of more than 32 KiB", Refusal::head_too_large, 431,
              get(repeated("A: " + of_size(8000) + "\r\n", 5))),
      passes("start line of 8192 bytes", start(line_of_8192), {line_of_8192}),
      passes("method of 32 bytes", start(of_size(32) + " / HTTP/1.1"), {of_size(32) + " / "}),
      passes("field of 8192 bytes", get("A: " + of_size(8192 - 3) + "\r\n")),
      passes("100 fields", get(repeated("A: b\r\n", 99))),
      passes("head of exactly 32 KiB",
             get(repeated("A: " + of_size(7995) + "\r\n", 4) + "A: " + of_size(732) + "\r\n")),
  });
}

TEST(Requests, StartLine) {
  check({
      refused("two spaces", Refusal::bad_start_line, 400, start("GET  / HTTP/1.1")),
      refused("two spaces before the version", Refusal::bad_start_line, 400,
              start("GET /  HTTP/1.1")),
      refused("space at the end", Refusal::bad_start_line, 400, start("GET / HTTP/1.1 ")),
      refused("space at the beginning", Refusal::bad_start_line, 400, start(" GET / HTTP/1.1")),
      refused("tab", Refusal::bad_control, 400, start("GET\t/ HTTP/1.1")),
      refused("no version", Refusal::bad_start_line, 400, start("GET /")),
      refused("no target", Refusal::bad_start_line, 400, start("GET HTTP/1.1")),
      refused("lower case", Refusal::bad_start_line, 400, start("GET / http/1.1")),
      refused("one digit", Refusal::bad_start_line, 400, start("GET / HTTP/1")),
      refused("three digits", Refusal::bad_start_line, 400, start("GET / HTTP/1.10")),
      refused("no token", Refusal::bad_start_line, 400, start("G(T / HTTP/1.1")),
      refused("two empty lines", Refusal::bad_start_line, 400, "\r\n\r\n" + get("")),
      refused("empty line without CR", Refusal::bad_line_end, 400, "\n" + get("")),
      refused("HTTP/1.2", Refusal::version_unsupported, 505, start("GET / HTTP/1.2")),
      refused("HTTP/0.9", Refusal::version_unsupported, 505, start("GET / HTTP/0.9")),
      refused("HTTP/2.0", Refusal::version_unsupported, 505, start("GET / HTTP/2.0")),
      passes("one empty line", "\r\n" + get(""), {"GET / HTTP/1.1\r\n"}),
      passes("a method of its own", start("pUrGe-1 / HTTP/1.1"), {"pUrGe-1 / HTTP/1.1\r\n"}),
  });
}

TEST(Requests, WrongProtocolAndMethods) {
  check({
      refused("TLS", Refusal::wrong_protocol, 400, std::string("\x16\x03\x01\x00\xA5", 5)),
      refused("HTTP/2", Refusal::wrong_protocol, 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      refused("CONNECT", Refusal::method_refused, 405, start("CONNECT x:443 HTTP/1.1")),
      refused("TRACE", Refusal::method_refused, 405, start("TRACE / HTTP/1.1")),
      passes("case counts", start("connect / HTTP/1.1"), {"connect / HTTP/1.1"}),
  });
}

}  // namespace
}  // namespace kai::http1_test
