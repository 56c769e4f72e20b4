#include "edges/splitter_admin/splitter_control.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "edges/splitter_admin/splitter_answers.h"

namespace kai::edges {

std::size_t SplitterStatus::behind(std::uint64_t wanted) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(workers, [wanted](std::uint64_t used) { return used < wanted; }));
}

std::string SplitterStatus::laggards(std::uint64_t wanted) const {
  return std::to_string(behind(wanted)) + " of " + std::to_string(workers.size()) +
         " workers of kai-splitter have not taken generation " + std::to_string(wanted);
}

struct SplitterControl::Impl : std::enable_shared_from_this<SplitterControl::Impl> {
  class Change;

  Impl(net::HttpClient& with_http, Timers& with_timers, const SteadyClock& with_steady,
       std::string with_socket)
      : http(with_http), timers(with_timers), steady(with_steady), socket(std::move(with_socket)) {}

  [[nodiscard]] net::HttpRequest request(std::string_view target) const {
    return {.url = "http://kai-splitter" + std::string(target),
            .unix_socket = socket,
            .timeout = splitter_read_max,
            .body_bytes_max = splitter_answer_bytes_max};
  }

  [[nodiscard]] net::HttpRequest put_request(std::string_view target,
                                             const splitter::SnapshotSpec& wanted) const {
    net::HttpRequest put = request(target);
    put.method = "PUT";
    put.headers = {{"Content-Type", "application/json"}};
    put.body = write_pushed(wanted);
    put.timeout = splitter_change_max;
    return put;
  }

  // `read` makes a value of the body of a good answer.
  template <typename T>
  void get(std::string_view target, Result<T> (*read)(std::string_view body), Reply<T> reply) {
    http.send(request(target),
              [weak = weak_from_this(), where = socket, read,
               reply = std::move(reply)](Result<net::HttpResponse> response) mutable {
                if (weak.expired()) return;  // whoever asked is going, too
                if (!response) return reply(std::unexpected(std::move(response.error())));
                if (response->status != 200)
                  return reply(std::unexpected(in_context(where, read_refusal(*response).error)));
                reply(in_context(where, read(response->body)));
              });
  }

  void start_next();
  void forget(const Change& change);

  net::HttpClient& http;
  Timers& timers;
  const SteadyClock& steady;
  std::string socket;
  std::deque<std::shared_ptr<Change>> waiting;   // the first one is under way
  std::vector<std::shared_ptr<Change>> at_once;  // under way beside it
};

// One change: reads, edits, writes, and reads again when another one came between.
class SplitterControl::Impl::Change : public std::enable_shared_from_this<Change> {
 public:
  Change(std::weak_ptr<Impl> control, Edit edit, Reply<SplitterWritten> reply)
      : control_(std::move(control)), edit_(std::move(edit)), reply_(std::move(reply)) {}

  void start() {
    const auto control = control_.lock();
    if (!control) return;
    tries_ += 1;
    control->get<splitter::SnapshotSpec>(
        "/v1/snapshot", read_snapshot,
        [weak = weak_from_this()](Result<splitter::SnapshotSpec> snapshot) {
          if (const auto self = weak.lock()) self->take(std::move(snapshot));
        });
  }

 private:
  void take(Result<splitter::SnapshotSpec> snapshot) {
    if (!snapshot) return finish(std::unexpected(std::move(snapshot.error())));
    const std::uint64_t base = snapshot->generation;
    const Result<bool> differs = edit_(*snapshot);
    if (!differs) return finish(std::unexpected(differs.error()));
    if (!*differs) return confirm(base);
    snapshot->generation = base;
    send(*snapshot);
  }

  // What is in force need not have reached every worker: whoever asked for it may have got no
  // answer.
  void confirm(std::uint64_t generation) {
    const auto control = control_.lock();
    if (!control) return;
    control->get<SplitterStatus>(
        "/v1/status", read_status,
        [weak = weak_from_this(), generation](Result<SplitterStatus> status) {
          if (const auto self = weak.lock()) self->take_status(generation, status);
        });
  }

  void take_status(std::uint64_t generation, const Result<SplitterStatus>& status) {
    const auto control = control_.lock();
    if (!control) return;
    if (!status) return finish(std::unexpected(status.error()));
    if (status->behind(generation) > 0) {
      return finish(
          fail(ErrorKind::unavailable,
               control->socket + ": not in force everywhere yet: " + status->laggards(generation)));
    }
    finish(SplitterWritten{.generation = generation, .durable = status->durable});
  }

  void send(const splitter::SnapshotSpec& wanted) {
    const auto control = control_.lock();
    if (!control) return;
    net::HttpRequest request = control->put_request("/v1/snapshot", wanted);
    control->http.send(std::move(request),
                       [weak = weak_from_this()](Result<net::HttpResponse> response) {
                         if (const auto self = weak.lock()) self->take_answer(std::move(response));
                       });
  }

  void take_answer(Result<net::HttpResponse> response) {
    const auto control = control_.lock();
    if (!control) return;
    if (!response) return finish(std::unexpected(std::move(response.error())));
    if (response->status == 200)
      return finish(in_context(control->socket, read_written(response->body)));
    SplitterRefusal refusal = read_refusal(*response);
    if (refusal.is_stale_base && tries_ < splitter_tries_max) return start();
    finish(std::unexpected(in_context(control->socket, std::move(refusal.error))));
  }

  void finish(Result<SplitterWritten> result) {
    const auto self = shared_from_this();  // beyond its place in the list
    if (const auto control = control_.lock()) control->forget(*this);
    reply_(std::move(result));
  }

  std::weak_ptr<Impl> control_;
  Edit edit_;
  Reply<SplitterWritten> reply_;
  int tries_ = 0;
};

void SplitterControl::Impl::start_next() {
  if (!waiting.empty()) waiting.front()->start();
}

void SplitterControl::Impl::forget(const Change& change) {
  std::erase_if(at_once, [&](const auto& each) { return each.get() == &change; });
  if (waiting.empty() || waiting.front().get() != &change) return;
  waiting.pop_front();
  start_next();
}

SplitterControl::SplitterControl(net::HttpClient& http, Timers& timers, const SteadyClock& steady,
                                 std::string socket)
    : impl_(std::make_shared<Impl>(http, timers, steady, std::move(socket))) {}

SplitterControl::~SplitterControl() = default;

void SplitterControl::read(Reply<splitter::SnapshotSpec> reply) {
  impl_->get<splitter::SnapshotSpec>("/v1/snapshot", read_snapshot, std::move(reply));
}

void SplitterControl::status(Reply<SplitterStatus> reply) {
  impl_->get<SplitterStatus>("/v1/status", read_status, std::move(reply));
}

void SplitterControl::metrics(Reply<std::string> reply) {
  impl_->get<std::string>(
      "/metrics", [](std::string_view body) -> Result<std::string> { return std::string(body); },
      std::move(reply));
}

void SplitterControl::check(const splitter::SnapshotSpec& wanted, Reply<Unit> reply) {
  net::HttpRequest request = impl_->put_request("/v1/snapshot?dry_run=1", wanted);
  impl_->http.send(std::move(request),
                   [weak = std::weak_ptr(impl_), where = impl_->socket,
                    reply = std::move(reply)](Result<net::HttpResponse> response) mutable {
                     if (weak.expired()) return;
                     if (!response) return reply(std::unexpected(std::move(response.error())));
                     if (response->status == 200) return reply(Unit{});
                     reply(std::unexpected(in_context(where, read_refusal(*response).error)));
                   });
}

void SplitterControl::change(Edit edit, Urgency urgency, Reply<SplitterWritten> reply) {
  const std::size_t waiting =
      urgency == Urgency::at_once ? impl_->at_once.size() : impl_->waiting.size();
  if (waiting >= splitter_waiting_max) {
    return later([reply = std::move(reply), where = impl_->socket]() mutable {
      reply(fail(ErrorKind::unavailable, where + ": too many changes wait for the splitter"));
    });
  }
  auto change = std::make_shared<Impl::Change>(impl_, std::move(edit), std::move(reply));
  if (urgency == Urgency::at_once) {
    impl_->at_once.push_back(change);
    return change->start();
  }
  impl_->waiting.push_back(std::move(change));
  if (impl_->waiting.size() == 1) impl_->start_next();
}

const std::string& SplitterControl::socket() const { return impl_->socket; }

void SplitterControl::later(Task task) {
  impl_->timers.at(impl_->steady.now(),
                   [weak = std::weak_ptr(impl_), task = std::move(task)]() mutable {
                     if (!weak.expired()) task();
                   });
}

}  // namespace kai::edges
