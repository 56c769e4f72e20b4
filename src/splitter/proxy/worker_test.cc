// The whole of a worker on one thread: real sockets of loopback, a clock that the test moves.
#include "splitter/proxy/worker.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/loop/socket.h"
#include "splitter/observe/cell.h"
#include "splitter/observe/exposition.h"
#include "splitter/protocol/spec.h"
#include "splitter/proxy/limits.h"
#include "splitter/route/address.h"
#include "splitter/route/numbers.h"
#include "splitter/route/settings.h"
#include "splitter/route/snapshot.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/test_snapshot.h"

namespace kai::splitter {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// One end of a connection, as the test holds it.
struct Peer {
  os::Descriptor socket;
  std::string received;
  bool at_end = false;

  void read() {
    std::array<char, 65'536> piece;
    while (true) {
      const ssize_t got = ::recv(socket.number(), piece.data(), piece.size(), MSG_DONTWAIT);
      if (got > 0) received.append(piece.data(), static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EAGAIN)) at_end = true;
      if (got <= 0) return;
    }
  }
  void send(std::string_view bytes) const {
    static_cast<void>(::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
};

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() : backend_(*listen_on({.ip = *parse_ip_address("127.0.0.1"), .port = 0})) {
    spec_.backends.resize(1);
    spec_.backends[0].endpoints = {format_socket_address(local_address(backend_.number()))};
    spec_.routes[0].split.weights = {{.backend = "old", .ppm = 1'000'000}};
  }

  void start() {
    worker_ = std::make_unique<Worker>(clock_, random_, fakes::built(spec_, numbers_), clients_max_,
                                       [](std::string_view what) { ADD_FAILURE() << what; });
    os::Descriptor listener = *listen_on({.ip = *parse_ip_address("127.0.0.1"), .port = 0});
    address_ = local_address(listener.number());
    worker_->listen(std::move(listener), settings_);
  }

  // The kernel's loopback delivers within the call that sends, so a few turns are enough.
  void turns(int count = 6) {
    for (int turn = 0; turn < count; ++turn) worker_->reactor().turn(false);
  }
  void pass(Duration time) {
    clock_.advance(time);
    turns();
  }

  Peer client() {
    Peer peer{.socket = connect_to(address_)};
    turns();
    return peer;
  }
  // The next connection that the worker made to the backend; not open when it made none.
  Peer accepted() {
    Accepted next;
    static_cast<void>(accept_from(backend_.number(), next));
    return {.socket = std::move(next.descriptor)};
  }
  // A client, and the connection that its request came to the backend on.
  struct Visit {
    Peer client;
    Peer backend;
  };
  Visit visit(std::string_view request) {
    Peer client = this->client();
    client.send(request);
    turns();
    return {.client = std::move(client), .backend = accepted()};
  }
  void answer(Peer& backend, std::string_view bytes) {
    backend.send(bytes);
    turns();
  }
  std::string metrics() {
    return write_exposition({&worker_->cells()}, *worker_->current().snapshot);
  }

  fakes::FakeSteadyClock clock_;
  fakes::FakeRandom random_;
  Numbers numbers_{random_};
  SnapshotSpec spec_ = fakes::shop_spec();
  ListenerSettings settings_;
  std::size_t clients_max_ = 1000;
  os::Descriptor backend_;
  SocketAddress address_;
  std::unique_ptr<Worker> worker_;
};

// ------------------------------------------------------------------------------------------------

TEST_F(WorkerTest, AConnectionHoldsNoBufferWhileItIsIdle) {
  start();
  auto [client, backend] = visit(get);
  answer(backend, ok);
  client.read();
  EXPECT_TRUE(client.received.ends_with("\r\n\r\nok")) << client.received;
  EXPECT_EQ(worker_->slabs().lent_bytes(), 0U);
  EXPECT_EQ(worker_->pool().size(), 1U);
}

TEST_F(WorkerTest, AHeadOfOneByteASecondIsCutWithinElevenSeconds) {
  start();
  Peer client = this->client();
  int sent = 0;
  for (; !client.at_end && sent < 30; ++sent) {
    client.send(std::string(1, get[static_cast<std::size_t>(sent) % get.size()]));
    turns();
    pass(seconds(1));
    client.read();
  }
  EXPECT_LE(sent, 11);
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 408 ")) << client.received;
}

TEST_F(WorkerTest, ABodyOfOneByteASecondIsCutWithinTwentySeconds) {
  start();
  Peer client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  int sent = 0;
  for (; !client.at_end && sent < 60; ++sent) {
    client.send("x");
    turns();
    pass(seconds(1));
    client.read();
  }
  EXPECT_LE(sent, 20);
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 408 ")) << client.received;
  Peer backend = accepted();
  backend.read();
  EXPECT_TRUE(backend.at_end) << "the backend must not wait for the rest";
}

TEST_F(WorkerTest, ABodyOf300BytesASecondIsNotCut) {
  start();
  Peer client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  for (int second = 0; second < 60; ++second) {
    client.send(std::string(300, 'x'));
    pass(seconds(1));
  }
  client.read();
  EXPECT_EQ(client.received, "");
  EXPECT_FALSE(client.at_end);
}

TEST_F(WorkerTest, ABodyThatWeDoNotReadIsNotTheClientsFault) {
  start();
  Peer client = this->client();
  // The backend reads nothing, so its buffers fill and reading from the client stops.
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  for (int count = 0; count < 64; ++count) {
    client.send(piece);
    turns(32);
  }
  EXPECT_LE(worker_->slabs().lent_bytes(), std::size_t{3} * 65'536);
  pass(seconds(25));
  client.read();
  EXPECT_EQ(client.received, "") << "25 s of silence, but of the backend's";
}

TEST_F(WorkerTest, ASilentClientIsClosedAfterTenSecondsAndAnIdleOneAfterSixty) {
  start();
  Peer silent = client();
  Peer idle = client();
  idle.send(get);
  turns();
  Peer backend = accepted();
  answer(backend, ok);
  pass(milliseconds(9'900));
  silent.read();
  EXPECT_FALSE(silent.at_end);
  pass(milliseconds(200));
  silent.read();
  EXPECT_TRUE(silent.at_end);
  EXPECT_EQ(silent.received, "");
  pass(seconds(45));
  idle.read();
  EXPECT_FALSE(idle.at_end);
  pass(seconds(6));
  idle.read();
  EXPECT_TRUE(idle.at_end);
}

TEST_F(WorkerTest, AnIdleBackendConnectionIsClosedAfterThirtySeconds) {
  start();
  auto [client, backend] = visit(get);
  answer(backend, ok);
  pass(seconds(29));
  EXPECT_EQ(worker_->pool().size(), 1U);
  pass(seconds(2));
  EXPECT_EQ(worker_->pool().size(), 0U);
}

TEST_F(WorkerTest, ABackendThatSaysHowLongItKeepsAConnectionIsLeftEarlier) {
  start();
  auto [client, backend] = visit(get);
  answer(backend, "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nok");
  pass(milliseconds(3'900));
  EXPECT_EQ(worker_->pool().size(), 1U);
  pass(milliseconds(200));
  EXPECT_EQ(worker_->pool().size(), 0U);
}

TEST_F(WorkerTest, APostTakesNoConnectionThatWasIdleForLongerThanASecond) {
  start();
  Peer client = this->client();
  client.send(get);
  turns();
  Peer first = accepted();
  answer(first, ok);
  pass(milliseconds(1'100));
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  turns();
  EXPECT_TRUE(accepted().socket.is_open());
  first.read();
  EXPECT_EQ(first.received.find("POST"), std::string::npos);
}

TEST_F(WorkerTest, ABackendThatDoesNotAnswerIs504AfterItsTime) {
  start();
  auto [client, backend] = visit(get);
  pass(milliseconds(59'900));
  client.read();
  EXPECT_EQ(client.received, "");
  pass(milliseconds(200));
  client.read();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 504 ")) << client.received;
  EXPECT_NE(metrics().find("outcome=\"timed_out\"} 1"), std::string::npos) << metrics();
}

TEST_F(WorkerTest, ARequestInFlightEndsWhereItStartedThoughItsBackendIsGone) {
  start();
  auto [client, backend] = visit(get);
  os::Descriptor other = *listen_on({.ip = *parse_ip_address("127.0.0.1"), .port = 0});
  spec_.generation = 42;
  spec_.backends[0].endpoints = {format_socket_address(local_address(other.number()))};
  bool passed = false;
  worker_->install(fakes::built(spec_, numbers_), [&] { passed = true; });
  turns();
  EXPECT_TRUE(passed);
  answer(backend, ok);
  client.read();
  EXPECT_TRUE(client.received.ends_with("\r\n\r\nok")) << client.received;
  EXPECT_EQ(worker_->pool().size(), 0U) << "nobody may go there any more";
  client.send(get);
  turns();
  Accepted next;
  EXPECT_EQ(accept_from(other.number(), next), AcceptProgress::accepted);
}

TEST_F(WorkerTest, AnswersAreCutWhereTheClientLeavesAndItsBackendIsNotUsedAgain) {
  start();
  auto [client, backend] = visit(get);
  reset_on_close(client.socket.number());
  client.socket.close();
  turns();
  backend.read();
  EXPECT_TRUE(backend.at_end);
  EXPECT_EQ(worker_->client_count(), 0U);
  EXPECT_NE(metrics().find("status_code=\"499\"} 1"), std::string::npos) << metrics();
}

// The role of a backend may change while it answers.
TEST_F(WorkerTest, ARequestIsUnderWayUntilItsBackendHasAnswered) {
  start();
  const auto under_way = [this](std::string_view track) {
    const std::string text = metrics();
    const std::size_t line = text.find("kai_requests_in_flight{");
    const std::size_t end = text.find('\n', text.find(track, line));
    return line == std::string::npos ? std::string("(none)") : text.substr(end - 2, 2);
  };
  auto [client, backend] = visit(get);
  EXPECT_EQ(under_way("stable"), " 1") << metrics();
  spec_.generation += 1;
  spec_.backends[0].version = "r99";
  worker_->install(fakes::built(spec_, numbers_), [] {});
  turns();
  answer(backend, ok);
  EXPECT_EQ(under_way("stable"), " 0") << metrics();
}

TEST_F(WorkerTest, AnAnswerThatIsCutIsBrokenThoughItsStatusWasGood) {
  start();
  Peer client = this->client();
  client.send(get);
  turns();
  {
    Peer backend = accepted();
    answer(backend, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
  }
  turns();
  EXPECT_NE(metrics().find("status_code=\"200\"} 1"), std::string::npos) << metrics();
  EXPECT_TRUE(metrics().contains(
      R"(kai_broken_answers_total{service="shop",route="shop",version="r42",track="stable"} 1)"))
      << metrics();
}

TEST_F(WorkerTest, AClientThatLeavesBeforeItsAnswerIsOutIsNoSecondAttempt) {
  start();
  auto [client, backend] = visit(get);
  backend.send(ok);
  reset_on_close(client.socket.number());
  client.socket.close();
  turns();
  EXPECT_NE(metrics().find("outcome=\"ok\"} 1"), std::string::npos) << metrics();
  EXPECT_EQ(metrics().find("client_abort"), std::string::npos) << metrics();
  EXPECT_NE(metrics().find("status_code=\"499\"} 1"), std::string::npos) << metrics();
}

TEST_F(WorkerTest, AClientMayLeaveWhenItsRouteWentAwayWhileItsBackendWasReached) {
  start();
  Peer client = this->client();
  client.send(get);
  // Its head is read and the connect begins; then, in the mail of the same turn, its route goes.
  worker_->reactor().post([&] {
    reset_on_close(client.socket.number());
    client.socket.close();
  });
  spec_.generation = 42;
  spec_.routes[0].match[0].host = "other.example";
  worker_->install(fakes::built(spec_, numbers_), [] {});
  turns();
  EXPECT_EQ(worker_->client_count(), 0U);
  EXPECT_EQ(metrics().find("status_code"), std::string::npos) << "404 is no arm's: " << metrics();
}

TEST_F(WorkerTest, ARequestOnAPooledConnectionThatWasResetIsSentOnceMore) {
  start();
  Peer client = this->client();
  client.send(get);
  turns();
  Peer first = accepted();
  answer(first, ok);
  client.read();
  client.received.clear();
  // The client's bytes are looked at before the reset is, which the write to the backend meets.
  client.send(get);
  reset_on_close(first.socket.number());
  first.socket.close();
  turns();
  Peer second = accepted();
  second.read();
  EXPECT_TRUE(second.received.starts_with("GET / HTTP/1.1\r\n")) << second.received;
  answer(second, ok);
  client.read();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 ")) << client.received;
}

TEST_F(WorkerTest, ARefusalBehindTheHeadOfTheAnswerIsCounted) {
  start();
  auto [client, backend] =
      visit("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  answer(backend, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
  client.send("no chunk\r\n");
  turns();
  client.read();
  EXPECT_TRUE(client.at_end);
  EXPECT_NE(metrics().find("{reason=\"bad_chunk\"} 1"), std::string::npos) << metrics();
}

TEST_F(WorkerTest, TheClientsPauseIsNotTheBackendsTimeOut) {
  spec_.routes[0].timeouts.response_head = 5'000;
  start();
  auto [client, backend] = visit("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx");
  pass(seconds(8));
  client.read();
  EXPECT_EQ(client.received, "") << "the backend waits for the rest, as we do";
  client.send("x");
  turns();
  pass(milliseconds(4'900));
  client.read();
  EXPECT_EQ(client.received, "") << "its time begins when it has everything";
  pass(milliseconds(200));
  client.read();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 504 ")) << client.received;
}

TEST_F(WorkerTest, TheTimeOfTheConnectIsNotTheClients) {
  spec_.routes[0].timeouts.connect = 60'000;
  start();
  Peer client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n");
  worker_->reactor().turn(false);  // the connect begins; its end is seen in the next turn
  pass(seconds(20));
  client.read();
  EXPECT_EQ(client.received, "");
  EXPECT_FALSE(client.at_end);
}

TEST_F(WorkerTest, AClientThatSendsItsBodyWithTheHeadWaitsForNoContinue) {
  start();
  auto [client, backend] =
      visit("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nx");
  pass(seconds(11));
  client.read();
  EXPECT_EQ(client.received, "") << "nobody has to say 100";
  client.send("x");
  turns();
  answer(backend, ok);
  client.read();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 ")) << client.received;
}

TEST_F(WorkerTest, TheClientsTimeForItsBodyBeginsWithTheContinue) {
  start();
  auto [client, backend] =
      visit("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  pass(seconds(9));
  answer(backend, "HTTP/1.1 100 Continue\r\n\r\n");
  pass(seconds(9));
  client.read();
  EXPECT_EQ(client.received.find("408"), std::string::npos) << client.received;
  client.send("xx");
  turns();
  answer(backend, ok);
  client.read();
  EXPECT_TRUE(client.received.ends_with("\r\n\r\nok")) << client.received;
}

TEST_F(WorkerTest, AFinalAnswerInPlaceOfAContinueEndsTheConnection) {
  start();
  auto [client, backend] =
      visit("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  answer(backend, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nn");
  pass(seconds(20));  // a slow answer: its client owes no body meanwhile
  answer(backend, "o");
  client.read();
  EXPECT_TRUE(client.received.ends_with("\r\n\r\nno")) << client.received;
  EXPECT_NE(client.received.find("Connection: close\r\n"), std::string::npos) << client.received;
  EXPECT_TRUE(client.at_end);
}

TEST_F(WorkerTest, AHeadOfAnAnswerMayComeInPiecesUpToItsFullSize) {
  start();
  auto [client, backend] = visit(get);
  std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n";
  for (int count = 0; count < 14; ++count) head += "X-Long: " + std::string(4'000, 'x') + "\r\n";
  answer(backend, head.substr(0, 50'000));
  turns();
  answer(backend, head.substr(50'000) + "\r\nok");
  turns();
  client.read();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 200 ")) << client.received;
  EXPECT_TRUE(client.received.ends_with("\r\n\r\nok"));
}

// Takes all memory of a pool but `left`.
std::vector<std::unique_ptr<Buffer>> take_all_but(std::size_t left, SlabPool& pool) {
  std::vector<std::unique_ptr<Buffer>> taken;
  for (const std::size_t bytes : {slab_bytes.back(), slab_bytes.front()}) {
    while (pool.lent_bytes() + bytes + left <= slab_bytes_per_worker_max) {
      taken.push_back(std::make_unique<Buffer>(pool));
      if (!taken.back()->reserve(bytes)) return taken;
    }
  }
  return taken;
}

TEST_F(WorkerTest, OurLackOfMemoryIsNotTheBackendsFault) {
  start();
  auto [client, backend] = visit(get);
  const auto taken = take_all_but(slab_bytes.front(), worker_->slabs());
  answer(backend, ok);
  client.read();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 503 ")) << client.received;
  EXPECT_NE(metrics().find("outcome=\"overflow\"} 1"), std::string::npos) << metrics();
}

// Allows no further descriptor while it lives.
struct NoDescriptorLeft {
  NoDescriptorLeft() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const os::Descriptor next(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    rlimit none = before;
    none.rlim_cur = static_cast<rlim_t>(next.number());
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  NoDescriptorLeft(const NoDescriptorLeft&) = delete;
  NoDescriptorLeft& operator=(const NoDescriptorLeft&) = delete;
  ~NoDescriptorLeft() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0); }
  rlimit before{};
};

TEST_F(WorkerTest, OurLackOfDescriptorsIsNotTheBackendsFault) {
  start();
  Peer client = this->client();
  {
    const NoDescriptorLeft none;
    client.send(get);
    turns();
  }
  client.read();
  EXPECT_TRUE(client.received.starts_with("HTTP/1.1 503 ")) << client.received;
  EXPECT_NE(metrics().find("outcome=\"overflow\"} 1"), std::string::npos) << metrics();
  EXPECT_EQ(metrics().find("connect_failed"), std::string::npos) << metrics();
}

class TunnelTest : public WorkerTest {
 protected:
  void open() {
    start();
    client_ = client();
    client_.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    turns();
    backend_end_ = accepted();
    answer(backend_end_,
           "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
           "Upgrade: websocket\r\n\r\n");
    client_.read();
    ASSERT_TRUE(client_.received.starts_with("HTTP/1.1 101 ")) << client_.received;
  }
  void expect_a_good_end() {
    client_.read();
    EXPECT_TRUE(client_.at_end);
    const std::string seen = metrics();
    EXPECT_NE(seen.find("outcome=\"ok\"} 1"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("timed_out"), std::string::npos) << seen;
    EXPECT_NE(seen.find("status_code=\"101\"} 1"), std::string::npos) << seen;
    EXPECT_NE(seen.find("http_request_duration_seconds_count{service=\"shop\",route=\"shop\","
                        "version=\"r42\",track=\"stable\"} 0"),
              std::string::npos)
        << "its life is no latency: " << seen;
  }

  Peer client_;
  Peer backend_end_;
};

TEST_F(TunnelTest, ATunnelThatEndsForIdlenessIsNoFailure) {
  open();
  pass(seconds(299));
  client_.read();
  EXPECT_FALSE(client_.at_end);
  pass(seconds(2));
  expect_a_good_end();
}

TEST_F(TunnelTest, AClientThatTalksToABackendThatLeftIsTold) {
  open();
  backend_end_.read();  // else the kernel would reset what it never took
  backend_end_.socket.close();
  turns();
  for (int count = 0; count < 4; ++count) {
    client_.send("anybody?");
    turns();
  }
  pass(seconds(3));  // what the client sends is read away for a while
  expect_a_good_end();
  EXPECT_EQ(worker_->client_count(), 0U);
}

TEST_F(WorkerTest, OfSnapshotsThatAWorkerIsLateWithOnlyTheNewestCounts) {
  start();
  std::string passed;
  std::weak_ptr<const Snapshot> overtaken;
  for (const std::uint64_t generation : {std::uint64_t{42}, std::uint64_t{43}}) {
    spec_.generation = generation;
    std::shared_ptr<const Snapshot> snapshot = fakes::built(spec_, numbers_);
    if (generation == 42) overtaken = snapshot;
    worker_->install(std::move(snapshot),
                     [&passed, generation] { passed += " " + std::to_string(generation); });
  }
  EXPECT_TRUE(overtaken.expired()) << "nobody will ever look at it";
  turns();
  EXPECT_EQ(passed, " 43");
  EXPECT_EQ(worker_->current().snapshot->generation, 43U);
}

TEST_F(WorkerTest, AClientTooManyWaitsUntilAnotherLeaves) {
  clients_max_ = 2;
  start();
  Peer first = client();
  Peer second = client();
  Peer third = client();
  EXPECT_EQ(worker_->client_count(), 2U);
  third.send(get);
  first.socket.close();
  pass(milliseconds(110));
  turns();
  EXPECT_EQ(worker_->client_count(), 2U);
  EXPECT_TRUE(accepted().socket.is_open()) << "the third one's request goes on";
}

TEST_F(WorkerTest, ADrainEndsWithTheLastConnection) {
  start();
  Peer client = this->client();
  worker_->drain(seconds(30));
  turns();
  client.send(get);
  turns();
  Peer backend = accepted();
  answer(backend, ok);
  client.read();
  EXPECT_NE(client.received.find("Connection: close"), std::string::npos) << client.received;
  client.socket.close();
  worker_->run();  // returns at once
}

}  // namespace
}  // namespace kai::splitter
