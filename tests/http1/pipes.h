// A proxy's loop without sockets: bytes of one side go in, what the other side would receive comes
// out. It uses the product as the product's own loop does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/head_writer.h"
#include "splitter/http1/message.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/request_policy.h"
#include "splitter/http1/response_policy.h"

namespace kai::http1_test {

// A message as it left.
struct Sent {
  std::string bytes;
  std::size_t head_bytes = 0;
  std::size_t received_bytes = 0;  // that it took of the input, so far
  bool complete = false;

  friend bool operator==(const Sent&, const Sent&) = default;
};

enum class Identity : std::uint8_t {
  added,  // as for users: forwarding fields and request id of ours
  kept,   // a trusted peer, nothing of ours: what is written again is what was written
};

struct RequestPipeRules {
  Identity identity = Identity::added;
  bool passes_trailers = false;
  splitter::RouteRules route;
};

// What a client sends on one connection. Answers are taken to come at once and to keep it open.
class RequestPipe {
 public:
  explicit RequestPipe(const RequestPipeRules& rules = {});

  void feed(std::string_view bytes);

  // What the backend received. The last one is not complete when the client was refused or waits.
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }
  [[nodiscard]] std::optional<splitter::Refusal> refusal() const { return refusal_; }
  // No byte is read any more: after a refusal, or after a request that wanted a close.
  [[nodiscard]] bool is_closed() const { return closed_; }

 private:
  bool read_head();
  bool read_body();
  bool refuse(splitter::Refusal refusal);

  RequestPipeRules rules_;
  std::string buffer_;
  splitter::HeadProgress progress_;
  splitter::BodyForwarder body_;
  bool in_body_ = false;
  bool closes_ = false;
  bool closed_ = false;
  std::vector<Sent> sent_;
  std::optional<splitter::Refusal> refusal_;
};

struct AnswerPipeRules {
  std::string request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  bool passes_trailers = false;
};

// What a backend answers to one request: interim answers and the final one.
class AnswerPipe {
 public:
  explicit AnswerPipe(const AnswerPipeRules& rules = {});

  void feed(std::string_view bytes);
  void close();

  // What the client received: interim answers first, which are empty for a client of HTTP/1.0.
  [[nodiscard]] const std::vector<Sent>& sent() const { return sent_; }
  [[nodiscard]] std::optional<splitter::Refusal> refusal() const { return refusal_; }
  [[nodiscard]] bool is_complete() const { return complete_; }
  // The backend connection may serve another request.
  [[nodiscard]] bool is_reusable() const {
    return complete_ && reusable_ && buffer_.empty() && !refusal_;
  }
  [[nodiscard]] const splitter::AnswerPlan& plan() const { return plan_; }

 private:
  bool read_head();
  bool read_body();
  bool refuse(splitter::Refusal refusal);

  AnswerPipeRules rules_;
  std::unique_ptr<splitter::RequestHead> request_head_;
  splitter::Request request_;
  std::string buffer_;
  splitter::HeadProgress progress_;
  splitter::BodyForwarder body_;
  splitter::AnswerPlan plan_;
  unsigned interim_ = 0;
  bool in_body_ = false;
  bool complete_ = false;
  bool reusable_ = false;
  std::vector<Sent> sent_;
  std::optional<splitter::Refusal> refusal_;
};

}  // namespace kai::http1_test
