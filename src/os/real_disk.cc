#include "os/real_disk.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "os/descriptor.h"
#include "os/file_errors.h"
#include "os/private_directories.h"

namespace kai::os {
namespace {

constexpr mode_t file_mode = 0600;
constexpr mode_t directory_mode = 0700;

Result<std::string> read_rest(int descriptor, const std::string& path, std::size_t bytes_max) {
  std::string bytes;
  constexpr std::size_t piece = std::size_t{64} << 10;
  while (true) {
    const std::size_t had = bytes.size();
    bytes.resize(had + piece);
    const ssize_t got = ::read(descriptor, bytes.data() + had, piece);
    const int error_number = errno;
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error_number == EINTR) continue;
    if (got < 0) return file_error("reading", path, error_number);
    if (bytes.size() > bytes_max) {
      return fail(ErrorKind::rejected,
                  "reading " + path + ": longer than " + std::to_string(bytes_max) + " bytes");
    }
    if (got == 0) return bytes;
  }
}

Result<Unit> sync_directory_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string directory = parent.empty() ? "." : parent.string();
  const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) return file_error("opening", directory, errno);
  if (::fsync(descriptor.number()) != 0) return file_error("syncing", directory, errno);
  return Unit{};
}

// Fills a fresh file and brings it to the disk. A failed sync is final: the kernel may have dropped
// the dirty pages, and a second fsync would lie (safety: never synced again).
Result<Unit> fill(const Descriptor& descriptor, const std::string& path, std::string_view bytes) {
  if (::fchmod(descriptor.number(), file_mode) != 0)
    return make_error("setting the mode of", path, errno);
  if (!write_all(descriptor.number(), bytes)) return make_error("writing", path, errno);
  if (::fsync(descriptor.number()) != 0) return make_error("syncing", path, errno);
  return Unit{};
}

}  // namespace

RealDisk::RealDisk(std::string temporary_directory)
    : temporary_directory_(std::move(temporary_directory)) {}

Result<std::string> RealDisk::read(const std::string& path, std::size_t bytes_max) {
  // O_NONBLOCK: a FIFO put in the place of a file must not hang us. It has no effect on files.
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!descriptor.is_open()) return file_error("reading", path, errno);
  struct stat about{};
  if (::fstat(descriptor.number(), &about) != 0) return file_error("reading", path, errno);
  if (!S_ISREG(about.st_mode))
    return fail(ErrorKind::rejected, "reading " + path + ": it is no file");
  return read_rest(descriptor.number(), path, bytes_max);
}

Result<Unit> RealDisk::write_new(const std::string& path, std::string_view bytes) {
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const Descriptor descriptor(::open(path.c_str(), flags, file_mode));
  if (!descriptor.is_open()) return make_error("making", path, errno);
  const Result<Unit> filled = fill(descriptor, path, bytes);
  if (!filled) {
    ::unlink(path.c_str());
    return filled;
  }
  return sync_directory_of(path);
}

Result<Unit> RealDisk::replace(const std::string& path, std::string_view bytes) {
  // mkostemp: O_EXCL and an unguessable name, in the same directory so that rename is atomic.
  std::string temporary = path + ".XXXXXX";
  const Descriptor descriptor(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!descriptor.is_open()) return make_error("making a temporary file beside", path, errno);
  Result<Unit> done = fill(descriptor, temporary, bytes);
  if (done && ::rename(temporary.c_str(), path.c_str()) != 0)
    done = make_error("replacing", path, errno);
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  return sync_directory_of(path);
}

// Each new one is brought to the disk: a record in a directory that a crash takes away is lost,
// too.
Result<Unit> RealDisk::make_directories(const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    const std::string directory = path.substr(0, end);
    if (::mkdir(directory.c_str(), directory_mode) != 0) {
      if (errno == EEXIST) continue;
      return make_error("making", directory, errno);
    }
    if (::chmod(directory.c_str(), directory_mode) != 0)
      return make_error("setting the mode of", directory, errno);
    if (auto synced = sync_directory_of(directory); !synced) return synced;
  }
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return make_error("making", path, errno);
  if (!S_ISDIR(about.st_mode)) return make_error("making", path, ENOTDIR);
  return Unit{};
}

Result<Unit> RealDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return file_error("removing", path, errno);
  return sync_directory_of(path);
}

// A FIFO, a device and a terminal are no files to us, yet people name them: `--events=/dev/fd/3`.
Result<Unit> RealDisk::append(const std::string& path, std::string_view bytes) {
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  const Descriptor descriptor(::open(path.c_str(), flags, file_mode));
  if (!descriptor.is_open()) return make_error("opening", path, errno);
  if (!write_all(descriptor.number(), bytes)) return make_error("writing", path, errno);
  return Unit{};
}

Result<Unit> RealDisk::may_append(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return make_error("opening", path, EISDIR);
    if (::access(path.c_str(), W_OK) != 0) return make_error("opening", path, errno);
    return Unit{};
  }
  if (errno != ENOENT) return make_error("opening", path, errno);
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const std::string place = folder.empty() ? "." : folder.string();
  if (::access(place.c_str(), W_OK | X_OK) != 0) return make_error("opening", path, errno);
  return Unit{};
}

Result<std::vector<DirectoryEntry>> RealDisk::list(const std::string& path) {
  std::error_code error;
  std::vector<DirectoryEntry> entries;
  std::filesystem::directory_iterator each(path, error);
  for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) {
    std::error_code ignored;  // an entry that vanished meanwhile is no directory
    entries.push_back(
        {.name = each->path().filename().string(), .is_directory = each->is_directory(ignored)});
  }
  if (error) return file_error("listing", path, error.value());
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

Result<std::string> RealDisk::make_private_directory(std::string_view prefix) {
  KAI_CHECK(prefix.find('/') == std::string_view::npos);
  std::string path = temporary_directory_ + "/" + std::string(prefix) + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return make_error("making a directory in", temporary_directory_, errno);
  // A strange umask may have taken even our own rights.
  if (::chmod(path.c_str(), 0700) != 0) return make_error("setting the mode of", path, errno);
  private_directories_.emplace(path, lock_directory(path));
  tidy(prefix, path);
  return path;
}

// Processes that were killed left theirs behind. The new one tells what time it is.
void RealDisk::tidy(std::string_view prefix, const std::string& newest) {
  struct stat about{};
  if (!tidied_.insert(std::string(prefix)).second || ::stat(newest.c_str(), &about) != 0) return;
  remove_abandoned(temporary_directory_, prefix, about.st_mtim.tv_sec);
}

Result<Unit> RealDisk::remove_private_directory(const std::string& path) {
  if (!private_directories_.contains(path)) {
    return fail(ErrorKind::rejected,
                "removing " + path + ": it is not a temporary directory of this process");
  }
  std::error_code error;
  std::filesystem::remove_all(path, error);  // removes links, does not follow them
  if (error) return file_error("removing", path, error.value());
  private_directories_.erase(path);
  return Unit{};
}

}  // namespace kai::os
