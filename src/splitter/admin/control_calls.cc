#include "splitter/admin/control_calls.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/tree.h"
#include "codec/json.h"
#include "codec/quote.h"
#include "splitter/admin/change.h"
#include "splitter/admin/explain.h"
#include "splitter/admin/metrics_text.h"
#include "splitter/admin/publisher.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/map_reader.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {
namespace {

constexpr codec::JsonLimits json_limits{
    .depth_max = 32, .bytes_max = ControlCalls::body_bytes_max, .refuses_repeated_keys = true};
constexpr std::string_view split_prefix = "/v1/routes/";
constexpr std::string_view split_suffix = "/split";

enum class Target : std::uint8_t {
  unknown,
  metrics,
  health,
  readiness,
  status,
  snapshot,
  snapshot_dry_run,
  split,
  explain,
};

Target target_of(std::string_view target) {
  if (target == "/metrics") return Target::metrics;
  if (target == "/healthz") return Target::health;
  if (target == "/readyz") return Target::readiness;
  if (target == "/v1/status") return Target::status;
  if (target == "/v1/snapshot") return Target::snapshot;
  if (target == "/v1/snapshot?dry_run=1") return Target::snapshot_dry_run;
  if (target == "/v1/explain") return Target::explain;
  const bool is_split = target.starts_with(split_prefix) && target.ends_with(split_suffix) &&
                        target.size() > split_prefix.size() + split_suffix.size();
  return is_split ? Target::split : Target::unknown;
}

Rights needed_for(Target target, std::string_view method) {
  switch (target) {
    case Target::metrics:
    case Target::health:
    case Target::readiness:
      return Rights::figures;
    case Target::snapshot:
      return method == "PUT" ? Rights::write : Rights::read;
    case Target::split:
    case Target::snapshot_dry_run:
      return Rights::write;
    case Target::unknown:
    case Target::status:
    case Target::explain:
      return Rights::read;
  }
  return Rights::write;
}

std::string_view methods_of(Target target) {
  switch (target) {
    case Target::unknown:
      return "";
    case Target::metrics:
    case Target::health:
    case Target::readiness:
    case Target::status:
      return "GET";
    case Target::snapshot:
      return "GET, PUT";
    case Target::snapshot_dry_run:
    case Target::split:
      return "PUT";
    case Target::explain:
      return "POST";
  }
  return "";
}

bool allows(Target target, std::string_view method) {
  std::string_view rest = methods_of(target);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(", "), rest.size());
    if (rest.substr(0, end) == method) return true;
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return false;
}

CallAnswer json(const Tree& body, int status = 200) {
  return {.status = status, .body = codec::write_json(body) + "\n"};
}

CallAnswer text(std::string body, int status = 200) {
  return {.status = status, .content_type = "text/plain", .body = std::move(body)};
}

CallAnswer failure(const CallError& error) {
  return json(write_call_error(error), status_of(error.code));
}

CallAnswer answer_to(const PublishResult& result) {
  return result ? json(write_published(*result)) : failure(result.error());
}

std::expected<Tree, CallError> parse(std::string_view body) {
  Result<Tree> tree = codec::parse_json(body, json_limits);
  if (tree) return std::move(*tree);
  return std::unexpected(
      CallError{.code = CallErrorCode::malformed, .message = tree.error().message});
}

// Why a call may not go on; nothing: it may.
std::optional<CallAnswer> refuse(const Call& call, Target target) {
  if (call.rights < needed_for(target, call.method)) {
    return failure({.code = CallErrorCode::forbidden, .message = "this user may not do that here"});
  }
  if (target == Target::unknown) {
    return failure({.code = CallErrorCode::unknown_call,
                    .message = "there is no " + codec::quote(call.target)});
  }
  if (allows(target, call.method)) return std::nullopt;
  CallAnswer answer = failure({.code = CallErrorCode::wrong_method,
                               .message = "possible is " + std::string(methods_of(target))});
  answer.allow = methods_of(target);
  return answer;
}

}  // namespace

ControlCalls::ControlCalls(Publisher& publisher, DataPlane data_plane)
    : publisher_(publisher), data_plane_(std::move(data_plane)) {}

void ControlCalls::take(const Call& call, Answer answer) {
  const Target target = target_of(call.target);
  if (auto refused = refuse(call, target)) return answer(std::move(*refused));
  // What it said now might be less than what was said, or less than what the next one says.
  if (!publisher_.leads() && target != Target::health) {
    return answer(failure({.code = CallErrorCode::handing_over,
                           .message = "another process takes over just now and nothing has "
                                      "changed; ask again on a new connection"}));
  }
  switch (target) {
    case Target::unknown:
      return;
    case Target::metrics:
      return answer(metrics());
    case Target::health:
      return answer(text("ok\n"));
    case Target::readiness:
      return answer(readiness());
    case Target::status:
      return answer(status());
    case Target::snapshot:
      if (call.method == "GET") return answer(snapshot());
      return replace(call.body, false, std::move(answer));
    case Target::snapshot_dry_run:
      return replace(call.body, true, std::move(answer));
    case Target::split: {
      std::string_view route = call.target.substr(split_prefix.size());
      route.remove_suffix(split_suffix.size());
      return change_split(route, call.body, std::move(answer));
    }
    case Target::explain:
      return answer(explanation(call.body));
  }
}

CallAnswer ControlCalls::metrics() {
  std::string body = publisher_metrics(publisher_.status(), *publisher_.in_force().snapshot);
  data_plane_.add_metrics(body);
  return {.status = 200, .content_type = "text/plain; version=0.0.4", .body = std::move(body)};
}

CallAnswer ControlCalls::readiness() {
  return data_plane_.is_ready() ? text("ready\n") : text("not ready\n", 503);
}

CallAnswer ControlCalls::status() {
  const Publisher::Status now = publisher_.status();
  Tree body = Tree::map();
  body.set("generation", static_cast<std::int64_t>(now.generation));
  body.set("writer_epoch", static_cast<std::int64_t>(now.writer_epoch));
  body.set("durable", now.durable);
  if (now.last_barrier) {
    const auto barrier = std::chrono::duration_cast<std::chrono::microseconds>(*now.last_barrier);
    body.set("last_barrier_us", std::int64_t{barrier.count()});
  }
  Tree workers = Tree::list();
  for (const std::uint64_t generation : now.acknowledged) {
    Tree worker = Tree::map();
    worker.set("generation", static_cast<std::int64_t>(generation));
    workers.push_back(std::move(worker));
  }
  body.set("workers", std::move(workers));
  data_plane_.add_status(body);
  return json(body);
}

CallAnswer ControlCalls::snapshot() {
  return json(write_snapshot_spec(publisher_.in_force().spec, Salts::hidden));
}

CallAnswer ControlCalls::explanation(std::string_view body) {
  const auto question = parse(body);
  if (!question) return failure(question.error());
  const auto explained = explain(*publisher_.in_force().snapshot, *question);
  return explained ? json(*explained) : failure(explained.error());
}

void ControlCalls::replace(std::string_view body, bool dry_run, Answer answer) {
  const auto document = parse(body);
  if (!document) return answer(failure(document.error()));
  Findings findings;
  SnapshotSpec wanted =
      read_snapshot_spec({.tree = *document, .pointer = ""}, SnapshotForm::pushed, findings);
  if (!findings.empty()) return answer(failure(malformed(findings)));
  if (dry_run) {
    const auto mistake = publisher_.check(std::move(wanted));
    Tree good = Tree::map();
    good.set("dry_run", true);
    return answer(mistake ? failure(*mistake) : json(good));
  }
  auto shared = std::make_shared<Answer>(std::move(answer));
  const auto refused = publisher_.replace(
      std::move(wanted), [shared](const PublishResult& result) { (*shared)(answer_to(result)); });
  if (refused) (*shared)(failure(*refused));
}

void ControlCalls::change_split(std::string_view route, std::string_view body, Answer answer) {
  const auto document = parse(body);
  if (!document) return answer(failure(document.error()));
  Findings findings;
  const SplitChange change = read_split_change({.tree = *document, .pointer = ""}, findings);
  if (!findings.empty()) return answer(failure(malformed(findings)));
  auto shared = std::make_shared<Answer>(std::move(answer));
  const auto refused = publisher_.change_split(
      route, change, [shared](const PublishResult& result) { (*shared)(answer_to(result)); });
  if (refused) (*shared)(failure(*refused));
}

}  // namespace kai::splitter
