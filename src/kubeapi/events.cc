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
  std::function<void(const std::string& why)> told = {};
  std::deque<Posted> posted = {};
  std::deque<Tree> waiting = {};
  bool open = false;  // one is under way
  bool refused = false;
  std::size_t failures = 0;
  std::size_t dropped = 0;
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

  static void send_next(const std::shared_ptr<Impl>& self) {
    if (self->waiting.empty()) return;
    const Tree event = std::move(self->waiting.front());
    self->waiting.pop_front();
    self->open = true;
    self->client.create(kinds::event, event.text_or("/metadata/namespace", ""), event, {},
                        [weak = std::weak_ptr<Impl>(self)](const Result<Answer>& answer) {
                          const auto impl = weak.lock();
                          if (!impl) return;
                          impl->open = false;
                          impl->take(answer);
                          send_next(impl);
                        });
  }

  void take(const Result<Answer>& answer) {
    if (answer && answer->outcome == Answer::Outcome::done) return;
    failures += 1;
    if (!answer || !answer->forbidden) return;  // the next event may be one that it takes
    refused = true;
    dropped += waiting.size();
    waiting.clear();
    if (told) told(answer->message);
  }
};

EventPoster::EventPoster(Client& client, const SteadyClock& steady, const WallClock& wall,
                         EventSource source)
    : impl_(std::make_shared<Impl>(Impl{client, steady, wall, std::move(source)})) {}
EventPoster::~EventPoster() = default;

void EventPoster::on_refused(std::function<void(const std::string& why)> told) {
  impl_->told = std::move(told);
}
bool EventPoster::is_idle() const { return !impl_->open && impl_->waiting.empty(); }
std::size_t EventPoster::failures() const { return impl_->failures; }
std::size_t EventPoster::dropped() const { return impl_->dropped; }

void EventPoster::post(const Tree& regarding, const EventText& text) {
  Impl& state = *impl_;
  const std::string key = codec::write_json(
      Tree(Tree::List{reference_to(regarding), text.warning, text.reason, text.action, text.note}));
  if (state.is_repeat(key)) return;
  if (state.posted.size() >= events_remembered_max) state.posted.pop_front();
  state.posted.push_back({key, state.steady.now()});
  state.waiting.push_back(state.event(regarding, text));
  if (state.refused || state.waiting.size() > events_waiting_max) {
    state.waiting.pop_front();
    state.dropped += 1;
  }
  if (!state.open && !state.refused) Impl::send_next(impl_);
}

}  // namespace kai::kubeapi
