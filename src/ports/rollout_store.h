// Port: the one record of a release, compare-and-swap; who may write it; its history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/time.h"
#include "core/rollout/history.h"
#include "core/rollout/record.h"

namespace kai::ports {

struct Stored {
  core::Record record;
  std::string version;  // opaque; equal means the same bytes
};

// Who holds the claim, for people.
struct Holder {
  std::string name;  // user
  std::string host;
  std::int64_t process = 0;
  WallTime since;
  Duration silent{0};  // for how long we have seen no sign of it: neither a renewal nor a save of
                       // the rollout's owner; zero where a claim ends with its holder
};

struct SaveOutcome {
  bool conflict =
      false;  // somebody else wrote in between: load again, decide again, never send the old value
  std::string version;  // of what was saved; empty on a conflict
};

struct ClaimOutcome {
  bool granted = false;
  Holder holder;                  // when not granted: who holds it
  std::uint64_t transitions = 0;  // of the lease; the epoch is max(stored epoch, this) + 1
};

using core::HistoryEntry;

struct History {
  std::vector<HistoryEntry> entries;    // newest first
  std::vector<std::string> unreadable;  // "ConfigMap shop/x: why", of those that are there
};

// What may be read of many releases, for lists.
struct KnownRollouts {
  std::vector<core::Record> records;
  History history;
  std::vector<std::string> unreadable;  // records, as in History
};

class RolloutStore {
 public:
  virtual ~RolloutStore() = default;
  // Empty when there never was one.
  virtual void load(Reply<std::optional<Stored>> reply) = 0;
  // `version` empty: create. Accepted only when the stored version is `version`; a lost reply is
  // `unavailable`, and the next load tells.
  virtual void save(const core::Record& record, const std::string& version,
                    Reply<SaveOutcome> reply) = 0;
  // Who holds the lease now, dead or alive: whoever asks again learns from `silent`. Empty when it
  // is free. Writes nothing.
  virtual void holder(Reply<std::optional<Holder>> reply) = 0;
  // Takes the lease when it is free or its holder has been silent for its term, judged by our own
  // clock. An accepted save of the owner is a sign of life as a renewal is; a command that somebody
  // submits is none.
  virtual void claim(const Holder& holder, Reply<ClaimOutcome> reply) = 0;
  // Keeps it. False: it is lost. Call at a third of its term, counted from the last sign of life.
  virtual void renew(Reply<bool> reply) = 0;
  virtual void give_up(Reply<Unit> reply) = 0;
  // Appends a command to the record's inbox for whoever owns it.
  virtual void submit(const core::Command& command, Reply<Unit> reply) = 0;
  virtual void remember(const HistoryEntry& entry, Reply<Unit> reply) = 0;
  // Of this release. An entry that cannot be read hides no other.
  virtual void history(Reply<History> reply) = 0;
};

}  // namespace kai::ports
