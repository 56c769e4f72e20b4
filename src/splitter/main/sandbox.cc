#include "splitter/main/sandbox.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "os/descriptor.h"

namespace kai::splitter {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#endif

constexpr std::array allowed = {
    // Traffic
    SYS_accept, SYS_accept4, SYS_connect, SYS_getpeername, SYS_getsockname, SYS_getsockopt,
    SYS_recvfrom, SYS_recvmsg, SYS_sendmsg, SYS_sendto, SYS_setsockopt, SYS_shutdown, SYS_socket,
    // Loops
    SYS_clock_gettime, SYS_epoll_ctl, SYS_epoll_pwait, SYS_futex, SYS_ioctl, SYS_ppoll,
    SYS_restart_syscall, SYS_sched_yield, SYS_timerfd_settime,
#if defined(SYS_epoll_wait)
    SYS_epoll_wait,
#endif
#if defined(SYS_poll)
    SYS_poll,
#endif
    // Descriptors and the state file
    SYS_close, SYS_fchmod, SYS_fcntl, SYS_fdatasync, SYS_fstat, SYS_fsync, SYS_getdents64,
    SYS_lseek, SYS_newfstatat, SYS_openat, SYS_read, SYS_readv, SYS_renameat, SYS_renameat2,
    SYS_unlinkat, SYS_write, SYS_writev,
#if defined(SYS_rename)
    SYS_rename, SYS_unlink,
#endif
    // Memory
    SYS_brk, SYS_madvise, SYS_mmap, SYS_mprotect, SYS_mremap, SYS_munmap,
    // The process itself: its end, its signals, chance
    SYS_exit, SYS_exit_group, SYS_getpid, SYS_getrandom, SYS_gettid, SYS_rt_sigaction, SYS_rseq,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_set_robust_list, SYS_sigaltstack, SYS_tgkill};
static_assert(allowed.size() <= 70);

// At offset of the architecture and of the number, see seccomp(2).
constexpr std::uint32_t offset_of_architecture = 4;
constexpr std::uint32_t offset_of_number = 0;

std::vector<sock_filter> make_filter(std::uint32_t otherwise) {
  const auto add = [](std::uint16_t code, std::uint32_t value) {
    return sock_filter{.code = code, .jt = 0, .jf = 0, .k = value};
  };
  std::vector<sock_filter> filter = {
      add(BPF_LD | BPF_W | BPF_ABS, offset_of_architecture),
      {.code = BPF_JMP | BPF_JEQ | BPF_K, .jt = 1, .jf = 0, .k = architecture},
      add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      add(BPF_LD | BPF_W | BPF_ABS, offset_of_number),
  };
  for (std::size_t at = 0; at < allowed.size(); ++at) {
    // Over those that are left, and over the answer for all others.
    filter.push_back({.code = BPF_JMP | BPF_JEQ | BPF_K,
                      .jt = static_cast<std::uint8_t>(allowed.size() - at),
                      .jf = 0,
                      .k = static_cast<std::uint32_t>(allowed[at])});
  }
  filter.push_back(add(BPF_RET | BPF_K, otherwise));
  filter.push_back(add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return filter;
}

std::unexpected<Error> failure(std::string_view what) {
  return fail(ErrorKind::rejected, std::string(what) + ": " + os::error_text(errno));
}

}  // namespace

std::optional<SandboxMode> parse_sandbox_mode(std::string_view text) {
  if (text == "refuse") return SandboxMode::refuse;
  if (text == "kill") return SandboxMode::kill;
  if (text == "off") return SandboxMode::off;
  return {};
}

Result<Unit> enter_sandbox(SandboxMode mode) {
  if (mode == SandboxMode::off) return Unit{};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure("no_new_privs");
  // No core: it would hold users' requests.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failure("no core dumps");
  std::vector<sock_filter> filter =
      make_filter(mode == SandboxMode::kill ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM);
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = filter.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) {
    return failure("seccomp");
  }
  return Unit{};
}

}  // namespace kai::splitter
