#include "tests/fakes/fake_disk.h"

namespace kai::fakes {

Result<Unit> FakeDisk::check(const std::string& path) const {
  const auto found = broken.find(path);
  if (found != broken.end()) return std::unexpected(found->second);
  return Unit{};
}

bool FakeDisk::is_directory(const std::string& path) const {
  if (private_directories_.contains(path) || made_directories_.contains(path)) return true;
  const auto first = files.lower_bound(path + "/");
  return first != files.end() && first->first.starts_with(path + "/");
}

Result<std::string> FakeDisk::read(const std::string& path, std::size_t bytes_max) {
  if (const Result<Unit> checked = check(path); !checked) return std::unexpected(checked.error());
  if (is_directory(path)) return fail(ErrorKind::rejected, "reading " + path + ": it is no file");
  const auto found = files.find(path);
  if (found == files.end())
    return fail(ErrorKind::no_data, "reading " + path + ": No such file or directory");
  if (found->second.size() > bytes_max) {
    return fail(ErrorKind::rejected,
                "reading " + path + ": longer than " + std::to_string(bytes_max) + " bytes");
  }
  return found->second;
}

Result<Unit> FakeDisk::write_new(const std::string& path, std::string_view bytes) {
  if (Result<Unit> checked = check(path); !checked) return checked;
  if (files.contains(path) || is_directory(path)) {
    return fail(ErrorKind::rejected, "making " + path + ": File exists");
  }
  log.push_back("write_new " + path);
  files[path] = bytes;
  return Unit{};
}

Result<Unit> FakeDisk::replace(const std::string& path, std::string_view bytes) {
  if (Result<Unit> checked = check(path); !checked) return checked;
  if (is_directory(path))
    return fail(ErrorKind::rejected, "replacing " + path + ": Is a directory");
  log.push_back("replace " + path);
  files[path] = bytes;
  return Unit{};
}

Result<Unit> FakeDisk::append(const std::string& path, std::string_view bytes) {
  if (Result<Unit> checked = check(path); !checked) return checked;
  if (is_directory(path)) return fail(ErrorKind::rejected, "opening " + path + ": Is a directory");
  log.push_back("append " + path);
  files[path] += bytes;
  return Unit{};
}

Result<Unit> FakeDisk::make_directories(const std::string& path) {
  if (Result<Unit> checked = check(path); !checked) return checked;
  if (files.contains(path))
    return fail(ErrorKind::rejected, "making " + path + ": it is no directory");
  if (!is_directory(path)) log.push_back("make " + path);
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    made_directories_.insert(path.substr(0, end));
  made_directories_.insert(path);
  return Unit{};
}

Result<Unit> FakeDisk::remove(const std::string& path) {
  if (Result<Unit> checked = check(path); !checked) return checked;
  if (is_directory(path)) return fail(ErrorKind::rejected, "removing " + path + ": Is a directory");
  if (files.erase(path) == 0)
    return fail(ErrorKind::no_data, "removing " + path + ": No such file or directory");
  log.push_back("remove " + path);
  return Unit{};
}

Result<Unit> FakeDisk::may_append(const std::string& path) {
  if (is_directory(path)) return fail(ErrorKind::rejected, "opening " + path + ": Is a directory");
  return check(path);
}

Result<std::vector<os::DirectoryEntry>> FakeDisk::list(const std::string& path) {
  if (const Result<Unit> checked = check(path); !checked) return std::unexpected(checked.error());
  if (!is_directory(path))
    return fail(ErrorKind::no_data, "listing " + path + ": No such file or directory");
  std::map<std::string, bool> names;  // -> is a directory
  for (auto each = files.lower_bound(path + "/"); each != files.end(); ++each) {
    if (!each->first.starts_with(path + "/")) break;
    const std::string rest = each->first.substr(path.size() + 1);
    names[rest.substr(0, rest.find('/'))] = rest.find('/') != std::string::npos;
  }
  for (const std::string& made : made_directories_) {
    if (!made.starts_with(path + "/")) continue;
    const std::string rest = made.substr(path.size() + 1);
    names[rest.substr(0, rest.find('/'))] = true;
  }
  std::vector<os::DirectoryEntry> entries;
  for (const auto& [name, directory] : names)
    entries.push_back({.name = name, .is_directory = directory});
  return entries;
}

Result<std::string> FakeDisk::make_private_directory(std::string_view prefix) {
  std::string path = "/temporary/" + std::string(prefix) + std::to_string(++last_directory_);
  if (const Result<Unit> checked = check("/temporary"); !checked)
    return std::unexpected(checked.error());
  log.push_back("make " + path);
  private_directories_.insert(path);
  return path;
}

Result<Unit> FakeDisk::remove_private_directory(const std::string& path) {
  if (Result<Unit> checked = check(path); !checked) return checked;
  if (private_directories_.erase(path) == 0) {
    return fail(ErrorKind::rejected,
                "removing " + path + ": it is not a temporary directory of this process");
  }
  log.push_back("remove " + path);
  std::erase_if(files, [&](const auto& file) { return file.first.starts_with(path + "/"); });
  return Unit{};
}

}  // namespace kai::fakes
