#include "os/real_file_locks.h"

#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "os/descriptor.h"
#include "os/file_errors.h"

namespace kai::os {
namespace {

constexpr mode_t lock_mode = 0600;
constexpr int tries_max = 5;  // when the file is replaced in the same moment
// A FIFO in the place of the file must not hang us.
constexpr int open_flags = O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

class RealFileLock final : public FileLock {
 public:
  RealFileLock(Descriptor file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}

  [[nodiscard]] bool is_in_place() const override {
    struct stat held{};
    struct stat there{};
    return ::fstat(file_.number(), &held) == 0 && ::lstat(path_.c_str(), &there) == 0 &&
           held.st_dev == there.st_dev && held.st_ino == there.st_ino;
  }

 private:
  Descriptor file_;
  std::string path_;
};

// Empty: it is no file.
std::optional<mode_t> mode_of_file(const Descriptor& file) {
  struct stat about{};
  if (::fstat(file.number(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
  return about.st_mode & 07777U;
}

std::unexpected<Error> no_locks(const std::string& path, int error_number) {
  return fail(ErrorKind::rejected, "locking " + path + ": " + error_text(error_number) +
                                       "; a file system that knows locks is needed there");
}

// Null: another one has it.
Result<std::unique_ptr<RealFileLock>> lock_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | open_flags, lock_mode));
  if (!file.is_open()) return file_error("opening", path, errno);
  const auto mode = mode_of_file(file);
  if (!mode) return fail(ErrorKind::rejected, "locking " + path + ": it is no file");
  // Whatever the umask, the next one of us can open it.
  if (*mode != lock_mode && ::fchmod(file.number(), lock_mode) != 0)
    return file_error("setting the mode of", path, errno);
  if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0)
    return std::make_unique<RealFileLock>(std::move(file), path);
  if (errno != EWOULDBLOCK) return no_locks(path, errno);
  return nullptr;
}

}  // namespace

// Who locks a file that somebody removes in the same moment holds a lock that nobody sees.
Result<std::unique_ptr<FileLock>> RealFileLocks::try_lock(const std::string& path) {
  for (int tries = 0; tries < tries_max; ++tries) {
    auto lock = lock_file(path);
    if (!lock) return std::unexpected(lock.error());
    if (!*lock || (*lock)->is_in_place()) return std::move(*lock);
  }
  return fail(ErrorKind::unavailable, "locking " + path + ": it is replaced again and again");
}

Result<bool> RealFileLocks::is_locked(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | open_flags));
  if (!file.is_open() && errno == ENOENT) return false;
  if (!file.is_open()) return file_error("opening", path, errno);
  if (!mode_of_file(file))
    return fail(ErrorKind::rejected, "looking at the lock of " + path + ": it is no file");
  if (::flock(file.number(), LOCK_SH | LOCK_NB) == 0) return false;
  if (errno != EWOULDBLOCK) return no_locks(path, errno);
  return true;
}

}  // namespace kai::os
