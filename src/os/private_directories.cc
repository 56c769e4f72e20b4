#include "os/private_directories.h"

#include <cerrno>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kai::os {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr std::size_t random_letters = 6;   // of mkdtemp
constexpr std::size_t entries_max = 1'000;  // in one directory; we make a handful

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Names in a directory, without itself and its parent. Empty when it cannot be read.
std::vector<std::string> names_in(int directory, std::size_t names_max) {
  const int copy = ::openat(directory, ".", directory_flags);
  if (copy < 0) return {};
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(copy));
  if (!stream) {
    ::close(copy);
    return {};
  }
  std::vector<std::string> names;
  while (names.size() < names_max) {
    const dirent* const entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  return names;
}

bool is_name_of_ours(std::string_view name, std::string_view prefix) {
  return name.starts_with(prefix) && name.size() == prefix.size() + random_letters;
}

bool is_old_and_ours(const struct stat& about, std::int64_t now_seconds) {
  return about.st_uid == ::geteuid() && (about.st_mode & 077U) == 0 &&
         now_seconds - about.st_mtim.tv_sec >= abandoned_seconds_min;
}

bool lock(const Descriptor& directory) {
  return ::flock(directory.number(), LOCK_EX | LOCK_NB) == 0;
}

// Looked at through its descriptor: what stands under the name may become something else meanwhile.
bool remove_if_abandoned(int parent, const std::string& name, std::int64_t now_seconds) {
  const Descriptor directory(::openat(parent, name.c_str(), directory_flags));
  struct stat about{};
  if (!directory.is_open() || ::fstat(directory.number(), &about) != 0) return false;
  if (!is_old_and_ours(about, now_seconds) || !lock(directory)) return false;
  for (const std::string& entry : names_in(directory.number(), entries_max))
    ::unlinkat(directory.number(), entry.c_str(), 0);
  return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
}

}  // namespace

Descriptor lock_directory(const std::string& path) {
  Descriptor directory(::open(path.c_str(), directory_flags));
  return directory.is_open() && lock(directory) ? std::move(directory) : Descriptor();
}

Result<Descriptor> hold_directory(const std::string& path) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open())
    return fail(ErrorKind::rejected, "opening " + path + ": " + error_text(errno));
  if (!lock(directory) && errno == EWOULDBLOCK)
    return fail(ErrorKind::unavailable, "another process holds " + path);
  return directory;
}

std::size_t remove_abandoned(const std::string& parent, std::string_view prefix,
                             std::int64_t now_seconds) {
  // The place for temporary files may be a link itself (/tmp on some systems).
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return 0;
  std::size_t removed = 0;
  for (const std::string& name : names_in(directory.number(), abandoned_looked_at_max)) {
    if (removed == abandoned_removed_max) break;
    if (is_name_of_ours(name, prefix) && remove_if_abandoned(directory.number(), name, now_seconds))
      removed += 1;
  }
  return removed;
}

}  // namespace kai::os
