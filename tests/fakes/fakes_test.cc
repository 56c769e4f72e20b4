// The doubles keep the promises of what they stand for: a test on a false double proves nothing.
#include <memory>

#include <gtest/gtest.h>

#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_timers.h"

namespace kai::fakes {
namespace {

using net::HttpResponse;
using os::ProcessResult;
using std::chrono::seconds;

TEST(FakeTimers, TasksRunInOrderEachAtItsTime) {
  FakeTimers timers;
  const SteadyTime start = timers.now();
  std::string text;
  const auto note = [&](std::string_view name) {
    text += std::string(name) + "@" + format_duration(timers.now() - start) + " ";
  };
  timers.at(start + seconds(3), [&] { note("c"); });
  timers.at(start + seconds(1), [&] {
    note("a");
    timers.at(timers.now() + seconds(1), [&] { note("b"); });
  });
  timers.cancel(timers.at(start + seconds(2), [&] { note("never"); }));
  timers.advance(seconds(2));
  EXPECT_EQ(text, "a@1s b@2s ");
  timers.advance(seconds(9));
  EXPECT_EQ(text, "a@1s b@2s c@3s ");
  EXPECT_EQ(timers.now() - start, seconds(11));
}

class FakeHttpTest : public testing::Test {
 protected:
  std::string ask(const std::string& method, const std::string& url) {
    // Shared, since an answer may come after this function returned.
    const auto text = std::make_shared<std::string>("no answer");
    http.send({.method = method, .url = url}, [text](const Result<HttpResponse>& result) {
      *text = result ? std::to_string(result->status) + " " + result->body : result.error().message;
    });
    EXPECT_EQ(*text, "no answer");
    timers.settle();
    return *text;
  }
  FakeTimers timers;
  FakeHttpClient http{timers};
};

TEST_F(FakeHttpTest, AnswersComeInOrderAndTheLastOneStays) {
  http.on("GET", "http://h/a").reply(200, "one").fail(ErrorKind::unavailable, "down").reply(404);
  EXPECT_EQ(ask("GET", "http://h/a"), "200 one");
  EXPECT_EQ(ask("GET", "http://h/a?q"), "down");
  EXPECT_EQ(ask("GET", "http://h/a"), "404 ");
  EXPECT_EQ(ask("GET", "http://h/a"), "404 ");
  EXPECT_EQ(http.log()[1], "GET http://h/a?q");
}

TEST_F(FakeHttpTest, LongestPrefixWinsAndWithoutOneItFails) {
  http.on("GET", "http://h/").reply(200, "all");
  http.on("GET", "http://h/a").reply(200, "a");
  http.on("GET", "http://h/a").reply(200, "later a");
  EXPECT_EQ(ask("GET", "http://h/a/b"), "200 later a");
  EXPECT_EQ(ask("GET", "http://h/b"), "200 all");
  EXPECT_EQ(ask("PUT", "http://h/b"), "no script for PUT http://h/b");
}

TEST_F(FakeHttpTest, LateAnswersTakeTheirTimeAndTimeOut) {
  http.on("GET", "http://h/").after(seconds(3)).reply(200).hang();
  EXPECT_EQ(ask("GET", "http://h/"), "no answer");
  std::string text;
  http.send({.url = "http://h/", .timeout = seconds(10)},
            [&](const Result<HttpResponse>& result) { text = result.error().message; });
  timers.advance(seconds(9));
  EXPECT_EQ(text, "");
  timers.advance(seconds(1));
  EXPECT_EQ(text, "GET http://h/: timed out");
}

TEST_F(FakeHttpTest, StreamIsDrivenByTheTestUntilItIsDropped) {
  std::string text;
  auto stream = http.open_stream(
      {.url = "http://h/watch?x"},
      {.on_head = [&](const HttpResponse& head) { text += std::to_string(head.status); },
       .on_piece = [&](std::string_view bytes) { text += bytes; },
       .on_end = [&](const Result<Unit>&) { text += "end"; }});
  FakeHttpClient::Stream* const server = http.stream("http://h/watch");
  ASSERT_NE(server, nullptr);
  server->head(200);
  server->piece("a");
  stream.reset();
  server->piece("b");
  server->end();
  EXPECT_EQ(text, "200a");
  EXPECT_EQ(http.stream(), nullptr);
  EXPECT_EQ(http.log(), std::vector<std::string>{"WATCH http://h/watch?x"});
}

TEST(FakeProcess, ScriptIsFoundByItsWords) {
  FakeTimers timers;
  FakeProcess process(timers);
  process.on({"helm"}).exit(1, "", "what?");
  process.on({"helm", "upgrade"}).exit(0, "done");
  std::string text;
  const auto start = [&](std::vector<std::string> argv) {
    return process.start(
        {.argv = std::move(argv), .environment = {}}, [&](const Result<ProcessResult>& result) {
          text = result ? std::to_string(result->exit_code) + result->out + result->err
                        : result.error().message;
        });
  };
  start({"/usr/bin/helm", "upgrade", "shop"});
  EXPECT_EQ(text, "");
  timers.settle();
  EXPECT_EQ(text, "0done");
  start({"helm", "list"});
  timers.settle();
  EXPECT_EQ(text, "1what?");
  start({"kubectl"});
  timers.settle();
  EXPECT_EQ(text, "no script for kubectl");
}

TEST(FakeProcess, HangingChildEndsByTerminationOrTimeOut) {
  FakeTimers timers;
  FakeProcess process(timers);
  process.on({"helm"}).hang();
  std::vector<ProcessResult> results;
  const auto start = [&] {
    return process.start({.argv = {"helm"}, .environment = {}, .timeout = seconds(5)},
                         [&](Result<ProcessResult> result) { results.push_back(*result); });
  };
  process.terminate(start());
  EXPECT_TRUE(results.empty());
  timers.settle();
  start();
  timers.advance(seconds(5));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].exit_code, 143);
  EXPECT_FALSE(results[0].timed_out);
  EXPECT_TRUE(results[1].timed_out);
  EXPECT_EQ(process.running(), 0U);
  EXPECT_EQ(process.log(), (std::vector<std::string>{"helm", "terminate helm", "helm"}));
}

TEST(FakeDisk, BehavesLikeADisk) {
  FakeDisk disk;
  ASSERT_TRUE(disk.write_new("/d/f", "one"));
  EXPECT_EQ(disk.write_new("/d/f", "two").error().kind, ErrorKind::rejected);
  ASSERT_TRUE(disk.replace("/d/e/g", "three"));
  EXPECT_EQ(*disk.read("/d/f", 3), "one");
  EXPECT_EQ(disk.read("/d/f", 2).error().kind, ErrorKind::rejected);
  EXPECT_EQ(disk.read("/d/x", 2).error().kind, ErrorKind::no_data);
  EXPECT_EQ(disk.read("/d/e", 2).error().kind, ErrorKind::rejected);
  const auto entries = disk.list("/d");
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().name, "e");
  EXPECT_TRUE(entries->front().is_directory);
  disk.broken["/d/f"] = {.kind = ErrorKind::unavailable, .message = "disk full"};
  EXPECT_EQ(disk.replace("/d/f", "x").error().message, "disk full");
}

TEST(FakeDisk, PrivateDirectoryGoesWithItsFiles) {
  FakeDisk disk;
  const std::string path = *disk.make_private_directory("kai-");
  ASSERT_TRUE(disk.write_new(path + "/f", "x"));
  EXPECT_EQ(disk.remove_private_directory("/etc").error().kind, ErrorKind::rejected);
  ASSERT_TRUE(disk.remove_private_directory(path));
  EXPECT_TRUE(disk.files.empty());
  EXPECT_TRUE(disk.private_directories().empty());
}

TEST(FakeLog, KeepsLines) {
  FakeLog log;
  log.write(LogLevel::warn, "lease_lost", {{"rollout", "shop"}});
  EXPECT_EQ(log.lines, std::vector<std::string>{"warn lease_lost rollout=shop"});
  EXPECT_TRUE(log.contains("lost"));
}

TEST(FakeRandom, OneSeedGivesOneSequence) {
  FakeRandom a(7);
  FakeRandom b(7);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), FakeRandom(8).next());
}

}  // namespace
}  // namespace kai::fakes
