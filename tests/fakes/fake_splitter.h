// A splitter without a data plane: the calls of the real control socket, as an HTTP client of
// whoever drives it. Workers acknowledge and the disk saves with the next settle().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/http_client.h"
#include "splitter/admin/control_calls.h"
#include "splitter/admin/metrics_text.h"
#include "splitter/admin/publisher.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/build.h"
#include "splitter/route/numbers.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_timers.h"

namespace kai::fakes {

class FakeSplitter final : public net::HttpClient {
 public:
  FakeSplitter(FakeTimers& timers, splitter::SnapshotSpec spec, std::size_t workers = 2)
      : timers_(timers),
        publisher_({.timers = timers_,
                    .clock = timers_.clock(),
                    .numbers = numbers_,
                    .post =
                        [this](const std::shared_ptr<const splitter::Snapshot>& snapshot) {
                          if (workers_answer) acknowledge(snapshot->generation);
                        },
                    .save = [this](const splitter::SnapshotSpec&,
                                   Reply<Unit> saved) { save(std::move(saved)); }},
                   configured(std::move(spec)), workers),
        calls_(publisher_, {.add_metrics =
                                [this](std::string& text) {
                                  text += splitter::process_metrics(started) + metrics;
                                },
                            .add_status = [](Tree&) {},
                            .is_ready = [] { return true; }}),
        workers_(workers) {}

  // What the world does to us.
  bool is_there = true;  // else nobody listens
  bool workers_answer = true;
  bool disk_works = true;
  WallTime started;
  std::string metrics;  // beside what the control socket tells itself
  // Called before a request is taken: somebody else acts.
  std::function<void(const net::HttpRequest&)> before = [](const net::HttpRequest&) {};
  // Answers in the place of ours, each once, in their order; null: taken, and the answer is lost.
  std::deque<std::function<Result<net::HttpResponse>()>> instead;

  // "METHOD /target" of each request.
  std::vector<std::string> log;
  std::vector<net::HttpRequest> requests;

  [[nodiscard]] const splitter::SnapshotSpec& spec() const { return publisher_.in_force().spec; }
  // Somebody else's change of everything.
  void change(const std::function<void(splitter::SnapshotSpec&)>& edit) {
    splitter::SnapshotSpec wanted = spec();
    edit(wanted);
    static_cast<void>(publisher_.replace(std::move(wanted), [](const auto&) {}));
  }
  void acknowledge(std::uint64_t generation) {
    timers_.post([this, generation] {
      for (std::size_t worker = 0; worker < workers_; ++worker)
        publisher_.acknowledge(worker, generation);
    });
  }

  void send(net::HttpRequest request, Reply<net::HttpResponse> reply) override {
    const std::string target = request.url.substr(request.url.find('/', 8));
    log.push_back(request.method + " " + target);
    requests.push_back(request);
    before(request);
    auto shared = std::make_shared<Reply<net::HttpResponse>>(std::move(reply));
    if (!is_there) {
      return later(shared,
                   fail(ErrorKind::unavailable, "there is no socket " + request.unix_socket));
    }
    bool is_lost = false;
    if (!instead.empty()) {
      const auto answer = std::move(instead.front());
      instead.pop_front();
      if (answer) return later(shared, answer());
      is_lost = true;
    }
    calls_.take({.method = request.method,
                 .target = target,
                 .body = request.body,
                 .rights = splitter::Rights::write},
                [this, shared, is_lost](splitter::CallAnswer answer) {
                  if (is_lost)
                    return later(shared, fail(ErrorKind::unavailable,
                                              "connection closed before an answer; the outcome is "
                                              "unknown"));
                  later(shared,
                        net::HttpResponse{.status = answer.status, .body = std::move(answer.body)});
                });
  }
  [[nodiscard]] std::unique_ptr<net::HttpStream> open_stream(
      net::HttpRequest /*request*/, net::StreamEvents /*events*/) override {
    return nullptr;
  }

 private:
  splitter::Configured configured(splitter::SnapshotSpec spec) {
    splitter::Findings findings;
    auto snapshot = build_snapshot(spec, "", numbers_, findings);
    if (snapshot == nullptr) throw std::invalid_argument(findings.list().front().message);
    return {.spec = std::move(spec), .snapshot = std::move(snapshot)};
  }
  void save(Reply<Unit> saved) {
    auto shared = std::make_shared<Reply<Unit>>(std::move(saved));
    timers_.post([shared, works = disk_works] {
      (*shared)(works ? Result<Unit>(Unit{}) : fail(ErrorKind::unavailable, "the disk is full"));
    });
  }
  void later(const std::shared_ptr<Reply<net::HttpResponse>>& reply,
             Result<net::HttpResponse> answer) {
    timers_.post([reply, answer = std::move(answer)]() mutable { (*reply)(std::move(answer)); });
  }

  FakeTimers& timers_;
  FakeRandom random_;
  splitter::Numbers numbers_{random_};
  splitter::Publisher publisher_;
  splitter::ControlCalls calls_;
  std::size_t workers_;
};

}  // namespace kai::fakes
