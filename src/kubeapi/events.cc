#include "kubeapi/events.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "codec/json.h"
#include "codec/quote.h"

namespace kai::kubeapi {
namespace {

constexpr std::size_t word_bytes_max = 128;
constexpr std::size_t name_bytes_max = 200;  // of 253; the rest is for the suffix

struct Posted {
  std::string key;
  SteadyTime at;
};

std::string hexadecimal(std::uint64_t value) {
  std::string text;
  do {
    text.insert(text.begin(), "0123456789abcdef"[value % 16]);
    value /= 16;
  } while (value != 0);
  return text;
}

Tree reference_to(const Tree& object) {
  Tree reference(Tree::Map{{"apiVersion", object.text_or("/apiVersion", "")},
                           {"kind", object.text_or("/kind", "")},
                           {"namespace", object.text_or("/metadata/namespace", "")},
                           {"name", object.text_or("/metadata/name", "")}});
  const std::string uid = object.text_or("/metadata/uid", "");
  if (!uid.empty()) reference.set("uid", uid);
  return reference;
}

// Escaping may make it longer than the server allows.
std::string note_of(const std::string& text) {
  std::size_t size = event_note_bytes_max;
  std::string note = codec::printable(text.substr(0, size));
  while (note.size() > event_note_bytes_max) note = codec::printable(text.substr(0, size /= 2));
  return note;
}

std::string micro_time(WallTime time) {
  std::string text = format_wall_time(time);
  text.insert(text.size() - 1, "000");
  return text;
}

}  // namespace

struct EventPoster::Impl {
  Client& client;
  const SteadyClock& steady;
  const WallClock& wall;
  EventSource source;
  std::deque<Posted> posted = {};
  std::size_t open = 0;
  std::size_t failures = 0;
  std::uint64_t count = 0;

  [[nodiscard]] bool is_repeat(const std::string& key) {
    const SteadyTime now = steady.now();
    while (!posted.empty() && now - posted.front().at >= event_repeat_after) posted.pop_front();
    return std::ranges::find(posted, key, &Posted::key) != posted.end();
  }

  // Unique by time and count, as client-go makes them.
  [[nodiscard]] Tree event(const Tree& regarding, const EventText& text) {
    const auto nanoseconds = static_cast<std::uint64_t>(wall.now().since_epoch.count());
    const std::string about =
        regarding.text_or("/metadata/name", "unknown").substr(0, name_bytes_max);
    const std::string home = regarding.text_or("/metadata/namespace", "");
    Tree event(Tree::Map{{"apiVersion", api_version_of(kinds::event)},
                         {"kind", kinds::event.kind},
                         {"eventTime", micro_time(wall.now())},
                         {"type", text.warning ? "Warning" : "Normal"},
                         {"reason", text.reason.substr(0, word_bytes_max)},
                         {"action", text.action.substr(0, word_bytes_max)},
                         {"note", note_of(text.note)},
                         {"regarding", reference_to(regarding)},
                         {"reportingController", source.controller},
                         {"reportingInstance", source.instance.substr(0, word_bytes_max)}});
    event.set_at("/metadata/name",
                 about + "." + hexadecimal(nanoseconds) + "." + hexadecimal(++count));
    event.set_at("/metadata/namespace", home.empty() ? "default" : home);
    return event;
  }
};

EventPoster::EventPoster(Client& client, const SteadyClock& steady, const WallClock& wall,
                         EventSource source)
    : impl_(std::make_shared<Impl>(Impl{client, steady, wall, std::move(source)})) {}
EventPoster::~EventPoster() = default;

std::size_t EventPoster::failures() const { return impl_->failures; }

bool EventPoster::post(const Tree& regarding, const EventText& text) {
  Impl& state = *impl_;
  const std::string key = codec::write_json(
      Tree(Tree::List{reference_to(regarding), text.warning, text.reason, text.action, text.note}));
  if (state.open >= events_open_max || state.is_repeat(key)) return false;
  if (state.posted.size() >= events_remembered_max) state.posted.pop_front();
  state.posted.push_back({key, state.steady.now()});
  const Tree event = state.event(regarding, text);
  state.open += 1;
  state.client.create(kinds::event, event.text_or("/metadata/namespace", ""), event, {},
                      [impl = impl_](const Result<Answer>& answer) {
                        impl->open -= 1;
                        const bool done = answer && answer->outcome == Answer::Outcome::done;
                        if (!done) impl->failures += 1;
                      });
  return true;
}

}  // namespace kai::kubeapi
