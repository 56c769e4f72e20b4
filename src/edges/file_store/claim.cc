#include "edges/file_store/claim.h"

#include <cstdint>
#include <utility>

#include "base/tree_reader.h"

namespace kai::edges {
namespace {

constexpr std::size_t holder_bytes_max = std::size_t{16} << 10U;
constexpr std::uint64_t transitions_max = std::uint64_t{1} << 53U;  // more were never counted

Tree holder_tree(const ports::Holder& holder, std::uint64_t transitions) {
  return Tree(Tree::Map{{"name", holder.name},
                        {"host", holder.host},
                        {"process", holder.process},
                        {"since", format_wall_time(holder.since)},
                        {"transitions", static_cast<std::int64_t>(transitions)}});
}

}  // namespace

Claim::Claim(os::Disk& disk, os::FileLocks& locks, const std::string& directory)
    : disk_(disk),
      locks_(locks),
      lock_path_(directory + "/claim"),
      place_{.path = directory + "/holder.json", .bytes_max = holder_bytes_max} {}

// Who holds the claim is told by the lock alone; a count that was lost costs nothing either, since
// the record has the epoch.
Result<Claim::Written> Claim::written() {
  Written nobody{.holder = {.name = "?", .host = "?", .process = 0, .since = {}}};
  const auto sealed = read_sealed(disk_, place_);
  if (!sealed && sealed.error().kind == ErrorKind::unavailable)
    return std::unexpected(sealed.error());
  if (!sealed || !*sealed) return nobody;
  TreeReader reader((*sealed)->content, place_.path);
  Written found{.holder = {.name = reader.text("name"),
                           .host = reader.text("host"),
                           .process = reader.whole("process"),
                           .since = reader.time("since")},
                .transitions = reader.count("transitions")};
  return reader.is_good() && found.transitions < transitions_max ? found : nobody;
}

Result<ports::ClaimOutcome> Claim::take(const ports::Holder& holder) {
  auto before = written();
  if (!before) return std::unexpected(before.error());
  if (is_ours()) {
    return ports::ClaimOutcome{
        .granted = true, .holder = before->holder, .transitions = before->transitions};
  }
  auto lock = locks_.try_lock(lock_path_);
  if (!lock) return std::unexpected(lock.error());
  if (!*lock) {
    return ports::ClaimOutcome{
        .granted = false, .holder = before->holder, .transitions = before->transitions};
  }
  const std::uint64_t transitions = before->transitions + 1;
  const auto replaced = replace_sealed(disk_, place_, holder_tree(holder, transitions));
  if (!replaced) return std::unexpected(replaced.error());  // and the lock is free again
  lock_ = std::move(*lock);
  return ports::ClaimOutcome{.granted = true, .holder = holder, .transitions = transitions};
}

Result<std::optional<ports::Holder>> Claim::holder() {
  const auto locked = locks_.is_locked(lock_path_);
  if (!locked) return std::unexpected(locked.error());
  if (!*locked) return std::optional<ports::Holder>();
  auto found = written();
  if (!found) return std::unexpected(found.error());
  return std::optional(std::move(found->holder));
}

}  // namespace kai::edges
