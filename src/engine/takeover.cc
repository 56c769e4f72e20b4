#include "engine/takeover.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/rollout/advance.h"

namespace kai::engine {
namespace {

std::string name_of(const ports::Holder& holder) {
  return holder.name + "@" + holder.host + " (process " + std::to_string(holder.process) +
         ", since " + format_wall_time(holder.since) + ")";
}

class Takeover : public std::enable_shared_from_this<Takeover> {
 public:
  Takeover(ports::RolloutStore& store, Rewrite rewrite, Reply<Taken> reply)
      : store_(store), rewrite_(std::move(rewrite)), reply_(std::move(reply)) {}

  void begin(const ports::Holder& holder) {
    store_.claim(holder, [self = shared_from_this()](Result<ports::ClaimOutcome> claim) {
      if (!claim) return self->reply_(std::unexpected(claim.error()));
      if (!claim->granted) {
        return self->reply_(fail(ErrorKind::rejected, "held by " + name_of(claim->holder)));
      }
      self->transitions_ = claim->transitions;
      self->load();
    });
  }

 private:
  void load() {
    store_.load([self = shared_from_this()](Result<std::optional<ports::Stored>> stored) {
      if (!stored) return self->give_up(stored.error());
      std::optional<core::Record> old;
      if (*stored) {
        old = (*stored)->record;
        self->version_ = (*stored)->version;
      }
      self->save(old);
    });
  }

  void save(const std::optional<core::Record>& old) {
    auto rewritten = rewrite_(old);
    if (!rewritten) return give_up(rewritten.error());
    taken_ = core::taken_over(std::move(*rewritten));
    taken_.epoch = std::max(old ? old->epoch : 0, transitions_) + 1;
    taken_.seq += 1;
    store_.save(taken_, version_, [self = shared_from_this()](Result<ports::SaveOutcome> outcome) {
      if (!outcome) return self->give_up(outcome.error());
      if (outcome->conflict) {
        return self->give_up({ErrorKind::unavailable,
                              "somebody else wrote the record in the same moment; try again"});
      }
      self->reply_(Taken{.record = std::move(self->taken_), .version = outcome->version});
    });
  }

  void give_up(Error error) {
    store_.give_up(
        [self = shared_from_this(), error = std::move(error)](Result<Unit> given_up) mutable {
          ignore(given_up, "the lease runs out by itself");
          self->reply_(std::unexpected(std::move(error)));
        });
  }

  ports::RolloutStore& store_;
  Rewrite rewrite_;
  Reply<Taken> reply_;
  std::uint64_t transitions_ = 0;
  std::string version_;
  core::Record taken_;
};

}  // namespace

void take_over(ports::RolloutStore& store, const ports::Holder& holder, Rewrite rewrite,
               Reply<Taken> reply) {
  std::make_shared<Takeover>(store, std::move(rewrite), std::move(reply))->begin(holder);
}

}  // namespace kai::engine
