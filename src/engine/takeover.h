// Takeover: claim the record of a release and write ours into it, fenced by a new epoch.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/reply.h"
#include "core/rollout/record.h"
#include "ports/rollout_store.h"

namespace kai::engine {

// What the claimed record becomes. Gets the stored one (empty when there never was one) and answers
// the record to save, or why not. Epoch and seq of the answer are set afterwards.
using Rewrite =
    std::move_only_function<Result<core::Record>(const std::optional<core::Record>& stored)>;

struct Taken {
  core::Record record;  // saved: ours
  std::string version;
};

// Claims the lease, loads, rewrites, saves with epoch = max(stored epoch, lease transitions) + 1.
// Errors: `rejected` when someone holds the lease (named) or `rewrite` refuses, `unavailable`
// otherwise; the lease is then given up.
void take_over(ports::RolloutStore& store, const ports::Holder& holder, Rewrite rewrite,
               Reply<Taken> reply);

}  // namespace kai::engine
