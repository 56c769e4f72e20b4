#include "tests/http1/pipes.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/head_writer.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/request_policy.h"
#include "splitter/http1/response_policy.h"

namespace kai::http1_test {
namespace {

using splitter::BodyProgress;
using splitter::BodyStep;
using splitter::Progress;
using splitter::Refusal;

constexpr std::array<std::string_view, 1> upgrades = {"websocket"};
constexpr splitter::ListenerRules listener{.upgrade_protocols = upgrades};

splitter::RequestRewrite rewrite_of(const RequestPipeRules& rules,
                                    const splitter::Request& request) {
  if (rules.identity == Identity::kept) {
    return {.trust = splitter::PeerTrust::trusted,
            .scheme = "http",
            .request_id = usable_request_id(request, splitter::PeerTrust::trusted),
            .endpoint = "endpoint:80",
            .passes_trailers = rules.passes_trailers};
  }
  return {.peer_address = "192.0.2.7",
          .scheme = "http",
          .request_id = "id",
          .endpoint = "endpoint:80",
          .passes_trailers = rules.passes_trailers};
}

// Takes one step: what it sends is appended to `sent`, what it used leaves `buffer`.
void take(const BodyStep& step, std::string& buffer, Sent& sent) {
  KAI_CHECK(step.taken() <= buffer.size());
  sent.bytes += step.before.view();
  sent.bytes += std::string_view(buffer).substr(step.skip, step.pass);
  sent.bytes += step.after;
  sent.received_bytes += step.taken();
  buffer.erase(0, step.taken());
}

// Steps until the forwarder wants bytes or is done; says how it ended.
BodyStep run(splitter::BodyForwarder& body, std::string& buffer, Sent& sent) {
  while (true) {
    const BodyStep step = body.next(buffer);
    if (step.progress == BodyProgress::refused) return step;
    take(step, buffer, sent);
    if (step.progress != BodyProgress::again) return step;
  }
}

template <typename Write>
std::string written(std::size_t bytes_max, Write write) {
  std::string output(bytes_max, '\0');
  const std::optional<std::size_t> size = write(output);
  KAI_CHECK(size.has_value());
  output.resize(*size);
  return output;
}

}  // namespace

RequestPipe::RequestPipe(const RequestPipeRules& rules) : rules_(rules) {}

void RequestPipe::feed(std::string_view bytes) {
  buffer_ += bytes;
  while (!closed_ && (in_body_ ? read_body() : read_head())) {
  }
}

bool RequestPipe::refuse(Refusal refusal) {
  refusal_ = refusal;
  closed_ = true;
  return false;
}

bool RequestPipe::read_head() {
  const auto head = std::make_unique<splitter::RequestHead>();
  const auto step = parse_request_head(progress_, buffer_, *head);
  if (step.progress == Progress::refused) return refuse(step.refusal);
  if (step.progress == Progress::need_more) return false;
  progress_ = {};
  splitter::Request request;
  if (const auto refusal = judge_request(*head, listener, request)) return refuse(*refusal);
  if (const auto refusal = judge_for_route(request, rules_.route)) return refuse(*refusal);
  const splitter::RequestRewrite rewrite = rewrite_of(rules_, request);
  Sent& sent = sent_.emplace_back();
  sent.bytes = written(rewritten_bytes_max(request, rewrite), [&](std::string& output) {
    return write_request_head(request, rewrite, output);
  });
  sent.head_bytes = sent.bytes.size();
  sent.received_bytes = request.head_bytes;
  body_ = splitter::BodyForwarder({.from = request.body,
                                   .to = request.body.framing,
                                   .bytes_max = rules_.route.body_bytes_max,
                                   .passes_trailers = rules_.passes_trailers});
  closes_ = !request.keeps_alive || !request.upgrade.empty();
  buffer_.erase(0, request.head_bytes);
  in_body_ = true;
  return true;
}

bool RequestPipe::read_body() {
  const BodyStep step = run(body_, buffer_, sent_.back());
  if (step.progress == BodyProgress::refused) return refuse(step.refusal);
  if (step.progress == BodyProgress::need_more) return false;
  sent_.back().complete = true;
  in_body_ = false;
  closed_ = closes_;
  return !closed_;
}

AnswerPipe::AnswerPipe(const AnswerPipeRules& rules)
    : rules_(rules), request_head_(std::make_unique<splitter::RequestHead>()) {
  splitter::HeadProgress progress;
  const auto step = parse_request_head(progress, rules_.request, *request_head_);
  KAI_CHECK(step.progress == Progress::complete);
  KAI_CHECK(!judge_request(*request_head_, listener, request_));
}

void AnswerPipe::feed(std::string_view bytes) {
  buffer_ += bytes;
  while (!refusal_ && !complete_ && (in_body_ ? read_body() : read_head())) {
  }
}

void AnswerPipe::close() {
  if (refusal_ || complete_) return;
  if (!in_body_) {
    refuse(Refusal::truncated);
    return;
  }
  const BodyStep step = body_.end();
  if (step.progress == BodyProgress::refused) {
    refuse(step.refusal);
    return;
  }
  take(step, buffer_, sent_.back());
  sent_.back().complete = complete_ = true;
}

bool AnswerPipe::refuse(Refusal refusal) {
  refusal_ = refusal;
  return false;
}

bool AnswerPipe::read_head() {
  const auto head = std::make_unique<splitter::ResponseHead>();
  const auto step = parse_response_head(progress_, buffer_, *head);
  if (step.progress == Progress::refused) return refuse(step.refusal);
  if (step.progress == Progress::need_more) return false;
  progress_ = {};
  splitter::Response response;
  const splitter::AnswerContext context{.method = request_.method,
                                        .upgrade = request_.upgrade,
                                        .interim_answers = interim_,
                                        .bytes_behind = buffer_.size() - head->head_bytes};
  if (const auto refusal = judge_response(*head, context, response)) return refuse(*refusal);
  plan_ = plan_answer(request_, response, {.allows_trailers = rules_.passes_trailers});
  const splitter::ResponseRewrite rewrite{
      .plan = plan_, .client_version = request_.version, .request_id = "id"};
  Sent& sent = sent_.emplace_back();
  sent.received_bytes = response.head_bytes;
  sent.complete = response.is_interim();
  const bool old_client = request_.version == splitter::HttpVersion::http_1_0;
  if (!response.is_interim() || !old_client) {
    sent.bytes = written(rewritten_bytes_max(response, rewrite), [&](std::string& output) {
      return write_response_head(response, rewrite, output);
    });
  }
  sent.head_bytes = sent.bytes.size();
  buffer_.erase(0, response.head_bytes);
  if (response.is_interim()) {
    interim_ += 1;
    return true;
  }
  reusable_ = response.keeps_alive;
  body_ = splitter::BodyForwarder(
      {.from = response.body, .to = plan_.body.framing, .passes_trailers = plan_.passes_trailers});
  in_body_ = true;
  return true;
}

bool AnswerPipe::read_body() {
  const BodyStep step = run(body_, buffer_, sent_.back());
  if (step.progress == BodyProgress::refused) return refuse(step.refusal);
  if (step.progress == BodyProgress::complete) sent_.back().complete = complete_ = true;
  return false;
}

}  // namespace kai::http1_test
