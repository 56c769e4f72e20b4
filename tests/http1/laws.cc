#include "tests/http1/laws.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"
#include "tests/http1/foreign_reader.h"
#include "tests/http1/pipes.h"
#include "tests/http1/strict_reader.h"

namespace kai::http1_test {
namespace {

using splitter::BodyFraming;
using splitter::BodyProgress;

// Sizes of the pieces that an input is fed in.
constexpr std::array<std::size_t, 3> cuts = {1, 2, 7};
// Long inputs byte by byte would cost fuzzing its speed and show nothing new.
constexpr std::size_t cut_input_bytes_max = 2048;

template <typename Feed>
void feed_in_pieces(std::string_view input, std::size_t piece_bytes, Feed feed) {
  while (!input.empty()) {
    const std::string_view piece = input.substr(0, piece_bytes);
    feed(piece);
    input.remove_prefix(piece.size());
  }
}

RequestPipe fed(std::string_view input, const RequestPipeRules& rules, std::size_t piece_bytes) {
  RequestPipe pipe(rules);
  feed_in_pieces(input, piece_bytes, [&](std::string_view piece) { pipe.feed(piece); });
  return pipe;
}

constexpr std::array<std::string_view, 12> never_sent = {
    "keep-alive",      "proxy-connection", "proxy-authorization", "proxy-authenticate",
    "http2-settings",  "content_length",   "transfer_encoding",   "x_forwarded_for",
    "x-forwarded_for", "x_real_ip",        "x_request_id",        "x_kai_mirror"};

// A request that left: one message without anything that ends at this hop.
Message check_sent_request(const Sent& sent) {
  const auto message = read_request(sent.bytes);
  KAI_CHECK(message && message->bytes == sent.bytes.size());
  const auto foreign = read_request_with_beast(sent.bytes);
  KAI_CHECK(foreign && foreign->bytes == sent.bytes.size());
  KAI_CHECK(foreign->first == message->first && foreign->second == message->second);
  KAI_CHECK(foreign->body == message->body && foreign->is_chunked == message->is_chunked);
  KAI_CHECK(message->third == "HTTP/1.1" && message->values("host").size() == 1);
  KAI_CHECK(message->second == "*" || message->second.starts_with('/'));
  for (const std::string_view name : never_sent) KAI_CHECK(message->values(name).empty());
  return *message;
}

std::string origin_form(const std::string& target) {
  const std::size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string::npos) return target;
  const std::size_t end = target.find_first_of("/?", scheme + 3);
  if (end == std::string::npos) return "/";
  return target[end] == '/' ? target.substr(end) : "/" + target.substr(end);
}

void check_same_request(std::string_view received, const Sent& sent,
                        const RequestPipeRules& rules) {
  const auto before = read_request(received);
  KAI_CHECK(before && before->bytes == sent.received_bytes);
  const Message after = check_sent_request(sent);
  KAI_CHECK(before->first == after.first && before->body == after.body);
  KAI_CHECK(origin_form(before->second) == after.second || after.second == "*");
  KAI_CHECK(before->is_chunked == after.is_chunked);
  KAI_CHECK(after.trailers.empty() || after.trailers == before->trailers);
  KAI_CHECK(rules.passes_trailers || after.trailers.empty());
  const auto hosts = before->values("host");
  KAI_CHECK(hosts.empty() || hosts == after.values("host"));
  if (rules.identity == Identity::added) {
    KAI_CHECK(after.values("x-forwarded-for") == std::vector<std::string>{"192.0.2.7"});
    KAI_CHECK(after.values("x-request-id").size() == 1);
    KAI_CHECK(after.values("forwarded").empty() && after.values("x-real-ip").empty());
  }
}

// Nothing if the fields that we added have made the head too large for another proxy like us.
std::optional<std::string> rewritten(const std::optional<std::string>& message) {
  if (!message) return {};
  RequestPipe pipe({.identity = Identity::kept, .passes_trailers = true});
  pipe.feed(*message);
  const bool grown = pipe.refusal() == splitter::Refusal::too_many_fields ||
                     pipe.refusal() == splitter::Refusal::field_too_long ||
                     pipe.refusal() == splitter::Refusal::head_too_large;
  if (grown) return {};
  KAI_CHECK(!pipe.refusal() && pipe.sent().size() == 1 && pipe.sent()[0].complete);
  return pipe.sent()[0].bytes;
}

AnswerPipe answered(std::string_view input, const AnswerPipeRules& rules, std::size_t piece_bytes) {
  AnswerPipe pipe(rules);
  feed_in_pieces(input, piece_bytes, [&](std::string_view piece) { pipe.feed(piece); });
  pipe.close();
  return pipe;
}

bool is_head(const AnswerPipeRules& rules) { return rules.request.starts_with("HEAD "); }

void check_same_answer(std::string_view received, const Sent& sent, const AnswerPipeRules& rules) {
  const AnswerTo to{.head = is_head(rules), .closed = true};
  const auto before = read_answer(received, to);
  const auto after = read_answer(sent.bytes, to);
  KAI_CHECK(before && before->bytes == sent.received_bytes);
  if (sent.bytes.empty()) return;  // an interim answer that an HTTP/1.0 client must not get
  KAI_CHECK(after && after->bytes == sent.bytes.size());
  const auto foreign = read_answer_with_beast(sent.bytes, to);
  KAI_CHECK(foreign && foreign->bytes == sent.bytes.size());
  KAI_CHECK(foreign->second == after->second && foreign->body == after->body);
  KAI_CHECK(before->second == after->second && before->third == after->third);
  KAI_CHECK(before->body == after->body);
  KAI_CHECK(after->trailers.empty() || after->trailers == before->trailers);
  for (const std::string_view name : never_sent) {
    KAI_CHECK(name == "keep-alive" || after->values(name).empty());
  }
}

std::string content_of(const Sent& sent, bool head) {
  const auto message = read_answer(sent.bytes, {.head = head});
  return message ? message->first + message->second + message->third + message->body
                 : std::string();
}

// Where a body gets its chunks from us their borders depend on the cuts; their content does not.
bool same_answers(const AnswerPipe& left, const AnswerPipe& right, bool head) {
  return std::ranges::equal(left.sent(), right.sent(), [&](const Sent& a, const Sent& b) {
    return a.complete == b.complete && a.received_bytes == b.received_bytes &&
           (!a.complete || content_of(a, head) == content_of(b, head));
  });
}

struct Chunks {
  std::string sent;
  std::size_t taken = 0;
  BodyProgress end = BodyProgress::need_more;

  friend bool operator==(const Chunks&, const Chunks&) = default;
};

Chunks forwarded(std::string_view input, Receiver receiver, std::size_t piece_bytes) {
  splitter::BodyForwarder body(
      {.from = {.framing = BodyFraming::chunked},
       .to = receiver == Receiver::takes_bytes ? BodyFraming::until_close : BodyFraming::chunked,
       .passes_trailers = receiver == Receiver::takes_chunks_and_trailers});
  Chunks result;
  std::string buffer;
  feed_in_pieces(input, piece_bytes, [&](std::string_view piece) {
    if (result.end == BodyProgress::refused || result.end == BodyProgress::complete) return;
    buffer += piece;
    do {
      const splitter::BodyStep step = body.next(buffer);
      result.end = step.progress;
      if (step.progress == BodyProgress::refused) return;
      KAI_CHECK(step.taken() <= buffer.size());
      result.sent += step.before.view();
      result.sent += std::string_view(buffer).substr(step.skip, step.pass);
      result.sent += step.after;
      result.taken += step.taken();
      buffer.erase(0, step.taken());
    } while (result.end == BodyProgress::again);
  });
  return result;
}

}  // namespace

void check_requests(std::string_view input, const RequestPipeRules& rules) {
  const RequestPipe whole = fed(input, rules, input.size() + 1);
  for (const std::size_t cut : cuts) {
    if (input.size() > cut_input_bytes_max) break;
    const RequestPipe pieces = fed(input, rules, cut);
    KAI_CHECK(pieces.refusal() == whole.refusal() && pieces.is_closed() == whole.is_closed());
    // A refused body may have passed more of its beginning when it came in pieces.
    const bool cut_short =
        whole.refusal() && !whole.sent().empty() && !whole.sent().back().complete;
    KAI_CHECK(pieces.sent().size() == whole.sent().size());
    KAI_CHECK(cut_short || pieces.sent() == whole.sent());
  }
  for (const Sent& sent : whole.sent()) {
    if (!sent.complete) continue;
    check_same_request(input, sent, rules);
    input.remove_prefix(sent.received_bytes);
    // Forwarding fields find their places when they are written the first two times.
    const auto again = rewritten(rewritten(sent.bytes));
    const auto once_more = rewritten(again);
    KAI_CHECK(!once_more || once_more == again);
  }
}

void check_answers(std::string_view input, const AnswerPipeRules& rules) {
  const AnswerPipe whole = answered(input, rules, input.size() + 1);
  const bool head = is_head(rules);
  for (const std::size_t cut : cuts) {
    if (input.size() > cut_input_bytes_max) break;
    const AnswerPipe pieces = answered(input, rules, cut);
    // Bytes behind an answer without a body are seen with its head or after it, so here the cut may
    // decide between 502 and an answer whose connection is not used again.
    if (whole.refusal() == splitter::Refusal::unexpected_body) {
      KAI_CHECK(!pieces.is_reusable());
      continue;
    }
    KAI_CHECK(pieces.refusal() == whole.refusal());
    KAI_CHECK(whole.refusal() || same_answers(pieces, whole, head));
  }
  const bool switched = whole.plan().body.framing == BodyFraming::tunnel;
  for (const Sent& sent : whole.sent()) {
    if (!sent.complete || switched || whole.refusal()) break;
    check_same_answer(input, sent, rules);
    input.remove_prefix(sent.received_bytes);
  }
  KAI_CHECK(!whole.is_reusable() || input.empty());
}

void check_chunked(std::string_view input, Receiver receiver) {
  const Chunks whole = forwarded(input, receiver, input.size() + 1);
  for (const std::size_t cut : cuts) {
    if (input.size() > cut_input_bytes_max) break;
    const Chunks pieces = forwarded(input, receiver, cut);
    KAI_CHECK(pieces.end == whole.end);
    KAI_CHECK(whole.end == BodyProgress::refused || pieces == whole);
  }
  const auto before = read_chunked(input);
  // What we take the strict reader takes too; what it takes beyond that breaks a limit or a name.
  if (whole.end != BodyProgress::complete) return;
  KAI_CHECK(before && before->bytes == whole.taken);
  if (receiver == Receiver::takes_bytes) {
    KAI_CHECK(whole.sent == before->body);
    return;
  }
  const auto after = read_chunked(whole.sent);
  KAI_CHECK(after && after->bytes == whole.sent.size() && after->body == before->body);
  const bool passes = receiver == Receiver::takes_chunks_and_trailers;
  KAI_CHECK(passes ? after->trailers == before->trailers : after->trailers.empty());
}

}  // namespace kai::http1_test
