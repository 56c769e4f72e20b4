#include "kubeapi/watch.h"

#include <utility>

#include "codec/uri.h"
#include "kubeapi/watch_lines.h"

namespace kai::kubeapi {
namespace {

constexpr Duration back_off_least = std::chrono::milliseconds(200);
constexpr Duration back_off_most = std::chrono::seconds(10);
constexpr std::uint64_t watch_seconds_least = 290;
constexpr std::uint64_t watch_seconds_spread = 300;
constexpr Duration silence_max = std::chrono::minutes(10) + std::chrono::seconds(10);

}  // namespace

class Watch::Impl : public std::enable_shared_from_this<Watch::Impl> {
 public:
  Impl(Client& client, Random& random, ResourceKind kind, std::string name_space,
       ListOptions options, WatchEvents events)
      : client_(client),
        random_(random),
        kind_(std::move(kind)),
        name_space_(std::move(name_space)),
        options_(std::move(options)),
        events_(std::move(events)) {}

  void list() {
    client_.list(kind_, name_space_, options_, [weak = weak_from_this()](Result<Listing> listing) {
      if (const auto self = weak.lock()) self->take_list(std::move(listing));
    });
  }

  void stop() {
    stopped_ = true;
    stream_.reset();
    if (timer_) client_.timers().cancel(*timer_);
  }

 private:
  void take_list(Result<Listing> listing) {
    if (stopped_) return;
    if (!listing) return again(listing.error(), true);
    version_ = listing->resource_version;
    for (const Tree& item : listing->items) tell(Change::added, item);
    if (stopped_) return;
    if (events_.on_synced) events_.on_synced();
    back_off_ = back_off_least;
    open();
  }

  [[nodiscard]] std::string path() const {
    const std::uint64_t seconds = watch_seconds_least + random_.next() % watch_seconds_spread;
    std::string path =
        path_of(kind_, name_space_) +
        "?watch=1&allowWatchBookmarks=true&resourceVersion=" + codec::percent_encode(version_) +
        "&timeoutSeconds=" + std::to_string(seconds);
    if (!options_.label_selector.empty())
      path += "&labelSelector=" + codec::percent_encode(options_.label_selector);
    if (!options_.field_selector.empty())
      path += "&fieldSelector=" + codec::percent_encode(options_.field_selector);
    return path;
  }

  void open() {
    if (stopped_) return;
    lines_ = WatchLines();
    gone_ = false;
    const auto guard = [weak = weak_from_this()](auto act) {
      return [weak, act](auto&&... arguments) {
        const auto self = weak.lock();
        if (self && !self->stopped_) act(*self, std::forward<decltype(arguments)>(arguments)...);
      };
    };
    net::StreamEvents events;
    events.on_head = guard([](Impl& self, const net::HttpResponse& head) { self.take_head(head); });
    events.on_piece = guard([](Impl& self, std::string_view bytes) { self.take_bytes(bytes); });
    events.on_end = guard([](Impl& self, Result<Unit> end) { self.take_end(std::move(end)); });
    client_.open_stream(path(), silence_max, std::move(events),
                        [weak = weak_from_this()](std::unique_ptr<net::HttpStream> stream) {
                          const auto self = weak.lock();
                          if (self && !self->stopped_) self->stream_ = std::move(stream);
                        });
  }

  void take_head(const net::HttpResponse& head) {
    if (head.status == 410) gone_ = true;
    if (head.status != 200)
      trouble_ = Error{ErrorKind::unavailable,
                       "watch " + kind_.plural + ": HTTP " + std::to_string(head.status)};
  }

  void take_bytes(std::string_view bytes) {
    if (trouble_) return;  // the body of an error
    const auto fed = lines_.feed(bytes, [this](WatchLine line) { take_line(std::move(line)); });
    if (!fed && !stopped_) trouble_ = fed.error();
  }

  void take_line(WatchLine line) {
    if (stopped_ || gone_) return;
    if (line.type == "ERROR") {
      gone_ = true;  // whatever it is, a fresh list knows better
      return;
    }
    version_ = line.object.text_or("/metadata/resourceVersion", version_);
    if (line.type == "ADDED") tell(Change::added, line.object);
    if (line.type == "MODIFIED") tell(Change::modified, line.object);
    if (line.type == "DELETED") tell(Change::deleted, line.object);
  }

  void take_end(Result<Unit> end) {
    // The stream may not be destroyed inside its own event.
    const auto trouble = std::exchange(trouble_, std::nullopt);
    if (trouble) return again(*trouble, true);
    if (gone_)
      return again(
          Error{ErrorKind::unavailable, "watch " + kind_.plural + ": too old, listing again"},
          true);
    if (!end) return again(end.error(), false);
    again(std::nullopt, false);  // its time was over: go on from where it was
  }

  void again(std::optional<Error> error, bool relist) {
    if (error && events_.on_trouble) events_.on_trouble(*error);
    if (stopped_) return;
    const Duration wait = error ? back_off_ : Duration::zero();
    if (error) back_off_ = std::min<Duration>(back_off_ * 2, back_off_most);
    timer_ = client_.timers().at(client_.steady().now() + wait, [weak = weak_from_this(), relist] {
      const auto self = weak.lock();
      if (!self || self->stopped_) return;
      self->timer_.reset();
      self->stream_.reset();
      if (relist) {
        self->list();
      } else {
        self->open();
      }
    });
  }

  void tell(Change change, const Tree& object) {
    if (!stopped_ && events_.on_change) events_.on_change(change, object);
  }

  Client& client_;
  Random& random_;
  ResourceKind kind_;
  std::string name_space_;
  ListOptions options_;
  WatchEvents events_;
  bool stopped_ = false;
  bool gone_ = false;
  std::optional<Error> trouble_;
  std::string version_;
  WatchLines lines_;
  Duration back_off_ = back_off_least;
  std::unique_ptr<net::HttpStream> stream_;
  std::optional<TimerId> timer_;
};

Watch::Watch(Client& client, Random& random, ResourceKind kind, std::string name_space,
             ListOptions options, WatchEvents events)
    : impl_(std::make_shared<Impl>(client, random, std::move(kind), std::move(name_space),
                                   std::move(options), std::move(events))) {
  impl_->list();
}

Watch::~Watch() { impl_->stop(); }

}  // namespace kai::kubeapi
