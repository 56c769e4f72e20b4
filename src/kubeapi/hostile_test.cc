// The client over real sockets, against what may stand in the place of an API server: an error of
// the right kind that names what was asked, never an object, never an absence.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codec/gzip.h"
#include "kubeapi/client.h"
#include "kubeapi/watch.h"
#include "net/http_beast_client.h"
#include "net/http_server.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_loop.h"

namespace kai::kubeapi {
namespace {

std::string head(int status, const std::string& headers = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers + "\r\n";
}

std::string with_length(const std::string& body, int status = 200,
                        const std::string& headers = "") {
  return head(status, headers + "Content-Length: " + std::to_string(body.size()) + "\r\n") + body;
}

const std::string pod =
    R"({"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"a"}})";
const std::string page = "<html><body>Sign in to continue</body></html>";
const std::string half = R"({"apiVersion":"v1","kind":"Pod","metadata":{"na)";

// Answers every request with the same bytes, and ends the connection.
class HostileApi : public testing::Test {
 protected:
  HostileApi() {
    auto listening =
        net::HttpServer::listen(test.loop(), {},
                                [this](const net::HttpServerRequest&,
                                       const std::shared_ptr<net::HttpResponder>& responder) {
                                  ++requests;
                                  responder->raw(bytes);
                                  responder->close();
                                });
    EXPECT_TRUE(listening.has_value());
    server = std::move(*listening);
  }

  template <typename T>
  Result<T> ask(const std::function<void(Client&, Reply<T>)>& question) {
    const ClusterAccess access{.server = "http://127.0.0.1:" + std::to_string(server->port())};
    net::BeastHttpClient http(test.loop(), {});  // no connection of the row before
    Client client(http, test.loop(), test.clock(), access,
                  std::make_shared<Credentials>(access.user, access.server, disk, process, wall,
                                                std::map<std::string, std::string>{}, nullptr));
    return net::await<T>(test.loop(), [&](Reply<T> reply) { question(client, std::move(reply)); });
  }
  Result<std::optional<Tree>> get() {
    return ask<std::optional<Tree>>([](Client& client, auto reply) {
      client.get({kinds::pod, "shop", "a"}, std::move(reply));
    });
  }
  Result<Answer> create() {
    return ask<Answer>([](Client& client, auto reply) {
      Tree object;
      object.set_at("/metadata/name", "a");
      client.create(kinds::pod, "shop", object, {}, std::move(reply));
    });
  }

  fakes::TestLoop test;
  fakes::FakeTimers timers;
  fakes::FakeProcess process{timers};
  fakes::FakeDisk disk;
  fakes::FakeWallClock wall;
  std::string bytes;
  int requests = 0;
  std::unique_ptr<net::HttpServer> server;
};

template <typename T>
void expect_error(const std::string& what, const Result<T>& got, ErrorKind kind,
                  const std::string& names) {
  ASSERT_FALSE(got.has_value()) << what;
  EXPECT_EQ(got.error().kind, kind) << what << ": " << got.error().message;
  EXPECT_NE(got.error().message.find(names), std::string::npos)
      << what << ": " << got.error().message;
  EXPECT_LT(got.error().message.size(), 2000U) << what;
  EXPECT_EQ(got.error().message.find('\x1b'), std::string::npos) << what;
}

TEST_F(HostileApi, AnHonestAnswerIsTaken) {
  bytes = with_length(pod);
  const auto got = get();
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ((*got)->text_or("/metadata/name", ""), "a");
  EXPECT_TRUE(create().has_value());
  bytes = with_length(pod, 200, "Content-Type: text/plain\r\n");
  EXPECT_TRUE(get().has_value()) << "the bytes count, whatever they are called";
}

struct Row {
  std::string what;
  std::string bytes;
};

// None of it passes for an object, and none for "there is no such object".
TEST_F(HostileApi, GarbageIsMalformedForReadsAndWrites) {
  const std::vector<Row> rows{
      {"half a JSON, whole by its length", with_length(half)},
      {"an empty body", with_length("")},
      {"no content", head(204)},
      {"the page of a proxy as 200", with_length(page, 200, "Content-Type: text/html\r\n")},
      {"the page of a proxy as 403", with_length(page, 403)},
      {"the page of a proxy as 404", with_length(page, 404)},
      {"the page of a proxy as 407", with_length(page, 407)},
      {"another program's JSON as 404", with_length(R"({"error":"not found"})", 404)},
      {"a login as 302", with_length("", 302, "Location: http://login/\r\n")},
      {"NaN", with_length(R"({"kind":"Pod","metadata":{"name":"a"},"spec":{"x":NaN}})")},
      {"infinity", with_length(R"({"kind":"Pod","metadata":{"name":"a"},"spec":{"x":1e999}})")},
      {"a list", with_length("[" + pod + "]")},
      {"a text", with_length("\"ok\"")},
      {"null", with_length("null")},
      {"two objects", with_length(pod + pod)},
      {"protobuf", with_length(std::string("k8s\0\n\x0c\n\x02v1", 11), 200,
                               "Content-Type: application/vnd.kubernetes.protobuf\r\n")},
      {"gzip that nobody asked for",
       with_length(codec::deflate(pod), 200, "Content-Encoding: gzip\r\n")},
      {"bytes that are no text", with_length("{\"kind\":\"\xff\xfe\"}")},
      {"brackets without an end", with_length(std::string(1'000'000, '['))},
      {"a terminal's commands", with_length("\x1b]0;gotcha\x07\x1b[2J")},
  };
  for (const Row& row : rows) {
    bytes = row.bytes;
    expect_error(row.what, get(), ErrorKind::malformed, "get Pod shop/a");
    expect_error(row.what, create(), ErrorKind::malformed, "create Pod shop/a");
  }
}

// JSON that is somebody else's: a health page, another kind, a Status as success.
TEST_F(HostileApi, AnObjectThatWasNotAskedForIsMalformed) {
  for (const Row& row : std::vector<Row>{
           {"an empty object", "{}"},
           {"a health page", R"({"status":"ok"})"},
           {"another kind", R"({"kind":"Secret","metadata":{"name":"a"}})"},
           {"a Status", R"({"kind":"Status","metadata":{},"status":"Success"})"},
           {"metadata that is none", R"({"kind":"Pod","metadata":[]})"},
       }) {
    bytes = with_length(row.bytes);
    expect_error(row.what, get(), ErrorKind::malformed, "get Pod shop/a");
  }
}

TEST_F(HostileApi, WhatIsCutIsUnavailableAndAWriteIsNotRepeated) {
  for (const Row& row : std::vector<Row>{
           {"nothing", ""},
           {"half a head", "HTTP/1.1 200 OK\r\nContent-"},
           {"half a JSON, cut", head(200, "Content-Length: 500\r\n") + half},
           {"a chunk cut in the middle",
            head(200, "Transfer-Encoding: chunked\r\n") + "ff\r\n" + half},
           {"the page of a proxy as 502", with_length(page, 502)},
           {"an overload", with_length("slow down", 429)},
       }) {
    bytes = row.bytes;
    requests = 0;
    expect_error(row.what, create(), ErrorKind::unavailable, "create Pod shop/a");
    EXPECT_EQ(requests, 1) << row.what;
  }
}

TEST_F(HostileApi, ABodyBeyond64MebibytesIsMalformed) {
  const std::string body(net::body_bytes_max_default + 1, ' ');
  bytes = with_length(body);
  expect_error("by its length", create(), ErrorKind::malformed, "longer than allowed");
  bytes = head(200) + body;
  expect_error("without a length", create(), ErrorKind::malformed, "longer than allowed");
}

TEST_F(HostileApi, AListOfGarbageIsNoList) {
  const auto list = [this] {
    return ask<Listing>(
        [](Client& client, auto reply) { client.list(kinds::pod, "shop", {}, std::move(reply)); });
  };
  for (const std::string& body :
       {std::string(R"({"kind":"PodList","items":{}})"), std::string(R"({"kind":"PodList"})"),
        std::string(R"({"kind":"PodList","items":[1,"a",null]})"), page, half}) {
    bytes = with_length(body);
    expect_error(body, list(), ErrorKind::malformed, "list pods in shop");
  }
}

TEST_F(HostileApi, AnAccessReviewOfGarbageAllowsNothing) {
  const auto may_i = [this] {
    return ask<std::vector<bool>>([](Client& client, auto reply) {
      client.may_i({{.verb = "get", .kind = kinds::pod, .name_space = "shop"}}, std::move(reply));
    });
  };
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"status":{"allowed":"true"}})"),
        std::string(R"({"status":{"allowed":1}})"), std::string("true"), page, half}) {
    bytes = with_length(body);
    expect_error(body, may_i(), ErrorKind::malformed, "access review");
  }
}

TEST_F(HostileApi, NobodyElsePassesForAnApiServer) {
  const auto version = [this] {
    return ask<std::string>([](Client& client, auto reply) { client.version(std::move(reply)); });
  };
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"gitVersion":7})"), std::string("\"v1.37.2\""), page}) {
    bytes = with_length(body);
    expect_error(body, version(), ErrorKind::malformed, "version");
  }
}

// A watch that cannot be read is listed anew, told once, and never ends the program.
TEST_F(HostileApi, AWatchOfGarbageTellsItsTroubleAndNoChange) {
  const std::string bare = head(200, "Transfer-Encoding: chunked\r\n");
  const auto chunk = [](const std::string& text) {
    std::string size;
    for (std::size_t left = text.size(); left > 0; left /= 16)
      size.insert(size.begin(), "0123456789abcdef"[left % 16]);
    return size + "\r\n" + text + "\r\n";
  };
  struct Case {
    std::string what;
    std::string stream;
    ErrorKind kind;
  };
  for (const Case& each : std::vector<Case>{
           {"a page", with_length(page + "\n"), ErrorKind::malformed},
           {"half a line that ends",
            with_length(R"({"type":"ADDED","object":{"me)"
                        "\n"),
            ErrorKind::malformed},
           {"NaN", with_length("{\"type\":\"ADDED\",\"object\":{\"x\":NaN}}\n"),
            ErrorKind::malformed},
           {"an event without an object", with_length("{\"type\":\"ADDED\"}\n"),
            ErrorKind::malformed},
           {"zeros", with_length(std::string(100, '\0') + "\n"), ErrorKind::malformed},
           {"a line without an end", bare + chunk(std::string(watch_line_bytes_max + 1, ' ')),
            ErrorKind::malformed},
           {"a chunk cut", bare + "ff\r\n{\"type\":\"ADDED\"", ErrorKind::unavailable},
           {"the page of a proxy as 502", with_length(page, 502), ErrorKind::unavailable},
           {"a login as 302", with_length("", 302), ErrorKind::unavailable},
       }) {
    bytes = with_length(R"({"kind":"PodList","metadata":{"resourceVersion":"1"},"items":[]})");
    const ClusterAccess access{.server = "http://127.0.0.1:" + std::to_string(server->port())};
    net::BeastHttpClient http(test.loop(), {});
    Client client(http, test.loop(), test.clock(), access,
                  std::make_shared<Credentials>(access.user, access.server, disk, process, wall,
                                                std::map<std::string, std::string>{}, nullptr));
    fakes::FakeRandom random;
    std::optional<Error> trouble;
    int changes = 0;
    WatchEvents events;
    events.on_change = [&](Change, const Tree&) { ++changes; };
    events.on_synced = [&] { bytes = each.stream; };
    events.on_trouble = [&](const Error& error) { trouble = error; };
    Watch watch(client, random, kinds::pod, "shop", {}, std::move(events));
    test.run_until([&] { return trouble.has_value(); });
    EXPECT_EQ(trouble->kind, each.kind) << each.what << ": " << trouble->message;
    EXPECT_LT(trouble->message.size(), 1000U) << each.what;
    EXPECT_EQ(changes, 0) << each.what;
  }
}

}  // namespace
}  // namespace kai::kubeapi
