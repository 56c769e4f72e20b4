#include "os/log_file.h"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/descriptor.h"
#include "os/file_errors.h"

namespace kai::os {

Result<std::string> read_tail(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
  struct stat about{};
  if (!file.is_open() || ::fstat(file.number(), &about) != 0)
    return file_error("reading", path, errno);
  if (!S_ISREG(about.st_mode))
    return fail(ErrorKind::rejected, "reading " + path + ": it is no file");
  // One byte more tells whether a line begins at the first of those that were asked for.
  const auto size = static_cast<std::size_t>(about.st_size);
  const bool is_cut = size > bytes_max;
  const std::size_t wanted = is_cut ? bytes_max + 1 : size;
  std::string bytes(wanted, '\0');
  std::size_t had = 0;
  while (had < wanted) {
    const ssize_t got = ::pread(file.number(), bytes.data() + had, wanted - had,
                                static_cast<off_t>(size - wanted + had));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("reading", path, errno);
    if (got == 0) break;  // it was emptied meanwhile
    had += static_cast<std::size_t>(got);
  }
  bytes.resize(had);
  if (!is_cut || bytes.empty()) return bytes;
  const std::size_t line_end = bytes.find('\n');
  const bool has_line = line_end != std::string::npos && line_end + 1 < bytes.size();
  return bytes.substr(has_line ? line_end + 1 : 1);
}

void cut_file(const std::string& path, std::size_t bytes_max) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
  struct stat about{};
  if (!file.is_open() || ::fstat(file.number(), &about) != 0 || !S_ISREG(about.st_mode)) return;
  // Should it fail, it is tried again with the next look.
  if (static_cast<std::size_t>(about.st_size) > bytes_max)
    static_cast<void>(::ftruncate(file.number(), 0) == 0);
}

}  // namespace kai::os
