// Writing a split to routes. Lowering goes to all of them at once and waits for nothing; everything
// else goes one by one, and what was raised is taken back when a later one cannot be.
#include <algorithm>
#include <functional>
#include <utility>

#include "codec/json.h"
#include "codec/quote.h"
#include "edges/gateway_api/route_patch.h"
#include "edges/gateway_api/route_rules.h"
#include "edges/gateway_api/route_world.h"

namespace kai::edges {
namespace {

using kubeapi::Answer;

// One write to one route: from memory if there is one, at most once more from a fresh reading.
class RouteWrite : public std::enable_shared_from_this<RouteWrite> {
 public:
  RouteWrite(std::shared_ptr<RouteWorld> world, RouteBinding binding, ports::RouteTarget target,
             core::Stamp stamp, Reply<Unit> reply)
      : world_(std::move(world)),
        binding_(std::move(binding)),
        target_(target),
        stamp_(std::move(stamp)),
        reply_(std::move(reply)) {}

  void start() { memory().object.is_null() ? read() : write(); }

 private:
  RouteMemory& memory() { return world_->memories[binding_.label()]; }
  [[nodiscard]] std::string label() const { return codec::printable(binding_.label()); }

  void read() {
    world_->client.get(
        route_ref(binding_), [self = shared_from_this()](Result<std::optional<Tree>> object) {
          if (!object)
            return self->finish(std::unexpected(in_context(self->label(), object.error())));
          if (!*object || !is_same_object(self->binding_, **object))
            return self->finish_without_route();
          if (self->is_retry_ && !self->may_repeat(**object)) return;
          self->memory().object = std::move(**object);
          self->write();
        });
  }

  // A hand that changed the weights between our look and our write is heard before anything is
  // raised over it: the route must be as we know it, or exactly as a write of ours left it whose
  // answer was lost. A stamp that is gone, or that we cannot tell, may hide somebody's brake.
  bool may_repeat(const Tree& fresh) {
    if (stamp_.down || memory().object.is_null()) return true;
    if (const auto allowed = may_write(binding_, fresh, stamp_); !allowed) {
      finish(std::unexpected(allowed.error()));
      return false;
    }
    if (is_known(fresh)) return true;
    const bool unstamped = stamp_text(fresh) == nullptr && stamp_text(memory().object) != nullptr;
    finish(fail(ErrorKind::unavailable,
                label() + (unstamped ? ": our stamp was removed by " : ": it was changed by ") +
                    changed_by(fresh) + " meanwhile; it is looked at before it is raised"));
    return false;
  }

  bool is_known(const Tree& fresh) {
    if (is_as_written(binding_, memory(), fresh) == true) return true;
    const std::string* const stamp = stamp_text(fresh);
    const std::string* const before = stamp_text(memory().object);
    const bool same_stamp =
        stamp == nullptr || before == nullptr ? stamp == before : *stamp == *before;
    return same_stamp && has_weights_of(fresh, memory().object);
  }

  [[nodiscard]] bool has_weights_of(const Tree& fresh, const Tree& known) const {
    const auto now = locate_rules(binding_, fresh);
    const auto before = locate_rules(binding_, known);
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (weights_of(fresh, now[i]) != weights_of(known, before[i])) return false;
    }
    return true;
  }

  static std::string changed_by(const Tree& object) {
    const std::string writer = last_writer(object);
    return writer.empty() ? "somebody" : codec::quote(writer);
  }

  void write() {
    const auto change = change_route(binding_, memory().object, target_, stamp_);
    if (!change) return retry_or_finish(change.error());
    is_complete_ = change->complete;
    const kubeapi::WriteOptions options{.field_manager = std::string(route_manager),
                                        .urgent = stamp_.down};
    world_->client.patch(
        route_ref(binding_), kubeapi::PatchKind::json, codec::write_json(change->patch), options,
        [self = shared_from_this()](Result<Answer> answer) { self->take(std::move(answer)); });
  }

  void take(Result<Answer> answer) {
    if (!answer) {
      memory().unanswered = split();
      return finish(std::unexpected(in_context(label(), answer.error())));
    }
    switch (answer->outcome) {
      case Answer::Outcome::done:
        return finish_written(std::move(answer->object));
      case Answer::Outcome::not_found:
        return finish_without_route();
      case Answer::Outcome::conflict:
        return retry_or_finish(
            {.kind = ErrorKind::unavailable,
             .message = label() + " was changed by others twice: " + answer->message});
      case Answer::Outcome::already_exists:
      case Answer::Outcome::refused:
        return finish(fail(ErrorKind::rejected,
                           label() + ": the API server refused the weights: " + answer->message));
    }
  }

  // What the memory shows may be old; the object itself decides.
  void retry_or_finish(Error error) {
    if (is_retry_) return finish(std::unexpected(std::move(error)));
    is_retry_ = true;
    read();
  }

  void finish_written(Tree object) {
    RouteMemory& known = memory();
    known.object = std::move(object);
    known.written = split();
    known.unanswered.reset();
    known.writes += 1;
    if (is_complete_) return finish(Unit{});
    finish(
        fail(ErrorKind::unavailable,
             label() + ": our entry was missing; it is back without weight, the weight follows"));
  }

  // An entry that had to be added is without weight.
  [[nodiscard]] WrittenSplit split() const {
    WrittenSplit split{.stamp = stamp_, .target = target_};
    if (!is_complete_) split.target.canary = core::Weight::zero();
    return split;
  }

  // A route that is gone sends nobody to the canary.
  void finish_without_route() {
    memory() = {};
    if (target_.canary.is_zero()) return finish(Unit{});
    finish(fail(ErrorKind::unavailable, label() + " does not exist any more"));
  }

  void finish(Result<Unit> result) { reply_(std::move(result)); }

  std::shared_ptr<RouteWorld> world_;
  RouteBinding binding_;
  ports::RouteTarget target_;
  core::Stamp stamp_;
  Reply<Unit> reply_;
  bool is_retry_ = false;
  bool is_complete_ = true;
};

class RoutesWrite : public std::enable_shared_from_this<RoutesWrite> {
 public:
  RoutesWrite(std::shared_ptr<RouteWorld> world, RouteData data, ports::RouteTarget target,
              core::Stamp stamp, Reply<ports::Receipt> reply)
      : world_(std::move(world)),
        data_(std::move(data)),
        target_(target),
        stamp_(std::move(stamp)),
        reply_(std::move(reply)) {}

  void start() {
    if (stamp_.down) return lower_all();
    next();
  }

 private:
  void lower_all() {
    open_ = data_.routes.size();
    for (const RouteBinding& route : data_.routes) {
      write(route, target_, [self = shared_from_this()](Result<Unit> result) {
        self->take_lowered(std::move(result));
      });
    }
  }

  void take_lowered(Result<Unit> result) {
    if (!result && !error_) error_ = std::move(result.error());
    if (--open_ == 0) finish();
  }

  void next() {
    if (position_ == data_.routes.size()) return finish();
    const RouteBinding& route = data_.routes[position_];
    before_.push_back(share_of(route));
    write(route, target_, [self = shared_from_this()](Result<Unit> result) {
      if (!result) return self->take_back(std::move(result.error()));
      self->position_ += 1;
      self->next();
    });
  }

  // What the route gave the canary before; nothing when it was not known.
  core::Weight share_of(const RouteBinding& route) {
    const Tree& object = world_->memories[route.label()].object;
    return object.is_null() ? core::Weight::zero() : read_live(route, object, data_.steps).most;
  }

  void take_back(Error error) {
    error_ = std::move(error);
    std::vector<std::size_t> raised;
    for (std::size_t i = 0; i < position_; ++i) {
      if (before_[i] < target_.canary) raised.push_back(i);
    }
    if (raised.empty()) return finish();
    core::Stamp stamp = stamp_;
    stamp.down = true;
    open_ = raised.size();
    for (const std::size_t i : raised) {
      const auto done = [self = shared_from_this()](Result<Unit> result) {
        self->take_lowered(std::move(result));
      };
      write(data_.routes[i], {.attached = true, .canary = before_[i]}, done, stamp);
    }
  }

  template <typename Done>
  void write(const RouteBinding& route, ports::RouteTarget target, Done done,
             std::optional<core::Stamp> stamp = {}) {
    std::make_shared<RouteWrite>(world_, route, target, stamp.value_or(stamp_), std::move(done))
        ->start();
  }

  void finish() {
    if (error_) return reply_(std::unexpected(std::move(*error_)));
    reply_(ports::Receipt{.stamp = stamp_});
  }

  std::shared_ptr<RouteWorld> world_;
  RouteData data_;
  ports::RouteTarget target_;
  core::Stamp stamp_;
  Reply<ports::Receipt> reply_;
  std::size_t position_ = 0;
  std::size_t open_ = 0;
  std::vector<core::Weight> before_;
  std::optional<Error> error_;
};

}  // namespace

void apply_routes(std::shared_ptr<RouteWorld> world, RouteData data, ports::RouteTarget target,
                  core::Stamp stamp, Reply<ports::Receipt> reply) {
  std::make_shared<RoutesWrite>(std::move(world), std::move(data), target, std::move(stamp),
                                std::move(reply))
      ->start();
}

}  // namespace kai::edges
