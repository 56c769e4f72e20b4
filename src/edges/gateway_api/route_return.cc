// Giving routes back: our entry out, then the ownership of the fields, then a look at whether all
// is as it was.
#include <algorithm>
#include <utility>

#include "codec/json.h"
#include "codec/quote.h"
#include "edges/gateway_api/route_restore.h"
#include "edges/gateway_api/route_world.h"

namespace kai::edges {
namespace {

using kubeapi::Answer;

// The gateway's controller writes status at the same time, which moves the version that our patches
// are guarded by.
constexpr int return_tries_max = 6;
constexpr std::size_t edits_named_max = 5;

class RouteReturn : public std::enable_shared_from_this<RouteReturn> {
 public:
  RouteReturn(std::shared_ptr<RouteWorld> world, RouteBinding binding, core::Stamp stamp,
              Reply<Unit> reply)
      : world_(std::move(world)),
        binding_(std::move(binding)),
        stamp_(std::move(stamp)),
        reply_(std::move(reply)) {}

  void read() {
    if (++tries_ > return_tries_max) {
      return finish(fail(ErrorKind::unavailable,
                         label() + ": changed by others each time that it was given back"));
    }
    world_->client.get(route_ref(binding_), [self = shared_from_this()](
                                                Result<std::optional<Tree>> object) {
      if (!object)
        return self->finish(std::unexpected(in_context(self->label(), std::move(object.error()))));
      if (!*object || !is_same_object(self->binding_, **object))
        return self->finish(Unit{});  // nothing of ours is there
      self->remove_entries(std::move(**object));
    });
  }

 private:
  [[nodiscard]] std::string label() const { return codec::printable(binding_.label()); }

  void remove_entries(Tree object) {
    const auto patch = removal_patch(binding_, object, stamp_);
    if (!patch) return finish(std::unexpected(patch.error()));
    if (!*patch) return give_ownership_back(std::move(object));
    send(**patch,
         [](RouteReturn& self, Tree answered) { self.give_ownership_back(std::move(answered)); });
  }

  void give_ownership_back(Tree object) {
    const auto patch = ownership_patch(binding_, object);
    if (!patch) return check(object);
    send(*patch, [](RouteReturn& self, Tree answered) { self.check(answered); });
  }

  template <typename Next>
  void send(const Tree& patch, Next next) {
    const kubeapi::WriteOptions options{.field_manager = std::string(route_manager)};
    world_->client.patch(route_ref(binding_), kubeapi::PatchKind::json, codec::write_json(patch),
                         options, [self = shared_from_this(), next](Result<Answer> answer) {
                           self->take(std::move(answer), next);
                         });
  }

  template <typename Next>
  void take(Result<Answer> answer, Next next) {
    if (!answer) return finish(std::unexpected(in_context(label(), std::move(answer.error()))));
    switch (answer->outcome) {
      case Answer::Outcome::done:
        return next(*this, std::move(answer->object));
      case Answer::Outcome::not_found:
        return finish(Unit{});
      case Answer::Outcome::conflict:
        return read();
      case Answer::Outcome::already_exists:
      case Answer::Outcome::refused:
        return finish(
            fail(ErrorKind::rejected,
                 label() + ": the API server does not let it be given back: " + answer->message));
    }
  }

  void check(const Tree& object) {
    if (ownership_patch(binding_, object)) return read();  // an owner of the name is still there
    const std::vector<std::string> edits = foreign_edits(binding_, object);
    if (!edits.empty()) warn(edits);
    finish(Unit{});
  }

  void warn(const std::vector<std::string>& edits) {
    std::string named;
    for (std::size_t i = 0; i < std::min(edits.size(), edits_named_max); ++i)
      named += (i == 0 ? "" : ", ") + codec::printable(edits[i]);
    if (edits.size() > edits_named_max)
      named += " and " + std::to_string(edits.size() - edits_named_max) + " more";
    world_->log.write(LogLevel::warn, "restored_with_foreign_edits",
                      {{"route", label()}, {"kept", named}});
  }

  void finish(Result<Unit> result) {
    if (result) world_->memories.erase(binding_.label());
    reply_(std::move(result));
  }

  std::shared_ptr<RouteWorld> world_;
  RouteBinding binding_;
  core::Stamp stamp_;
  Reply<Unit> reply_;
  int tries_ = 0;
};

class RoutesReturn : public std::enable_shared_from_this<RoutesReturn> {
 public:
  RoutesReturn(std::shared_ptr<RouteWorld> world, RouteData data, core::Stamp stamp,
               Reply<bool> reply)
      : world_(std::move(world)),
        data_(std::move(data)),
        stamp_(std::move(stamp)),
        reply_(std::move(reply)),
        open_(data_.routes.size()) {}

  void start() {
    for (const RouteBinding& route : data_.routes) {
      const auto done = [self = shared_from_this()](Result<Unit> result) {
        self->take(std::move(result));
      };
      std::make_shared<RouteReturn>(world_, route, stamp_, done)->read();
    }
  }

 private:
  void take(Result<Unit> result) {
    if (!result && !error_) error_ = std::move(result.error());
    if (--open_ > 0) return;
    if (error_) return reply_(std::unexpected(std::move(*error_)));
    reply_(true);
  }

  std::shared_ptr<RouteWorld> world_;
  RouteData data_;
  core::Stamp stamp_;
  Reply<bool> reply_;
  std::size_t open_;
  std::optional<Error> error_;
};

}  // namespace

void restore_routes(std::shared_ptr<RouteWorld> world, RouteData data, core::Stamp stamp,
                    Reply<bool> reply) {
  std::make_shared<RoutesReturn>(std::move(world), std::move(data), std::move(stamp),
                                 std::move(reply))
      ->start();
}

}  // namespace kai::edges
