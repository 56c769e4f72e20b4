#include "edges/file_store/file_store.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "core/rollout/history_tree.h"
#include "edges/file_store/claim.h"
#include "edges/file_store/history_file.h"
#include "edges/file_store/record_file.h"

namespace kai::edges {
namespace {

constexpr Duration lock_retry = std::chrono::milliseconds(5);
constexpr std::size_t random_letters = 6;  // of the temporary files that os::Disk::replace makes
constexpr std::string_view history_name = "history.db";

// What a process that was killed while it replaced one of our files left beside it.
bool is_left_behind(std::string_view name) {
  constexpr std::array files = {std::string_view("record.json."), std::string_view("holder.json.")};
  return std::ranges::any_of(files, [&](std::string_view file) {
    return name.starts_with(file) && name.size() == file.size() + random_letters;
  });
}

// Empty where there is no file yet.
Result<ports::History> read_history(os::Disk& disk, const std::string& directory) {
  const auto entries = disk.list(directory);
  if (!entries && entries.error().kind == ErrorKind::no_data) return ports::History{};
  if (!entries) return std::unexpected(entries.error());
  const bool is_there = std::ranges::any_of(
      *entries, [](const os::DirectoryEntry& entry) { return entry.name == history_name; });
  if (!is_there) return ports::History{};
  auto history = HistoryFile(directory + "/" + std::string(history_name)).read();
  if (!history && history.error().kind == ErrorKind::malformed)
    return fail(ErrorKind::malformed,
                history.error().message + "; to begin a new history, move it away");
  return history;
}

void add_release(os::Disk& disk, const std::string& directory, ports::KnownRollouts& known) {
  auto stored = RecordFile(disk, directory).load();
  if (!stored) known.unreadable.push_back(stored.error().message);
  if (stored && *stored) known.records.push_back(std::move((*stored)->record));
  auto history = read_history(disk, directory);
  if (!history) return known.history.unreadable.push_back(history.error().message);
  std::ranges::move(history->entries, std::back_inserter(known.history.entries));
  std::ranges::move(history->unreadable, std::back_inserter(known.history.unreadable));
}

Result<ports::KnownRollouts> read_all(os::Disk& disk, const std::string& root) {
  ports::KnownRollouts known;
  const auto entries = disk.list(root);
  if (!entries && entries.error().kind == ErrorKind::no_data) return known;
  if (!entries) return std::unexpected(entries.error());
  std::size_t releases = 0;
  for (const os::DirectoryEntry& entry : *entries) {
    if (!entry.is_directory) continue;
    if (++releases > releases_max) {
      known.unreadable.push_back(root + ": only " + std::to_string(releases_max) +
                                 " releases are looked at");
      break;
    }
    add_release(disk, root + "/" + entry.name, known);
  }
  core::sort_by_age(known.history.entries);
  return known;
}

}  // namespace

struct FileStore::Impl : std::enable_shared_from_this<FileStore::Impl> {
  Impl(FileStoreSeams seams_in, std::string directory_in)
      : seams(seams_in),
        directory(std::move(directory_in)),
        record(seams.disk, directory),
        claim(seams.disk, seams.locks, directory) {}

  // Where there is no directory of the release, `absent` is the answer, or it is made.
  template <typename T>
  struct Job {
    std::move_only_function<Result<T>(Impl&)> work;
    std::optional<Result<T>> absent;
    Reply<T> reply;
    SteadyTime gives_up_at;
  };

  template <typename T>
  void without_lock(std::move_only_function<Result<T>(Impl&)> work, Reply<T> reply) {
    seams.timers.at(seams.steady.now(),
                    [self = shared_from_this(), work = std::move(work),
                     reply = std::move(reply)]() mutable { reply(work(*self)); });
  }

  template <typename T>
  void with_lock(Job<T> job) {
    const SteadyTime now = seams.steady.now();
    job.gives_up_at = now + file_lock_wait_max;
    attempt(std::move(job), now);
  }

  template <typename T>
  void attempt(Job<T> job, SteadyTime when) {
    seams.timers.at(when, [self = shared_from_this(), job = std::move(job)]() mutable {
      auto lock = self->lock(!job.absent.has_value());
      const SteadyTime now = self->seams.steady.now();
      if (lock && !*lock && now < job.gives_up_at)
        return self->attempt(std::move(job), now + lock_retry);
      if (!lock && lock.error().kind == ErrorKind::no_data && job.absent)
        return job.reply(std::move(*job.absent));
      if (!lock) return job.reply(std::unexpected(lock.error()));
      if (!*lock) return job.reply(self->busy());
      Result<T> result = job.work(*self);
      lock->reset();
      job.reply(std::move(result));
    });
  }

  [[nodiscard]] std::string lock_path() const { return directory + "/store.lock"; }

  // Null: somebody else has it.
  Result<std::unique_ptr<os::FileLock>> lock(bool makes_directory) {
    auto taken = seams.locks.try_lock(lock_path());
    if (taken || taken.error().kind != ErrorKind::no_data || !makes_directory) return taken;
    if (const auto made = seams.disk.make_directories(directory); !made)
      return std::unexpected(made.error());
    return seams.locks.try_lock(lock_path());
  }

  [[nodiscard]] std::unexpected<Error> busy() const {
    return fail(ErrorKind::unavailable, "another process has held " + lock_path() + " for " +
                                            format_duration(file_lock_wait_max) +
                                            "; is it stopped?");
  }

  Result<ports::ClaimOutcome> take_claim(const ports::Holder& holder) {
    auto outcome = claim.take(holder);
    if (outcome && outcome->granted) tidy();
    return outcome;
  }

  // Under the lock nobody is writing.
  void tidy() {
    const auto entries = seams.disk.list(directory);
    if (!entries) return;
    for (const os::DirectoryEntry& entry : *entries) {
      if (!is_left_behind(entry.name)) continue;
      ignore(seams.disk.remove(directory + "/" + entry.name), "the next claim tries again");
    }
  }

  Result<Unit> add_history(const ports::HistoryEntry& entry) {
    const std::string path = directory + "/" + std::string(history_name);
    ignore(seams.disk.write_new(path, ""), "mostly it is there; whether it can be opened is next");
    return HistoryFile(path).add(entry);
  }

  FileStoreSeams seams;
  std::string directory;
  RecordFile record;
  Claim claim;
};

FileStore::FileStore(FileStoreSeams seams, std::string directory)
    : impl_(std::make_shared<Impl>(seams, std::move(directory))) {}

// Not only when the last open call is answered: whoever made the store may want the claim again.
FileStore::~FileStore() { impl_->claim.give_up(); }

void FileStore::load(Reply<std::optional<ports::Stored>> reply) {
  impl_->without_lock<std::optional<ports::Stored>>([](Impl& impl) { return impl.record.load(); },
                                                    std::move(reply));
}

void FileStore::save(const core::Record& record, const std::string& version,
                     Reply<ports::SaveOutcome> reply) {
  impl_->with_lock<ports::SaveOutcome>(
      {.work = [record, version](Impl& impl) { return impl.record.save(record, version); },
       .absent = {},
       .reply = std::move(reply),
       .gives_up_at = {}});
}

void FileStore::holder(Reply<std::optional<ports::Holder>> reply) {
  impl_->with_lock<std::optional<ports::Holder>>(
      {.work = [](Impl& impl) { return impl.claim.holder(); },
       .absent = std::optional<ports::Holder>(),
       .reply = std::move(reply),
       .gives_up_at = {}});
}

void FileStore::claim(const ports::Holder& holder, Reply<ports::ClaimOutcome> reply) {
  impl_->with_lock<ports::ClaimOutcome>(
      {.work = [holder](Impl& impl) { return impl.take_claim(holder); },
       .absent = {},
       .reply = std::move(reply),
       .gives_up_at = {}});
}

void FileStore::renew(Reply<bool> reply) {
  impl_->without_lock<bool>([](Impl& impl) -> Result<bool> { return impl.claim.is_ours(); },
                            std::move(reply));
}

void FileStore::give_up(Reply<Unit> reply) {
  impl_->without_lock<Unit>(
      [](Impl& impl) -> Result<Unit> {
        impl.claim.give_up();
        return Unit{};
      },
      std::move(reply));
}

void FileStore::submit(const core::Command& command, Reply<Unit> reply) {
  impl_->with_lock<Unit>(
      {.work = [command](Impl& impl) { return impl.record.submit(command); },
       .absent = fail(ErrorKind::rejected, "there is no rollout in " + impl_->directory),
       .reply = std::move(reply),
       .gives_up_at = {}});
}

void FileStore::remember(const ports::HistoryEntry& entry, Reply<Unit> reply) {
  impl_->with_lock<Unit>({.work = [entry](Impl& impl) { return impl.add_history(entry); },
                          .absent = {},
                          .reply = std::move(reply),
                          .gives_up_at = {}});
}

void FileStore::history(Reply<ports::History> reply) {
  impl_->without_lock<ports::History>(
      [](Impl& impl) { return read_history(impl.seams.disk, impl.directory); }, std::move(reply));
}

void known_rollouts(FileStoreSeams seams, const std::string& root,
                    Reply<ports::KnownRollouts> reply) {
  seams.timers.at(seams.steady.now(),
                  [&disk = seams.disk, root, reply = std::move(reply)]() mutable {
                    reply(read_all(disk, root));
                  });
}

}  // namespace kai::edges
