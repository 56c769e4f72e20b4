#include "kubeapi/watch.h"

#include <algorithm>
#include <map>
#include <utility>

#include "codec/uri.h"
#include "kubeapi/watch_lines.h"

namespace kai::kubeapi {
namespace {

constexpr Duration back_off_least = std::chrono::milliseconds(200);
constexpr Duration back_off_most = std::chrono::seconds(10);
// Spread, so that many watches do not end together (client-go: 5-10 minutes).
constexpr std::uint64_t watch_seconds_least = 290;
constexpr std::uint64_t watch_seconds_spread = 301;

std::string key_of(const Tree& object) {
  return object.text_or("/metadata/namespace", "") + "/" + object.text_or("/metadata/name", "");
}

std::string uid_of(const Tree& object) { return object.text_or("/metadata/uid", ""); }

// All that is left of an object that went unseen.
Tree remains_of(const std::string& key, const std::string& uid) {
  const std::size_t slash = key.find('/');
  Tree object;
  object.set_at("/metadata/namespace", key.substr(0, slash));
  object.set_at("/metadata/name", key.substr(slash + 1));
  object.set_at("/metadata/uid", uid);
  return object;
}

enum class Next { list, open };

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
    if (!listing) return again(listing.error(), Next::list);
    version_ = listing->resource_version;
    std::map<std::string, std::string> before = std::exchange(known_, {});
    for (const Tree& item : listing->items) {
      known_[key_of(item)] = uid_of(item);
      tell(Change::added, item);
    }
    for (const auto& [key, uid] : before) {
      const auto now = known_.find(key);
      if (now == known_.end()) tell(Change::deleted, remains_of(key, uid));
    }
    if (!stopped_ && events_.on_synced) events_.on_synced();
    open();
  }

  [[nodiscard]] std::string path() const {
    const std::uint64_t seconds = watch_seconds_least + random_.next() % watch_seconds_spread;
    std::string path =
        path_of(kind_, name_space_) +
        "?watch=1&allowWatchBookmarks=true&resourceVersion=" + codec::percent_encode(version_) +
        "&timeoutSeconds=" + std::to_string(seconds);
    const auto select = [&](const std::string& name, const std::string& selector) {
      if (!selector.empty()) path += "&" + name + "=" + codec::percent_encode(selector);
    };
    select("labelSelector", options_.label_selector);
    select("fieldSelector", options_.field_selector);
    return path;
  }

  void open() {
    if (stopped_) return;
    lines_ = WatchLines();
    ++attempt_;
    heard_ = false;
    const auto guard = [weak = weak_from_this(), attempt = attempt_](auto act) {
      return [weak, attempt, act](auto&&... arguments) {
        const auto self = weak.lock();
        if (!self || self->stopped_ || self->attempt_ != attempt) return;
        act(*self, std::forward<decltype(arguments)>(arguments)...);
      };
    };
    net::StreamEvents events;
    events.on_head =
        guard([](Impl& self, const net::HttpResponse& head) { self.take_head(head.status); });
    events.on_piece = guard([](Impl& self, std::string_view bytes) { self.take_bytes(bytes); });
    events.on_end = guard([](Impl& self, Result<Unit> end) {
      self.again(end ? std::nullopt : std::optional(std::move(end.error())), Next::open);
    });
    const StreamRequest request{
        .path = path(),
        .accept =
            options_.metadata_only
                ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
                : "application/json",
        .silence_max = watch_silence_max};
    client_.open_stream(request, std::move(events),
                        guard([](Impl& self, std::unique_ptr<net::HttpStream> stream) {
                          self.stream_ = std::move(stream);
                        }));
  }

  void take_head(int status) {
    if (status == 200) return;
    if (status == 410) return too_old();
    // The list that follows says why, in the server's words.
    const bool refused = status == 401 || status == 403;
    again(Error{refused ? ErrorKind::rejected : ErrorKind::unavailable,
                "watch " + kind_.plural + ": HTTP " + std::to_string(status)},
          Next::list);
  }

  void take_bytes(std::string_view bytes) {
    const std::uint64_t attempt = attempt_;
    const auto fed = lines_.feed(bytes, [this, attempt](WatchLine line) {
      if (!stopped_ && attempt_ == attempt) take_line(line);
    });
    if (!fed && !stopped_ && attempt_ == attempt) again(fed.error(), Next::list);
  }

  void take_line(const WatchLine& line) {
    // 410 or not: a fresh list knows better.
    if (line.type == "ERROR") return too_old();
    heard_ = true;
    back_off_ = back_off_least;
    version_ = line.object.text_or("/metadata/resourceVersion", version_);
    if (line.type == "ADDED" || line.type == "MODIFIED") {
      known_[key_of(line.object)] = uid_of(line.object);
      tell(line.type == "ADDED" ? Change::added : Change::modified, line.object);
    }
    if (line.type == "DELETED") {
      known_.erase(key_of(line.object));
      tell(Change::deleted, line.object);
    }
  }

  void too_old() {
    again(Error{ErrorKind::unavailable, "watch " + kind_.plural + ": too old, listing again"},
          Next::list);
  }

  // Nothing that the stream still says counts; it is closed outside of its own events.
  void again(std::optional<Error> error, Next next) {
    ++attempt_;
    // A stream at its end in good order goes on at once from where it was, unless it said nothing:
    // a server that always answers so would be asked in a tight loop.
    const bool wait_first = error || !std::exchange(heard_, false);
    const Duration wait = wait_first ? back_off_ : Duration::zero();
    if (wait_first) back_off_ = std::min<Duration>(back_off_ * 2, back_off_most);
    timer_ = client_.timers().at(client_.steady().now() + wait, [weak = weak_from_this(), next] {
      const auto self = weak.lock();
      if (!self || self->stopped_) return;
      self->timer_.reset();
      self->stream_.reset();
      if (next == Next::list) {
        self->list();
      } else {
        self->open();
      }
    });
    if (error && events_.on_trouble) events_.on_trouble(*error);
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
  bool heard_ = false;         // a line since the stream was opened
  std::uint64_t attempt_ = 0;  // of opening; what an older stream says is not heard
  std::string version_;
  std::map<std::string, std::string> known_;  // namespace/name -> uid, as told
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
