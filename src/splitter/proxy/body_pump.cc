#include "splitter/proxy/body_pump.h"

#include <cstddef>
#include <string_view>

#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/refusal.h"
#include "splitter/loop/slab_pool.h"

namespace kai::splitter {
namespace {

// What a step may write beside what it passes: a chunk line before it, a line end or the last chunk
// behind it.
constexpr std::size_t step_overhead_max = 64;
constexpr std::size_t room_min = 1024;

bool send(const BodyStep& step, std::string_view input, Buffer* to) {
  if (to == nullptr) return true;
  const std::size_t bytes = step.before.size + step.pass + step.after.size();
  if (bytes == 0) return true;
  if (!to->reserve(bytes)) return false;
  to->append(step.before.view());
  to->append(input.substr(step.skip, step.pass));
  to->append(step.after);
  return true;
}

}  // namespace

Pumped pump_body(BodyForwarder& body, Buffer& from, Buffer* to, Refusal& refusal) {
  while (true) {
    if (body.is_over()) return Pumped::over;
    if (from.is_empty()) return Pumped::wants_input;
    std::string_view input = from.view();
    if (to != nullptr) {
      const std::size_t room = Buffer::bytes_max - to->size();
      if (room < room_min) return Pumped::wants_room;
      input = input.substr(0, room - step_overhead_max);
    }
    const bool is_cut = input.size() < from.size();
    const BodyStep step = body.next(input);
    if (step.progress == BodyProgress::refused) {
      refusal = step.refusal;
      return Pumped::refused;
    }
    if (!send(step, input, to)) return Pumped::no_memory;
    const std::size_t taken = step.taken();
    from.drop_front(taken);
    if (step.progress == BodyProgress::complete) return Pumped::over;
    if (step.progress == BodyProgress::again) continue;
    if (!is_cut) return Pumped::wants_input;
    if (taken == 0) return Pumped::wants_room;
  }
}

Pumped end_body(BodyForwarder& body, Buffer* to, Refusal& refusal) {
  const BodyStep step = body.end();
  if (step.progress == BodyProgress::refused) {
    refusal = step.refusal;
    return Pumped::refused;
  }
  return send(step, {}, to) ? Pumped::over : Pumped::no_memory;
}

}  // namespace kai::splitter
