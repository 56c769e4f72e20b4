#include "net/http_beast_client.h"

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "net/connection.h"
#include "net/http_pool.h"
#include "net/http_server.h"
#include "tests/fakes/test_loop.h"

namespace kai::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Responder = std::shared_ptr<HttpResponder>;

// A server that does what a test says, and a client, on one loop whose time stands still.
class HttpClientTest : public testing::Test {
 protected:
  using Handler = std::function<void(const HttpServerRequest&, const Responder&)>;

  HttpClientTest() {
    auto listening =
        HttpServer::listen(test.loop(), {}, [this](HttpServerRequest request, Responder responder) {
          seen.push_back(request.head.method + " " + request.head.target);
          kept.push_back(responder);
          handler(request, responder);
        });
    EXPECT_TRUE(listening.has_value());
    server = std::move(*listening);
  }

  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + target;
  }
  Result<HttpResponse> get(HttpRequest request = {}) {
    if (request.url.empty()) request.url = url();
    return await<HttpResponse>(test.loop(), [&](Reply<HttpResponse> reply) {
      client.send(std::move(request), std::move(reply));
    });
  }
  // What comes of a request that is not awaited.
  std::shared_ptr<std::vector<Result<HttpResponse>>> start(HttpRequest request) {
    auto replies = std::make_shared<std::vector<Result<HttpResponse>>>();
    client.send(std::move(request),
                [replies](Result<HttpResponse> result) { replies->push_back(std::move(result)); });
    EXPECT_TRUE(replies->empty()) << "replied before the call returned";
    return replies;
  }

  fakes::TestLoop test;
  Handler handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->send({.status = 200, .body = "ok"});
  };
  std::vector<std::string> seen;
  std::vector<Responder> kept;
  std::unique_ptr<HttpServer> server;
  BeastHttpClient client{test.loop(), {}};
};

TEST_F(HttpClientTest, AnyStatusIsAResponse) {
  handler = [](const HttpServerRequest& request, const Responder& responder) {
    EXPECT_EQ(request.body, "ping");
    EXPECT_EQ(*request.head.header("authorization"), "Bearer t");
    EXPECT_EQ(*request.head.header("x-a"), "b");
    responder->send({.status = 503, .headers = {{"Retry-After", "3"}}, .body = "later"});
  };
  const auto answer = get({.method = "POST",
                           .url = url("/a?b=c"),
                           .headers = {{"X-A", "b"}},
                           .authorization = Secret("Bearer t"),
                           .body = "ping"});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "later");
  EXPECT_EQ(*answer->header("retry-after"), "3");
  EXPECT_EQ(answer->header("other"), nullptr);
  EXPECT_EQ(seen, std::vector<std::string>{"POST /a?b=c"});
}

TEST_F(HttpClientTest, ConnectionIsKept) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(get().has_value());
  EXPECT_EQ(server->connections_accepted(), 1U);
}

TEST_F(HttpClientTest, HeadHasNoBodyAndKeepsTheConnection) {
  const auto answer = get({.method = "HEAD", .url = url()});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(*answer->header("Content-Length"), "2");
  EXPECT_EQ(answer->body, "");
  EXPECT_TRUE(get().has_value());
  EXPECT_EQ(server->connections_accepted(), 1U);
}

TEST_F(HttpClientTest, LargeBodiesTravelBothWays) {
  const std::string large(std::size_t{3} << 20, 'x');
  handler = [&](const HttpServerRequest& request, const Responder& responder) {
    responder->send({.status = 200, .body = request.body + "!"});
  };
  const auto answer = get({.method = "PUT", .url = url(), .body = large});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, large + "!");
}

TEST_F(HttpClientTest, IdleConnectionsOfARestartedServerAreReplaced) {
  EXPECT_TRUE(get().has_value());
  server->close_connections();
  EXPECT_TRUE(get().has_value());
  EXPECT_EQ(server->connections_accepted(), 2U);
}

TEST_F(HttpClientTest, IdleConnectionIsClosedAfterAWhile) {
  EXPECT_TRUE(get().has_value());
  test.advance(HttpPool::idle_max);
  test.run_until([&] { return server->connections_open() == 0; });
}

// The server closes a kept connection just when the next request arrives on it.
TEST_F(HttpClientTest, GetOnADyingConnectionIsSentOnceMore) {
  EXPECT_TRUE(get().has_value());
  handler = [&](const HttpServerRequest&, const Responder& responder) {
    if (seen.size() == 2) return responder->close();
    responder->send({.status = 200, .body = "second"});
  };
  const auto answer = get({.url = url("/again")});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "second");
  EXPECT_EQ(seen, (std::vector<std::string>{"GET /", "GET /again", "GET /again"}));
}

TEST_F(HttpClientTest, GetIsNotSentAThirdTime) {
  EXPECT_TRUE(get().has_value());
  handler = [](const HttpServerRequest&, const Responder& responder) { responder->close(); };
  const auto answer = get();
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(HttpClientTest, WriteIsNeverSentTwice) {
  EXPECT_TRUE(get().has_value());
  handler = [](const HttpServerRequest&, const Responder& responder) { responder->close(); };
  const auto answer = get({.method = "PATCH", .url = url("/w?token=secret"), .body = "{}"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error(),
            (Error{.kind = ErrorKind::unavailable,
                   .message = "PATCH " + url("/w") +
                              ": connection closed before an answer; the outcome is unknown"}));
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(HttpClientTest, AnswerThatIsCutAnywhereIsUnavailable) {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  std::size_t size = 0;
  handler = [&](const HttpServerRequest&, const Responder& responder) {
    responder->raw(whole.substr(0, size));
    responder->close();
  };
  for (size = 0; size < whole.size(); ++size) {
    const auto answer = get();
    ASSERT_FALSE(answer.has_value()) << size;
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable) << size;
  }
  EXPECT_EQ(get()->body, "ok");
}

TEST_F(HttpClientTest, WhatIsNotHttpIsMalformed) {
  for (const char* garbage :
       {"<html>\r\n\r\n", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nbad\r\n\r\n"}) {
    handler = [&](const HttpServerRequest&, const Responder& responder) {
      responder->raw(garbage);
    };
    const auto answer = get();
    ASSERT_FALSE(answer.has_value()) << garbage;
    EXPECT_EQ(answer.error().kind, ErrorKind::malformed);
  }
}

TEST_F(HttpClientTest, BodyBeyondItsLimitIsMalformed) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->send({.status = 200, .body = std::string(101, 'x')});
  };
  const auto answer = get({.url = url(), .body_bytes_max = 100});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error(),
            (Error{.kind = ErrorKind::malformed,
                   .message = "GET " + url() + ": the body is longer than allowed"}));
  EXPECT_TRUE(get({.url = url(), .body_bytes_max = 101}).has_value());
}

TEST_F(HttpClientTest, SilentServerEndsInATimeOut) {
  handler = [](const HttpServerRequest&, const Responder&) {};
  const auto replies = start({.method = "POST", .url = url(), .timeout = seconds(3)});
  test.run_until([&] { return seen.size() == 1; });
  test.advance(milliseconds(2999));
  test.turn(5);
  EXPECT_TRUE(replies->empty());
  test.advance(milliseconds(1));
  test.run_until([&] { return !replies->empty(); });
  EXPECT_EQ(
      replies->front().error(),
      (Error{.kind = ErrorKind::unavailable,
             .message = "POST " + url() +
                        ": timed out after 3s, waiting for the answer; the outcome is unknown"}));
}

TEST_F(HttpClientTest, SlowBodyDoesNotProlongTheTimeOut) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->begin({.status = 200});
  };
  const auto replies = start({.url = url(), .timeout = seconds(3)});
  test.run_until([&] { return seen.size() == 1; });
  for (int i = 0; i < 3; ++i) {
    kept.back()->piece("x");
    test.turn(20);
    EXPECT_TRUE(replies->empty());
    test.advance(seconds(1));
  }
  test.run_until([&] { return !replies->empty(); });
  EXPECT_EQ(replies->front().error().message,
            "GET " + url() + ": timed out after 3s, reading the answer");
}

TEST_F(HttpClientTest, RefusedConnectionIsUnavailable) {
  const std::string dead = url();
  server.reset();
  const auto answer = get({.url = dead});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error(), (Error{.kind = ErrorKind::unavailable,
                                   .message = "GET " + dead + ": connecting: Connection refused"}));
}

TEST_F(HttpClientTest, UnusableUrlIsRejectedAfterTheCall) {
  const auto replies = start({.url = "http://user:secret@host/"});
  test.run_until([&] { return !replies->empty(); });
  EXPECT_EQ(replies->front().error().kind, ErrorKind::rejected);
  EXPECT_EQ(replies->front().error().message.find("secret"), std::string::npos);
}

TEST_F(HttpClientTest, NameIsLookedUp) {
  EXPECT_TRUE(get({.url = "http://localhost:" + std::to_string(server->port()) + "/"}).has_value());
}

TEST_F(HttpClientTest, ManyRequestsShareEightConnectionsAndEachIsAnsweredOnce) {
  std::map<std::string, int> answers;
  for (int i = 0; i < 64; ++i) {
    const std::string target = "/" + std::to_string(i);
    client.send({.url = url(target)}, [&answers, target](const Result<HttpResponse>& result) {
      EXPECT_TRUE(result.has_value());
      ++answers[target];
    });
  }
  std::size_t most = 0;
  test.run_until([&] {
    most = std::max(most, server->connections_open());
    return answers.size() == 64;
  });
  test.turn(50);
  for (const auto& [target, count] : answers) EXPECT_EQ(count, 1) << target;
  EXPECT_EQ(most, HttpPool::connections_max);
  EXPECT_EQ(server->connections_accepted(), HttpPool::connections_max);
}

TEST_F(HttpClientTest, QueueHasALimit) {
  handler = [](const HttpServerRequest&, const Responder&) {};
  std::vector<std::shared_ptr<std::vector<Result<HttpResponse>>>> waiting;
  for (std::size_t i = 0; i < HttpPool::connections_max + HttpPool::waiting_max; ++i)
    waiting.push_back(start({.url = url()}));
  const auto one_too_many = start({.url = url()});
  test.run_until([&] { return !one_too_many->empty(); });
  EXPECT_EQ(one_too_many->front().error().message,
            "GET " + url() + ": too many requests wait for this server");
  EXPECT_TRUE(waiting.back()->empty());
  test.advance(seconds(10));
  test.run_until([&] { return !waiting.back()->empty(); });
  EXPECT_TRUE(waiting.back()->front().error().message.starts_with("GET " + url() +
                                                                  ": timed out after 10s, "));
}

// What a stream told, as text.
struct Told {
  std::string text;
  StreamEvents events() {
    return {
        .on_head =
            [this](const HttpResponse& head) { text += "[" + std::to_string(head.status) + "]"; },
        .on_piece = [this](std::string_view bytes) { text += bytes; },
        .on_end =
            [this](const Result<Unit>& end) {
              text += end ? "[end]" : "[" + end.error().message + "]";
            },
    };
  }
};

TEST_F(HttpClientTest, StreamTellsHeadPiecesAndEnd) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->begin({.status = 200});
  };
  Told told;
  const auto stream = client.open_stream({.url = url("/watch")}, told.events());
  test.run_until([&] { return told.text == "[200]"; });
  kept.back()->piece("one");
  test.run_until([&] { return told.text == "[200]one"; });
  // The time-out held until the head only.
  test.advance(seconds(100));
  test.turn(5);
  kept.back()->piece("two");
  kept.back()->finish();
  test.run_until([&] { return told.text.ends_with("]") && told.text.size() > 6; });
  EXPECT_EQ(told.text, "[200]onetwo[end]");
}

TEST_F(HttpClientTest, StreamPiecesAreNoLongerThanAllowed) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->send({.status = 200, .body = std::string(1000, 'x')});
  };
  std::size_t longest = 0;
  std::size_t total = 0;
  bool ended = false;
  StreamEvents events{.on_head = [](const HttpResponse&) {},
                      .on_piece =
                          [&](std::string_view bytes) {
                            longest = std::max(longest, bytes.size());
                            total += bytes.size();
                          },
                      .on_end = [&](const Result<Unit>& end) { ended = end.has_value(); }};
  const auto stream = client.open_stream({.url = url(), .body_bytes_max = 64}, std::move(events));
  test.run_until([&] { return ended; });
  EXPECT_EQ(longest, 64U);
  EXPECT_EQ(total, 1000U);
}

TEST_F(HttpClientTest, StreamCutInTheMiddleEndsWithAnError) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->begin({.status = 200});
    responder->piece("half");
    responder->close();
  };
  Told told;
  const auto stream = client.open_stream({.url = url("/w?a=b")}, told.events());
  test.run_until([&] { return told.text.find("half[") != std::string::npos; });
  EXPECT_EQ(told.text,
            "[200]half[GET " + url("/w") + ": connection closed in the middle of the answer]");
}

TEST_F(HttpClientTest, SilentStreamEnds) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->begin({.status = 200});
  };
  Told told;
  const auto stream = client.open_stream({.url = url(), .silence_max = seconds(30)}, told.events());
  test.run_until([&] { return told.text == "[200]"; });
  test.advance(seconds(29));
  kept.back()->piece("x");
  test.run_until([&] { return told.text == "[200]x"; });
  test.advance(seconds(29));
  test.turn(5);
  EXPECT_EQ(told.text, "[200]x");
  test.advance(seconds(1));
  test.run_until([&] { return told.text != "[200]x"; });
  EXPECT_EQ(told.text, "[200]x[GET " + url() + ": the stream was silent for 30s]");
}

TEST_F(HttpClientTest, DestroyedStreamIsSilentAndClosesItsConnection) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->begin({.status = 200});
  };
  Told told;
  auto stream = client.open_stream({.url = url()}, told.events());
  test.run_until([&] { return told.text == "[200]"; });
  kept.back()->piece("never told");
  stream.reset();
  test.run_until([&] { return server->connections_open() == 0; });
  EXPECT_EQ(told.text, "[200]");
}

TEST_F(HttpClientTest, StreamMayBeDestroyedByItsOwnEvents) {
  handler = [](const HttpServerRequest&, const Responder& responder) {
    responder->begin({.status = 200});
    responder->piece("x");
    responder->finish();
  };
  std::unique_ptr<HttpStream> stream;
  std::string text;
  stream =
      client.open_stream({.url = url()}, {.on_head = [&](const HttpResponse&) { text += "head"; },
                                          .on_piece =
                                              [&](std::string_view) {
                                                text += " piece";
                                                stream.reset();
                                              },
                                          .on_end = [&](const Result<Unit>&) { text += " end"; }});
  test.run_until([&] { return text == "head piece"; });
  test.turn(20);
  EXPECT_EQ(text, "head piece");
}

TEST_F(HttpClientTest, WatchesLeaveRoomForRequests) {
  handler = [](const HttpServerRequest& request, const Responder& responder) {
    if (request.head.target == "/watch") return responder->begin({.status = 200});
    responder->send({.status = 200});
  };
  std::vector<std::unique_ptr<Told>> told;
  std::vector<std::unique_ptr<HttpStream>> streams;
  for (std::size_t i = 0; i < HttpPool::connections_max + 2; ++i) {
    told.push_back(std::make_unique<Told>());
    streams.push_back(client.open_stream({.url = url("/watch")}, told.back()->events()));
  }
  EXPECT_TRUE(get().has_value());
}

TEST_F(HttpClientTest, BugInAReplyDoesNotHarmTheConnection) {
  std::vector<std::string> bugs;
  fakes::FakeSteadyClock clock;
  Loop loop(clock, [&](std::string_view what) { bugs.emplace_back(what); });
  auto own = HttpServer::listen(loop, {}, [](const HttpServerRequest&, const Responder& responder) {
    responder->send({.status = 200});
  });
  ASSERT_TRUE(own.has_value());
  BeastHttpClient http(loop, {});
  const std::string where = "http://127.0.0.1:" + std::to_string((*own)->port()) + "/";
  http.send({.url = where}, [](const Result<HttpResponse>&) { throw std::runtime_error("oops"); });
  loop.run_until([&] { return !bugs.empty(); });
  EXPECT_EQ(bugs, std::vector<std::string>{"oops"});
  const auto answer = await<HttpResponse>(
      loop, [&](Reply<HttpResponse> reply) { http.send({.url = where}, std::move(reply)); });
  EXPECT_TRUE(answer.has_value());
  EXPECT_EQ((*own)->connections_accepted(), 1U);
}

TEST_F(HttpClientTest, ServerRefusesABodyThatIsTooLong) {
  const auto answer =
      get({.method = "POST", .url = url(), .body = std::string((std::size_t{4} << 20) + 1, 'x')});
  // Refused by status, or by a reset that overtook it: never as if nothing had been sent.
  if (answer) {
    EXPECT_EQ(answer->status, 413);
  } else {
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(answer.error().message.ends_with("the outcome is unknown"))
        << answer.error().message;
  }
}

TEST_F(HttpClientTest, ServerEndsARequestThatNeverComesWhole) {
  const auto connection = std::make_shared<Connection>(test.loop());
  const auto opened = await<Unit>(test.loop(), [&](Reply<Unit> reply) {
    connection->open({.host = "127.0.0.1", .port = server->port()}, std::move(reply));
  });
  ASSERT_TRUE(opened.has_value());
  bool closed = false;
  connection->start({.on_bytes = [](std::string_view) {},
                     .on_closed = [&](const Result<Unit>&) { closed = true; }});
  connection->write("GET / HT");
  test.run_until([&] { return server->connections_open() == 1; });
  test.advance(seconds(60));
  test.run_until([&] { return closed; });
}

}  // namespace
}  // namespace kai::net
