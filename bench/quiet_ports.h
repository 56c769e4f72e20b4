// Ports of a rollout in which nothing happens but what a benchmark does to it: they answer from
// memory, with the next turn of the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "net/loop.h"
#include "ports/release.h"
#include "ports/rollout_store.h"
#include "ports/rollout_view.h"
#include "ports/workload.h"

namespace kai::bench {

template <typename T>
void answer_soon(net::Loop& loop, Reply<T> reply, Result<T> result) {
  loop.post([reply = std::move(reply), result = std::move(result)]() mutable {
    reply(std::move(result));
  });
}

// The release stays as it was at the start.
class QuietRelease final : public ports::Release {
 public:
  explicit QuietRelease(net::Loop& loop) : loop_(loop) {}
  void plan(const core::Plan& plan, Reply<ports::Planned<ports::ReleasePlan>> reply) override;
  void upgrade(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  void stop_upgrade() override {}
  void revert(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  void observe(const Tree& plan, const std::string& rollout,
               Reply<core::ReleaseSeen> reply) override;

 private:
  net::Loop& loop_;
};

// One pod per service and arm, ready until the canary's endpoints vanish.
class QuietWorkload final : public ports::Workload {
 public:
  QuietWorkload(net::Loop& loop, const SteadyClock& steady, std::size_t services);
  void plan(const core::Plan& plan, const ports::ReleasePlan& release,
            Reply<ports::Planned<ports::WorkloadPlan>> reply) override;
  void bring_up(const Tree& plan, core::Weight size, const core::Stamp& stamp,
                Reply<Unit> reply) override;
  void observe(const Tree& plan, core::Weight size, Reply<ports::WorkloadState> reply) override;
  void evidence(const Tree& plan, Reply<ports::Evidence> reply) override;
  void discard(const Tree& plan, const std::string& rollout, Reply<bool> reply) override;
  std::unique_ptr<ports::Watching> watch(
      const Tree& plan, std::move_only_function<void(ports::WorkloadNews)> tell) override;

  [[nodiscard]] const std::vector<ports::PodTarget>& pods() const { return pods_; }
  void heal();
  void lose_endpoints();
  // When the engine got to know of the loss, by the watch or by an answer; empty: not yet.
  [[nodiscard]] std::optional<SteadyTime> told_at() const { return told_at_; }

 private:
  [[nodiscard]] ports::WorkloadState state() const;

  net::Loop& loop_;
  const SteadyClock& steady_;
  std::vector<ports::PodTarget> pods_;
  bool lost_ = false;
  std::optional<SteadyTime> told_at_;
  std::move_only_function<void(ports::WorkloadNews)> tell_;
};

// Accepts every save of the one record.
class QuietStore final : public ports::RolloutStore {
 public:
  explicit QuietStore(net::Loop& loop) : loop_(loop) {}
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

  // Stores `record` as it is; the answer is its version.
  std::string put(const core::Record& record);

 private:
  net::Loop& loop_;
  std::optional<ports::Stored> stored_;
  int version_ = 0;
};

class QuietViewer final : public ports::RolloutViewer {
 public:
  void show(const ports::RolloutView& /*view*/,
            const std::vector<ports::RolloutEvent>& /*events*/) override {}
};

class QuietLog final : public Log {
 public:
  void write(LogLevel /*level*/, std::string_view /*event*/,
             const std::vector<LogField>& /*fields*/) override {}
};

}  // namespace kai::bench
