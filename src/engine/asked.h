// Asked<T>: one question to a port, at most one under way, and its newest answer with the time it
// was asked.
#pragma once

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/time.h"

namespace kai::engine {

template <typename T>
class Asked {
 public:
  [[nodiscard]] bool is_under_way() const { return under_way_; }
  // True when the last question is at least `period` old, or there was none.
  [[nodiscard]] bool is_due(SteadyTime now, Duration period) const {
    return !under_way_ && (!asked_once_ || now - asked_at_ >= period);
  }
  void ask(SteadyTime now) {
    under_way_ = asked_once_ = true;
    asked_at_ = now;
  }
  void answer(Result<T> result) {
    under_way_ = false;
    answered_for_ = asked_at_;
    answer_ = std::move(result);
  }
  // The newest answer, if it was asked for at `since` or later. Older ones belong to another
  // decision.
  [[nodiscard]] const Result<T>* answer_since(SteadyTime since) const {
    return answer_ && answered_for_ >= since ? &*answer_ : nullptr;
  }
  [[nodiscard]] std::optional<T> value_since(SteadyTime since) const {
    const Result<T>* const result = answer_since(since);
    if (result == nullptr || !*result) return std::nullopt;
    return **result;
  }
  // Forgets the answer, so that it is not used twice.
  void forget() { answer_.reset(); }

 private:
  bool under_way_ = false;
  bool asked_once_ = false;
  SteadyTime asked_at_;
  SteadyTime answered_for_;
  std::optional<Result<T>> answer_;
};

}  // namespace kai::engine
