// file_store: the record of a release as a file, compare-and-swap under a lock; the claim is a lock
// of the kernel; finished rollouts are kept in SQLite.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/timers.h"
#include "os/disk.h"
#include "os/file_locks.h"
#include "ports/rollout_store.h"

namespace kai::edges {

inline constexpr std::size_t record_file_bytes_max = std::size_t{4} << 20U;
inline constexpr std::size_t history_rows_max = 100;  // of a release; the oldest go first
inline constexpr std::size_t releases_max = 1000;     // below one root
// For the lock under which a file is read, changed and replaced: others hold it for that long only.
inline constexpr Duration file_lock_wait_max = std::chrono::seconds(2);

// Outlive every store that is made with them.
struct FileStoreSeams {
  os::Disk& disk;
  os::FileLocks& locks;
  Timers& timers;
  const SteadyClock& steady;
};

// Of one release, in a directory of its own, which is made (mode 0700) by the first claim or save.
// In it: `record.json`, `history.db`, and for the claim `claim` (the lock) and `holder.json` (who
// took it last). Files are read, changed and replaced under the lock of `store.lock`.
//
// The claim is held until give_up(), the end of the process, or the end of the store: a killed
// holder is free at once, one that stands still keeps it, and so `Holder::silent` is always zero.
// renew() writes nothing; it is false for who never had the claim, or when the directory was
// removed under it.
//
// Damaged bytes are `malformed`, what a newer version wrote is `rejected`, and no save writes over
// either: whoever wants to start anew moves the file away.
class FileStore final : public ports::RolloutStore {
 public:
  // `directory`: "<root>/<release>", without a slash at the end.
  FileStore(FileStoreSeams seams, std::string directory);
  ~FileStore() override;

  void load(Reply<std::optional<ports::Stored>> reply) override;
  void save(const core::Record& record, const std::string& version,
            Reply<ports::SaveOutcome> reply) override;
  void holder(Reply<std::optional<ports::Holder>> reply) override;
  void claim(const ports::Holder& holder, Reply<ports::ClaimOutcome> reply) override;
  void renew(Reply<bool> reply) override;
  void give_up(Reply<Unit> reply) override;
  void submit(const core::Command& command, Reply<Unit> reply) override;
  void remember(const ports::HistoryEntry& entry, Reply<Unit> reply) override;
  void history(Reply<ports::History> reply) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Of all releases below a root: every directory in it is one. None when the root is not there.
void known_rollouts(FileStoreSeams seams, const std::string& root,
                    Reply<ports::KnownRollouts> reply);

}  // namespace kai::edges
