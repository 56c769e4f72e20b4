#include "edges/local_workload/health.h"

#include <utility>

#include "base/check.h"
#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr std::size_t answer_bytes_max = std::size_t{1} << 20;

}  // namespace

void Health::ask(const std::vector<Instance>& instances, Reply<Unit> reply) {
  KAI_CHECK(!instances.empty());
  // Replies once, with the last answer.
  struct All {
    explicit All(Reply<Unit> told) : reply(std::move(told)) {}
    Reply<Unit> reply;
    std::size_t open = 0;
  };
  const auto all = std::make_shared<All>(std::move(reply));
  all->open = instances.size();
  for (const Instance& instance : instances) {
    (*states_).try_emplace(key_of(instance), State{.since = steady_.now(), .words = {}});
    const std::string url = "http://" + endpoint_of(instance) + instance.health_path;
    net::HttpRequest request{
        .url = url, .timeout = answer_within, .body_bytes_max = answer_bytes_max};
    http_.send(std::move(request), [all, states = states_, key = key_of(instance),
                                    url](Result<net::HttpResponse> answer) {
      const auto found = states->find(key);
      if (found != states->end()) {
        State& state = found->second;
        const bool good = answer && answer->status >= 200 && answer->status < 400;
        state.bad_answers = good ? 0 : state.bad_answers + 1;
        state.was_healthy = state.was_healthy || good;
        state.words = answer ? "GET " + url + ": " + std::to_string(answer->status)
                             : codec::printable(answer.error().message);
      }
      if (--all->open == 0) all->reply(Unit{});
    });
  }
}

bool Health::is_healthy(const Instance& instance) const {
  const auto found = states_->find(key_of(instance));
  return found != states_->end() && found->second.was_healthy &&
         found->second.bad_answers < bad_answers_max;
}

bool Health::is_overdue(const Instance& instance) const {
  const auto found = states_->find(key_of(instance));
  return found != states_->end() && !found->second.was_healthy &&
         steady_.now() - found->second.since >= instance.healthy_within;
}

std::string Health::why_late(const Instance& instance) const {
  const auto found = states_->find(key_of(instance));
  const std::string words = found == states_->end() ? "it was not asked" : found->second.words;
  return "process " + name_of(instance) + " was not healthy within " +
         format_duration(instance.healthy_within) + ": " + words;
}

void Health::forget(const Instance& instance) { states_->erase(key_of(instance)); }

}  // namespace kai::edges
