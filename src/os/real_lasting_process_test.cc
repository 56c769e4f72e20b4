#include "os/real_lasting_process.h"

#include <array>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "os/descriptor.h"
#include "os/held_child.h"
#include "os/process_stat.h"
#include "tests/fakes/test_loop.h"

namespace kai::os {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

ProcessIdentity identity_of(pid_t pid, const std::string& boot) {
  const auto stat = parse_process_stat(text_of("/proc/" + std::to_string(pid) + "/stat"));
  EXPECT_TRUE(stat);
  return {.pid = pid, .started = stat ? stat->started : 0, .boot = boot};
}

class RealLastingProcessTest : public testing::Test {
 protected:
  RealLastingProcessTest() { std::filesystem::create_directories(directory); }
  ~RealLastingProcessTest() override {
    for (const ProcessIdentity& process : started) {
      static_cast<void>(processes.signal(process, SIGKILL));
      await_end(process);
    }
    std::filesystem::remove_all(directory);
  }

  LastingSpec program(std::vector<std::string> argv) {
    return {.argv = std::move(argv),
            .environment = {{"PATH", "/usr/bin:/bin"}},
            .directory = directory,
            .output_file = directory + "/output"};
  }
  LastingSpec shell(const std::string& script) { return program({"/bin/sh", "-c", script}); }
  ProcessIdentity start(const LastingSpec& spec) {
    auto identity = processes.start(spec);
    EXPECT_TRUE(identity) << identity.error().message;
    if (identity) started.push_back(*identity);
    return identity.value_or(ProcessIdentity{});
  }
  // Returns when the script has run `echo > ready`.
  ProcessIdentity start_ready(const std::string& script) {
    const std::string path = directory + "/ready";
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const Descriptor fifo(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const ProcessIdentity process = start(shell(script));
    bool ready = false;
    test.loop().watch_readable(fifo.number(), [&ready] { ready = true; });
    test.run_until([&ready] { return ready; });
    test.loop().unwatch(fifo.number());
    ::unlink(path.c_str());
    return process;
  }
  void await_end(const ProcessIdentity& process) {
    bool ended = false;
    const auto watch = processes.watch(process, [&ended] { ended = true; });
    test.run_until([&ended] { return ended; });
  }
  [[nodiscard]] std::string output() const { return text_of(directory + "/output"); }

  std::string directory = testing::TempDir() + "kai-lasting-" + std::to_string(::getpid());
  fakes::TestLoop test;
  RealLastingProcesses processes{test.loop(), test.loop(), test.clock()};
  std::vector<ProcessIdentity> started;
};

TEST_F(RealLastingProcessTest, OutputIsAddedToItsFileAndTheExitCodeIsKnown) {
  {
    std::ofstream(directory + "/output") << "before\n";
  }
  const ProcessIdentity process = start(shell("echo out; echo err >&2; pwd; exit 7"));
  await_end(process);
  EXPECT_EQ(output(), "before\nout\nerr\n" + std::filesystem::canonical(directory).string() + "\n");
  EXPECT_FALSE(processes.is_alive(process));
  EXPECT_EQ(processes.exit_code(process), 7);
}

TEST_F(RealLastingProcessTest, AFreshOutputFileIsForItsOwnerAlone) {
  await_end(start(shell("exit 0")));
  struct stat about{};
  ASSERT_EQ(::stat((directory + "/output").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(RealLastingProcessTest, NothingIsInherited) {
  ::setenv("KAI_TEST_LEAK", "secret", 1);
  const int leak = ::dup(2);  // without O_CLOEXEC
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  ::signal(SIGUSR2, SIG_IGN);
  await_end(
      start(shell("readlink /proc/self/fd/0; ls /proc/self/fd; "
                  "grep -E 'Sig(Blk|Ign)' /proc/self/status; env")));
  ::signal(SIGUSR2, SIG_DFL);
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  ::close(leak);
  ::unsetenv("KAI_TEST_LEAK");
  const std::string seen = output();
  // 3 is the directory that ls reads. Two signals are the C library's own: what was started by its
  // posix_spawn (of make, say) ignores them, and nobody can say otherwise.
  EXPECT_TRUE(
      seen.starts_with("/dev/null\n0\n1\n2\n3\nSigBlk:\t0000000000000000\n"
                       "SigIgn:\t0000000"))
      << seen;
  const std::size_t ignored = seen.find("SigIgn:\t") + 8;
  constexpr std::uint64_t own_of_library = std::uint64_t{3} << 31U;
  EXPECT_EQ(std::stoull(seen.substr(ignored, 16), nullptr, 16) & ~own_of_library, 0U) << seen;
  EXPECT_EQ(output().find("secret"), std::string::npos);
}

TEST_F(RealLastingProcessTest, ItLeadsASessionAndAGroupOfItsOwn) {
  const ProcessIdentity process = start(program({"sleep", "1000"}));
  EXPECT_EQ(::getsid(static_cast<pid_t>(process.pid)), process.pid);
  EXPECT_EQ(::getpgid(static_cast<pid_t>(process.pid)), process.pid);
  EXPECT_TRUE(processes.is_alive(process));
  EXPECT_EQ(processes.exit_code(process), std::nullopt);
}

TEST_F(RealLastingProcessTest, TheProgramBeginsOnlyAfterItWasWrittenDown) {
  ProcessIdentity kept;
  const auto refused = processes.start(shell("echo ran"), [&](const ProcessIdentity& process) {
    kept = process;
    EXPECT_TRUE(processes.is_alive(process));
    return fail(ErrorKind::unavailable, "disk full");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "disk full");
  EXPECT_GT(kept.pid, 0);
  EXPECT_FALSE(processes.is_alive(kept));
  EXPECT_EQ(output(), "");
}

TEST_F(RealLastingProcessTest, WhoDiesBeforeItWasWrittenDownLeavesNothingBehind) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto held = HeldChild::fork(shell("echo ran; sleep 1000"));
    const pid_t pid = held ? held->pid() : 0;
    static_cast<void>(::write(pipe[1], &pid, sizeof pid) < 0);
    ::raise(SIGKILL);
  }
  ::close(pipe[1]);
  pid_t pid = 0;
  ASSERT_EQ(::read(pipe[0], &pid, sizeof pid), ssize_t{sizeof pid});
  ::close(pipe[0]);
  ASSERT_GT(pid, 0);
  const std::string boot = start(program({"sleep", "1000"})).boot;
  await_end({.pid = pid, .started = identity_of(pid, boot).started, .boot = boot});
  ::waitpid(parent, nullptr, 0);
  EXPECT_EQ(output(), "");
}

TEST_F(RealLastingProcessTest, WhatCannotBeStartedIsRejectedWithItsReason) {
  const auto error_of = [&](const LastingSpec& spec) {
    const auto result = processes.start(spec);
    EXPECT_FALSE(result);
    return result ? "" : std::string(name_of(result.error().kind)) + " " + result.error().message;
  };
  EXPECT_EQ(error_of(program({"./nothing"})),
            "rejected no program " + directory + "/./nothing: No such file or directory");
  EXPECT_EQ(error_of(program({"kai-no-such-program"})),
            "rejected no program 'kai-no-such-program' in PATH; install it or give its path");
  {
    std::ofstream(directory + "/plain") << "text";
  }
  EXPECT_EQ(error_of(program({"./plain"})), "rejected " + directory + "/./plain is not executable");
  {
    std::ofstream(directory + "/script") << "#!/no/such/interpreter\n";
  }
  std::filesystem::permissions(directory + "/script", std::filesystem::perms::owner_all);
  EXPECT_EQ(error_of(program({"./script"})),
            "rejected starting ./script: No such file or directory");
  LastingSpec nowhere = program({"/bin/true"});
  nowhere.directory = directory + "/none";
  EXPECT_EQ(error_of(nowhere), "rejected starting /bin/true: no directory " + directory + "/none");
  LastingSpec linked = program({"/bin/true"});
  std::filesystem::create_symlink("/dev/null", directory + "/link");
  linked.output_file = directory + "/link";
  EXPECT_EQ(error_of(linked), "rejected opening " + directory + "/link: it is no file");
}

TEST_F(RealLastingProcessTest, AProgramOfTheFolderRunsByItsRelativePath) {
  std::filesystem::create_directories(directory + "/bin");
  {
    std::ofstream(directory + "/bin/tool") << "#!/bin/sh\necho tool\n";
  }
  std::filesystem::permissions(directory + "/bin/tool", std::filesystem::perms::owner_all);
  await_end(start(program({"./bin/tool"})));
  EXPECT_EQ(output(), "tool\n");
}

TEST_F(RealLastingProcessTest, ANumberThatWasGivenToSomebodyElseIsNotOurs) {
  const ProcessIdentity process = start(program({"sleep", "1000"}));
  ProcessIdentity other = process;
  other.started += 1;
  EXPECT_FALSE(processes.is_alive(other));
  EXPECT_TRUE(processes.signal(other, SIGKILL));
  ProcessIdentity of_another_boot = process;
  of_another_boot.boot = "another";
  EXPECT_FALSE(processes.is_alive(of_another_boot));
  EXPECT_TRUE(processes.signal(of_another_boot, SIGKILL));
  EXPECT_TRUE(processes.is_alive(process));
  for (const std::int64_t pid :
       {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 40}) {
    EXPECT_FALSE(processes.is_alive({.pid = pid, .started = 1, .boot = process.boot}));
    EXPECT_TRUE(processes.signal({.pid = pid, .started = 1, .boot = process.boot}, SIGKILL));
  }
}

TEST_F(RealLastingProcessTest, AZombieIsNotAlive) {
  const std::string boot = start(program({"sleep", "1000"})).boot;
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(3);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  const ProcessIdentity zombie = identity_of(pid, boot);
  EXPECT_FALSE(processes.is_alive(zombie));
  EXPECT_EQ(processes.exit_code(zombie), std::nullopt);
  await_end(zombie);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid) << "somebody else's child was waited for";
}

TEST_F(RealLastingProcessTest, ASignalReachesTheWholeGroup) {
  const ProcessIdentity process =
      start_ready("trap 'exit 5' TERM; sh -c 'echo $$; echo > ready; exec sleep 1000' & wait");
  const ProcessIdentity inner = identity_of(static_cast<pid_t>(std::stoi(output())), process.boot);
  ASSERT_TRUE(processes.is_alive(inner));
  ASSERT_TRUE(processes.signal(process, SIGTERM));
  await_end(process);
  await_end(inner);
  EXPECT_EQ(processes.exit_code(process), 5);
}

TEST_F(RealLastingProcessTest, TheSignalThatEndedItIsInItsExitCode) {
  const ProcessIdentity process = start(program({"sleep", "1000"}));
  ASSERT_TRUE(processes.signal(process, SIGKILL));
  await_end(process);
  EXPECT_EQ(processes.exit_code(process), 128 + SIGKILL);
  EXPECT_TRUE(processes.signal(process, SIGKILL));
}

TEST_F(RealLastingProcessTest, AnotherObjectFindsItAgainByItsIdentity) {
  const ProcessIdentity process = start(program({"sleep", "1000"}));
  RealLastingProcesses later{test.loop(), test.loop(), test.clock()};
  EXPECT_TRUE(later.is_alive(process));
  bool ended = false;
  const auto watch = later.watch(process, [&ended] { ended = true; });
  ASSERT_TRUE(later.signal(process, SIGTERM));
  test.run_until([&ended] { return ended; });
  EXPECT_FALSE(later.is_alive(process));
  EXPECT_EQ(later.exit_code(process), std::nullopt) << "only the parent may know";
  EXPECT_EQ(processes.exit_code(process), 128 + SIGTERM);
}

TEST_F(RealLastingProcessTest, AWatchTellsOnceAndNeverWithinTheCall) {
  const ProcessIdentity process = start(shell("exit 0"));
  await_end(process);
  int told = 0;
  auto watch = processes.watch(process, [&told] { ++told; });
  EXPECT_EQ(told, 0);
  test.turn(3);
  EXPECT_EQ(told, 1);
}

TEST_F(RealLastingProcessTest, AWatchMayBeDestroyedByWhatItTells) {
  const ProcessIdentity process = start(program({"sleep", "1000"}));
  std::unique_ptr<ProcessWatch> watch;
  bool told = false;
  watch = processes.watch(process, [&] {
    watch.reset();
    told = true;
  });
  ASSERT_TRUE(processes.signal(process, SIGKILL));
  test.run_until([&told] { return told; });
}

TEST_F(RealLastingProcessTest, ADestroyedWatchIsSilentAndTheProcessGoesOn) {
  const ProcessIdentity process = start(program({"sleep", "1000"}));
  bool told = false;
  processes.watch(process, [&told] { told = true; }).reset();
  EXPECT_TRUE(processes.is_alive(process));
  ASSERT_TRUE(processes.signal(process, SIGKILL));
  await_end(process);
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace kai::os
