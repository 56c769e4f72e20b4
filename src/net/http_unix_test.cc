// The client on Unix sockets: the same promises as on addresses.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/http_beast_client.h"
#include "net/http_server.h"
#include "net/unix_socket.h"
#include "tests/fakes/test_loop.h"

namespace kai::net {
namespace {

class HttpUnixTest : public testing::Test {
 protected:
  ~HttpUnixTest() override {
    ::unlink(path.c_str());
    ::unlink(other_path.c_str());
  }

  std::unique_ptr<HttpServer> listen(const std::string& at) {
    auto listening = HttpServer::listen(
        test.loop(), {.unix_path = at},
        [this](const HttpServerRequest& request, const std::shared_ptr<HttpResponder>& responder) {
          seen.push_back(request.head.method + " " + request.head.target + " " +
                         *request.head.header("host"));
          kept.push_back(responder);
          handler(request, *responder);
        });
    EXPECT_TRUE(listening.has_value());
    return std::move(*listening);
  }
  Result<HttpResponse> send(HttpRequest request) {
    return await<HttpResponse>(test.loop(), [&](Reply<HttpResponse> reply) {
      client.send(std::move(request), std::move(reply));
    });
  }
  Result<HttpResponse> get(const std::string& at) {
    return send({.url = "http://name/a?b", .unix_socket = at});
  }
  void expect_unavailable(const Result<HttpResponse>& answer, const std::string& message) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error(), (Error{ErrorKind::unavailable, message}));
  }

  fakes::TestLoop test;
  std::function<void(const HttpServerRequest&, HttpResponder&)> handler =
      [](const HttpServerRequest& request, HttpResponder& responder) {
        responder.send({.status = 200, .body = request.body + "!"});
      };
  std::vector<std::string> seen;
  std::vector<std::shared_ptr<HttpResponder>> kept;
  const std::string path = testing::TempDir() + "kai-unix-" + std::to_string(::getpid());
  const std::string other_path = path + "-other";
  BeastHttpClient client{test.loop(), {}};
};

TEST_F(HttpUnixTest, TheSocketIsAskedAndHearsTheHostOfTheUrl) {
  const auto server = listen(path);
  const auto answer =
      send({.method = "PUT", .url = "http://name/a?b", .unix_socket = path, .body = "ping"});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "ping!");
  EXPECT_EQ(seen, std::vector<std::string>{"PUT /a?b name"});
}

TEST_F(HttpUnixTest, ConnectionsAreKeptForTheirOwnSocketOnly) {
  const auto server = listen(path);
  const auto other = listen(other_path);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(get(path).has_value());
  EXPECT_EQ(server->connections_accepted(), 1U);
  EXPECT_EQ(other->connections_accepted(), 0U);
  EXPECT_TRUE(get(other_path).has_value());
  EXPECT_EQ(other->connections_accepted(), 1U);
}

TEST_F(HttpUnixTest, NoSuchSocketIsUnavailableAndNamed) {
  expect_unavailable(get(path),
                     "GET http://name:80/a over " + path + ": there is no socket " + path);
}

// What a server that was killed leaves behind.
TEST_F(HttpUnixTest, SocketThatNobodyServesIsUnavailableAndNamed) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(left);
  expect_unavailable(get(path),
                     "GET http://name:80/a over " + path + ": nobody listens on " + path);
}

TEST_F(HttpUnixTest, PathThatNoSocketCanHaveIsRejected) {
  for (const std::string& bad : {std::string(108, 'x'), std::string("a\0b", 3)}) {
    const auto answer = get(bad);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, ErrorKind::rejected);
  }
  EXPECT_EQ(connect_unix("").error().kind, ErrorKind::rejected);
}

TEST_F(HttpUnixTest, ServerThatStartedAnewIsFoundAgain) {
  auto server = listen(path);
  EXPECT_TRUE(get(path).has_value());
  server.reset();
  server = listen(path);
  const auto answer = get(path);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(server->connections_accepted(), 1U);
}

TEST_F(HttpUnixTest, WriteThatIsNotAnsweredIsOfUnknownOutcome) {
  const auto server = listen(path);
  handler = [](const HttpServerRequest&, HttpResponder& responder) { responder.close(); };
  expect_unavailable(
      send({.method = "PUT", .url = "http://name/", .unix_socket = path, .body = "x"}),
      "PUT http://name:80/ over " + path +
          ": connection closed before an answer; the outcome is unknown");
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(HttpUnixTest, SilentServerEndsInATimeOut) {
  const auto server = listen(path);
  handler = [](const HttpServerRequest&, HttpResponder&) {};
  std::vector<Result<HttpResponse>> answers;
  client.send({.url = "http://name/", .unix_socket = path, .timeout = std::chrono::seconds(3)},
              [&](Result<HttpResponse> answer) { answers.push_back(std::move(answer)); });
  test.run_until([&] { return !seen.empty(); });
  test.advance(std::chrono::seconds(3));
  test.run_until([&] { return !answers.empty(); });
  expect_unavailable(answers.front(), "GET http://name:80/ over " + path +
                                          ": timed out after 3s, waiting for the answer");
}

TEST_F(HttpUnixTest, HostileAnswersAreMalformedAndHarmNobody) {
  const auto server = listen(path);
  const std::vector<std::string> lies = {
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
      "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "nonsense\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"};
  for (const std::string& lie : lies) {
    handler = [&](const HttpServerRequest&, HttpResponder& responder) { responder.raw(lie); };
    const auto answer = send({.url = "http://name/", .unix_socket = path, .body_bytes_max = 1000});
    ASSERT_FALSE(answer.has_value()) << lie;
    EXPECT_EQ(answer.error().kind, ErrorKind::malformed) << lie;
  }
  handler = [](const HttpServerRequest&, HttpResponder& responder) {
    responder.send({.status = 200, .body = "honest"});
  };
  EXPECT_EQ(get(path)->body, "honest");
}

}  // namespace
}  // namespace kai::net
