#include "splitter/admin/private_directory.h"

#include <cerrno>
#include <cstdint>
#include <string>

#include <sys/stat.h>

#include "base/error.h"
#include "os/descriptor.h"

namespace kai::splitter {

Result<Unit> make_private_directory(const std::string& path, std::uint32_t own_user) {
  constexpr mode_t private_mode = 0700;
  if (::mkdir(path.c_str(), private_mode) != 0 && errno != EEXIST) {
    return fail(ErrorKind::rejected, "making " + path + ": " + os::error_text(errno));
  }
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) {
    return fail(ErrorKind::rejected, path + " is no directory");
  }
  constexpr mode_t others_write = 022;
  const bool is_ours = about.st_uid == own_user || about.st_uid == 0;
  if (is_ours && (about.st_mode & others_write) == 0) return Unit{};
  return fail(ErrorKind::rejected,
              path +
                  " must belong to the user of kai-splitter or root, and nobody else may write "
                  "to it: who can replace a file in it stands in our place");
}

}  // namespace kai::splitter
