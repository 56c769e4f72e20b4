#include "edges/gateway_api/route_rehearsal.h"

#include <cstdint>
#include <utility>

#include "codec/json_patch.h"
#include "edges/gateway_api/route_patch.h"
#include "edges/gateway_api/route_restore.h"

namespace kai::edges {
namespace {

class Rehearsal {
 public:
  Rehearsal(const RouteBinding& binding, const Tree& object) : binding_(binding), object_(object) {}

  Result<Unit> write(std::string what, core::Weight weight, bool down) {
    const core::Stamp stamp{.rollout = "rehearsal", .epoch = 0, .seq = ++seq_, .down = down};
    const auto change =
        change_route(binding_, object_, {.attached = true, .canary = weight}, stamp);
    if (!change) return std::unexpected(change.error());
    return keep(std::move(what), change->patch);
  }

  Result<Unit> remove() {
    const core::Stamp stamp{.rollout = "rehearsal", .epoch = 0, .seq = ++seq_, .down = true};
    const auto patch = removal_patch(binding_, object_, stamp);
    if (!patch) return std::unexpected(patch.error());
    return *patch ? keep("detach", **patch) : Result<Unit>(Unit{});
  }

  std::vector<RouteDryRun> take() { return std::move(runs_); }

 private:
  Result<Unit> keep(std::string what, const Tree& patch) {
    auto after = codec::apply(std::move(object_), patch);
    if (!after) return std::unexpected(after.error());
    object_ = std::move(*after);
    for (const Tree& operation : *patch.as_list()) all_.push_back(operation);
    runs_.push_back({.what = std::move(what), .patch = all_});
    return Unit{};
  }

  const RouteBinding& binding_;
  Tree object_;
  Tree all_ = Tree::list();
  std::vector<RouteDryRun> runs_;
  std::uint64_t seq_ = 0;
};

}  // namespace

Result<std::vector<RouteDryRun>> rehearse(const RouteBinding& binding, const Tree& object,
                                          std::span<const core::Weight> steps) {
  Rehearsal rehearsal(binding, object);
  if (auto done = rehearsal.write("attach", core::Weight::zero(), false); !done)
    return std::unexpected(done.error());
  if (!steps.empty()) {
    const core::Weight most = steps.back();
    if (auto done = rehearsal.write("weight " + core::format_weight(most), most, false); !done)
      return std::unexpected(done.error());
  }
  if (auto done = rehearsal.write("zero", core::Weight::zero(), true); !done)
    return std::unexpected(done.error());
  if (auto done = rehearsal.remove(); !done) return std::unexpected(done.error());
  return rehearsal.take();
}

}  // namespace kai::edges
