#include "os/real_process.h"

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/descriptor.h"
#include "tests/fakes/fake_timers.h"
#include "tests/fakes/test_loop.h"

namespace kai::os {
namespace {

using std::chrono::seconds;

// Where a child says that it is ready, by writing its process id.
class Readiness {
 public:
  explicit Readiness(net::Loop& loop) : loop_(loop) {
    ::unlink(path_.c_str());
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    descriptor_ = Descriptor(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_TRUE(descriptor_.is_open());
  }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness() { ::unlink(path_.c_str()); }

  [[nodiscard]] const std::string& path() const { return path_; }
  pid_t wait() {
    loop_.watch_readable(descriptor_.number(), [this] {
      std::array<char, 32> buffer{};
      const ssize_t got = ::read(descriptor_.number(), buffer.data(), buffer.size());
      if (got > 0) text_.append(buffer.data(), static_cast<std::size_t>(got));
    });
    loop_.run_until([this] { return text_.ends_with('\n'); });
    loop_.unwatch(descriptor_.number());
    return std::stoi(text_);
  }

 private:
  net::Loop& loop_;
  std::string path_ = testing::TempDir() + "kai-ready-" + std::to_string(::getpid());
  Descriptor descriptor_;
  std::string text_;
};

// Children are real, time-outs come when the test says so.
class RealProcessTest : public testing::Test {
 protected:
  // A script for a shell that finds its tools; `$1`... are `arguments`.
  static ProcessSpec shell(const std::string& script,
                           const std::vector<std::string>& arguments = {}) {
    ProcessSpec spec{.argv = {"/bin/sh", "-c", script, "sh"},
                     .environment = {{"PATH", "/usr/bin:/bin"}}};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    return spec;
  }
  ProcessId start(ProcessSpec spec) {
    const std::size_t before = replies.size();
    const ProcessId id = process.start(std::move(spec), [this](Result<ProcessResult> result) {
      replies.push_back(std::move(result));
    });
    EXPECT_EQ(replies.size(), before) << "replied before the call returned";
    timers.settle();
    return id;
  }
  Result<ProcessResult> wait() {
    test.run_until([this] { return !replies.empty(); });
    EXPECT_EQ(replies.size(), 1U);
    Result<ProcessResult> reply = std::move(replies.front());
    replies.clear();
    return reply;
  }
  Result<ProcessResult> run(ProcessSpec spec) {
    start(std::move(spec));
    return wait();
  }
  fakes::TestLoop test;
  fakes::FakeTimers timers;
  RealProcess process{test.loop(), timers, timers.clock()};
  std::vector<Result<ProcessResult>> replies;
};

TEST_F(RealProcessTest, ArgumentsArriveAsTheyAre) {
  const auto result =
      run(shell("for a; do echo \"<$a>\"; done", {"two words", "", "$HOME `id` ; *", "ä\n"}));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "<two words>\n<>\n<$HOME `id` ; *>\n<ä\n>\n");
  EXPECT_EQ(result->exit_code, 0);
}

TEST_F(RealProcessTest, StreamsAndExitCodeAreApart) {
  const auto result = run(shell("echo out; echo err >&2; exit 7"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
  EXPECT_FALSE(result->timed_out || result->truncated);
}

TEST_F(RealProcessTest, NothingIsInherited) {
  ::setenv("KAI_TEST_LEAK", "secret", 1);
  const auto result =
      run({.argv = {"env"}, .environment = {{"PATH", "/usr/bin:/bin"}, {"A", "b c"}}});
  ::unsetenv("KAI_TEST_LEAK");
  ASSERT_TRUE(result.has_value()) << result.error().message;
  EXPECT_EQ(result->out, "A=b c\nPATH=/usr/bin:/bin\n");
  const int leak = ::dup(2);  // without O_CLOEXEC
  const auto open = run(shell("ls /proc/self/fd"));
  ::close(leak);
  EXPECT_EQ(open->out, "0\n1\n2\n3\n");  // 3 is the directory that ls reads
}

TEST_F(RealProcessTest, IgnoredSignalsAreNotInherited) {
  const auto result = run(shell("kill -PIPE $$"));  // we ignore it
  EXPECT_EQ(result->exit_code, 128 + SIGPIPE);
}

TEST_F(RealProcessTest, LargeInputAndOutputDoNotBlockEachOther) {
  ProcessSpec spec = shell("cat");
  spec.input = std::string(std::size_t{5} << 20, 'x');
  const std::string input = spec.input;
  const auto result = run(std::move(spec));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, input);
}

TEST_F(RealProcessTest, ChildNeedNotReadItsInput) {
  ProcessSpec spec = shell("exec <&-; echo done");
  spec.input = std::string(std::size_t{5} << 20, 'x');
  const auto result = run(std::move(spec));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "done\n");
}

TEST_F(RealProcessTest, WithoutInputItIsAtItsEnd) {
  EXPECT_EQ(run(shell("cat; echo end"))->out, "end\n");
}

TEST_F(RealProcessTest, OutputHasALimitAndTheRestIsDropped) {
  ProcessSpec spec =
      shell("head -c 100000 /dev/zero; head -c 1000 /dev/zero >&2; echo whole >&2; exit 3");
  spec.output_bytes_max = 1006;
  const auto result = run(std::move(spec));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->out.size(), 1006U);
  EXPECT_EQ(result->err.size(), 1006U);
  EXPECT_TRUE(result->truncated);
}

TEST_F(RealProcessTest, SignalIsAnExitCode) {
  EXPECT_EQ(run(shell("kill -KILL $$"))->exit_code, 137);
  EXPECT_EQ(run(shell("kill -TERM $$"))->exit_code, 143);
}

TEST_F(RealProcessTest, MissingProgramIsRejected) {
  const auto by_name =
      run({.argv = {"no-such-program"}, .environment = {{"PATH", "/usr/bin:/bin"}}});
  ASSERT_FALSE(by_name.has_value());
  EXPECT_EQ(
      by_name.error(),
      (Error{.kind = ErrorKind::rejected,
             .message = "no program 'no-such-program' in PATH; install it or give its path"}));
  const auto by_path = run({.argv = {"/no/such/program"}, .environment = {}});
  ASSERT_FALSE(by_path.has_value());
  EXPECT_EQ(by_path.error().kind, ErrorKind::rejected);
  const auto no_program = run({.argv = {"/etc/passwd"}, .environment = {}});
  ASSERT_FALSE(no_program.has_value());
  EXPECT_EQ(no_program.error().message, "starting /etc/passwd: Permission denied");
}

TEST_F(RealProcessTest, RelativePartsOfPathAreNotSearched) {
  const auto result =
      run({.argv = {"sh", "-c", "true"}, .environment = {{"PATH", ".:bin::"}}, .directory = "/"});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().kind, ErrorKind::rejected);
}

TEST_F(RealProcessTest, DirectoryIsEnteredAndMustExist) {
  ProcessSpec spec = shell("pwd");
  spec.directory = "/usr";
  EXPECT_EQ(run(std::move(spec))->out, "/usr\n");
  ProcessSpec lost = shell("pwd");
  lost.directory = "/no/such";
  const auto result = run(std::move(lost));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), (Error{.kind = ErrorKind::rejected,
                                   .message = "starting /bin/sh: no directory /no/such"}));
}

TEST_F(RealProcessTest, TimeOutEndsTheChild) {
  ProcessSpec spec = shell("echo begun; exec sleep 1000");
  spec.timeout = seconds(5);
  start(std::move(spec));
  timers.advance(seconds(4));
  test.turn(5);
  EXPECT_TRUE(replies.empty());
  timers.advance(seconds(1));
  const auto result = wait();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->timed_out);
  EXPECT_EQ(result->exit_code, 143);
}

class StubbornChild : public RealProcessTest {
 protected:
  // Ignores SIGTERM, and so does its own child, whose id it prints.
  ProcessSpec stubborn() const {
    ProcessSpec spec = shell(
        "trap '' TERM; sleep 1000 & echo $!; echo $$ > \"$1\"; wait; sleep 1000", {ready.path()});
    spec.timeout = seconds(5);
    spec.kill_after = seconds(3);
    return spec;
  }
  Readiness ready{test.loop()};
};

TEST_F(StubbornChild, IsKilledAfterItsGraceWithItsChildren) {
  start(stubborn());
  ready.wait();
  timers.advance(seconds(5));
  test.turn(5);
  timers.advance(seconds(2));
  test.turn(5);
  EXPECT_TRUE(replies.empty());
  timers.advance(seconds(1));
  const auto result = wait();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 137);
  EXPECT_TRUE(result->timed_out);
  // Killed; init may wait for it only a moment later.
  const std::string grandchild = result->out.substr(0, result->out.size() - 1);
  std::string state;
  do {
    state = run(shell("cut -d' ' -f3 /proc/$1/stat 2>/dev/null || echo gone", {grandchild}))->out;
  } while (state == "S\n" || state == "R\n");
  EXPECT_TRUE(state == "gone\n" || state == "Z\n" || state == "X\n" || state.empty()) << state;
}

TEST_F(StubbornChild, IsNotKilledWhenThatIsForbidden) {
  ProcessSpec spec = stubborn();
  spec.kill_after = Duration::zero();
  start(std::move(spec));
  const pid_t child = ready.wait();
  timers.advance(seconds(5));
  timers.advance(std::chrono::hours(1));
  test.turn(20);
  EXPECT_TRUE(replies.empty());
  EXPECT_EQ(timers.pending(), 0U);
  ASSERT_EQ(::kill(-child, SIGKILL), 0);
  EXPECT_TRUE(wait()->timed_out);
}

TEST_F(RealProcessTest, TerminateReachesTheWholeGroup) {
  Readiness ready(test.loop());
  // The shell takes the signal and waits on; it ends only because its child gets the signal, too.
  // The child tells of its readiness itself, as a program of its own: before that, a signal could
  // be lost in it.
  const std::string script =
      "trap : TERM; sh -c 'echo $$ > \"$1\"; exec sleep 1000' sh \"$1\" & wait; wait; exit 9";
  const ProcessId id = start(shell(script, {ready.path()}));
  ready.wait();
  process.terminate(id);
  const auto result = wait();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 9);
  EXPECT_FALSE(result->timed_out);
  process.terminate(id);  // gone: ignored
}

TEST_F(RealProcessTest, WhatGrandchildrenHoldOpenIsNotWaitedFor) {
  const auto result = run(shell("sleep 3 & echo out"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "out\n");
}

TEST_F(RealProcessTest, ManyChildrenRunAtOnce) {
  for (int i = 0; i < 30; ++i) start(shell("echo $1", {std::to_string(i)}));
  test.run_until([this] { return replies.size() == 30; });
  int sum = 0;
  for (const auto& reply : replies) sum += std::stoi(reply->out);
  EXPECT_EQ(sum, 30 * 29 / 2);
  EXPECT_EQ(timers.pending(), 0U);
}

TEST_F(RealProcessTest, NoDescriptorIsLeftOpen) {
  const auto count = [] {
    int open = 0;
    for (int i = 0; i < 1000; ++i) open += ::fcntl(i, F_GETFD) >= 0 ? 1 : 0;
    return open;
  };
  run(shell("true")).value();
  const int before = count();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(run(shell("true")).has_value());
  EXPECT_FALSE(run({.argv = {"/no/such"}, .environment = {}}).has_value());
  EXPECT_EQ(count(), before);
}

}  // namespace
}  // namespace kai::os
