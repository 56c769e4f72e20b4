#include "net/http_parser.h"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/check.h"
#include "net/header_name.h"

namespace kai::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string text_of(string_view text) { return {text.data(), text.size()}; }

// What Beast tells of a message, kept as values. Beast checks framing: chunks, lengths, one of the
// two only.
template <bool is_request>
class Collector final : public http::basic_parser<is_request> {
 public:
  int status = 0;
  std::string method;
  std::string target;
  Headers headers;
  std::string body;

 private:
  void on_request_impl(http::verb /*verb*/, string_view method_text, string_view target_text,
                       int /*version*/, error_code& /*error*/) override {
    method = text_of(method_text);
    target = text_of(target_text);
  }
  void on_response_impl(int code, string_view /*reason*/, int /*version*/,
                        error_code& /*error*/) override {
    status = code;
  }
  void on_field_impl(http::field /*field*/, string_view name, string_view value,
                     error_code& /*error*/) override {
    headers.emplace_back(text_of(name), text_of(value));
  }
  void on_header_impl(error_code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         error_code& /*error*/) override {}
  std::size_t on_body_impl(string_view bytes, error_code& /*error*/) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, string_view /*extensions*/,
                            error_code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, string_view bytes,
                                 error_code& /*error*/) override {
    body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code& /*error*/) override {}
};

std::unexpected<Error> malformed(const error_code& error) {
  if (error == http::error::body_limit)
    return fail(ErrorKind::malformed, "the body is longer than allowed");
  if (error == http::error::header_limit)
    return fail(ErrorKind::malformed, "the head is longer than allowed");
  return fail(ErrorKind::malformed, "not HTTP: " + error.message());
}

// Feeds as much of `pending` as the parser takes, and removes it there.
template <bool is_request>
Result<Unit> parse(Collector<is_request>& parser, std::string& pending) {
  std::size_t used = 0;
  while (!parser.is_done() && used < pending.size()) {
    error_code error;
    const std::size_t taken =
        parser.put(boost::asio::buffer(pending.data() + used, pending.size() - used), error);
    used += taken;
    if (error && error != http::error::need_more) return malformed(error);
    if (error || taken == 0) break;
  }
  pending.erase(0, used);
  return Unit{};
}

template <bool is_request>
void set_limits(Collector<is_request>& parser, std::optional<std::size_t> body_bytes_max) {
  parser.eager(true);
  parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
  if (body_bytes_max) {
    parser.body_limit(*body_bytes_max);
  } else {
    parser.body_limit(boost::none);
  }
}

}  // namespace

const std::string* HttpRequestHead::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const auto& header) { return same_header_name(header.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

struct ResponseParser::Impl {
  Body body;
  std::optional<std::size_t> body_bytes_max;
  std::unique_ptr<Collector<false>> parser = {};
  std::string pending = {};
  HttpResponse head = {};
  int interim_answers = 0;
  bool any_byte = false;
  bool started = false;  // something of this message was taken by the parser
  bool has_head = false;

  void begin() {
    started = false;
    parser = std::make_unique<Collector<false>>();
    set_limits(*parser, body_bytes_max);
    parser->skip(body == Body::none);
  }
  // Beast waits for the end of a line before it looks at it; a web page in its place is told at
  // once.
  [[nodiscard]] bool can_be_http() const {
    static constexpr std::string_view start = "HTTP/1.";
    return std::string_view(pending).substr(0, start.size()) == start.substr(0, pending.size());
  }
  [[nodiscard]] bool is_interim() const {
    return parser->is_header_done() && parser->status >= 100 && parser->status < 200;
  }
};

ResponseParser::ResponseParser(Body body, std::optional<std::size_t> body_bytes_max)
    : impl_(std::make_unique<Impl>(Impl{.body = body, .body_bytes_max = body_bytes_max})) {
  impl_->begin();
}
ResponseParser::ResponseParser(ResponseParser&&) noexcept = default;
ResponseParser& ResponseParser::operator=(ResponseParser&&) noexcept = default;
ResponseParser::~ResponseParser() = default;

Result<Unit> ResponseParser::feed(std::string_view bytes) {
  impl_->any_byte = impl_->any_byte || !bytes.empty();
  impl_->pending += bytes;
  while (true) {
    if (!impl_->started && !impl_->can_be_http())
      return fail(ErrorKind::malformed, "the answer is not HTTP");
    const std::size_t had = impl_->pending.size();
    if (Result<Unit> parsed = parse(*impl_->parser, impl_->pending); !parsed) return parsed;
    impl_->started = impl_->started || impl_->pending.size() < had;
    if (!impl_->is_interim()) break;
    if (impl_->parser->status == 101)
      return fail(ErrorKind::malformed, "an unasked switch of protocols");
    if (++impl_->interim_answers > interim_answers_max)
      return fail(ErrorKind::malformed, "too many interim answers");
    impl_->begin();
  }
  if (!impl_->has_head && impl_->parser->is_header_done()) {
    impl_->has_head = true;
    impl_->head.status = impl_->parser->status;
    impl_->head.headers = std::move(impl_->parser->headers);
  }
  return Unit{};
}

Result<Unit> ResponseParser::feed_end() {
  if (is_done()) return Unit{};
  if (!impl_->any_byte) return fail(ErrorKind::unavailable, "connection closed before an answer");
  error_code error;
  if (has_head() && impl_->parser->need_eof()) impl_->parser->put_eof(error);
  if (!error && is_done()) return Unit{};
  return fail(ErrorKind::unavailable, "connection closed in the middle of the answer");
}

bool ResponseParser::has_any_byte() const { return impl_->any_byte; }
bool ResponseParser::has_head() const { return impl_->has_head; }
bool ResponseParser::is_done() const { return impl_->has_head && impl_->parser->is_done(); }
bool ResponseParser::may_reuse_connection() const {
  return is_done() && impl_->parser->keep_alive() && impl_->pending.empty();
}
HttpResponse& ResponseParser::head() {
  KAI_CHECK(impl_->has_head);
  return impl_->head;
}
std::string ResponseParser::take_body() { return std::exchange(impl_->parser->body, {}); }

struct RequestParser::Impl {
  std::size_t body_bytes_max;
  std::unique_ptr<Collector<true>> parser = {};
  std::string pending = {};
  HttpRequestHead head = {};

  void begin() {
    parser = std::make_unique<Collector<true>>();
    set_limits(*parser, body_bytes_max);
  }
  Result<Unit> advance() {
    Result<Unit> parsed = parse(*parser, pending);
    if (!parsed || !parser->is_done()) return parsed;
    head = {
        .method = parser->method, .target = parser->target, .headers = std::move(parser->headers)};
    return parsed;
  }
};

RequestParser::RequestParser(std::size_t body_bytes_max)
    : impl_(std::make_unique<Impl>(Impl{.body_bytes_max = body_bytes_max})) {
  impl_->begin();
}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

Result<Unit> RequestParser::feed(std::string_view bytes) {
  impl_->pending += bytes;
  if (is_done()) {
    // A pipelining client that does not wait for answers must not fill our memory.
    if (impl_->pending.size() <= head_bytes_max + impl_->body_bytes_max) return Unit{};
    return fail(ErrorKind::malformed, "too many requests without waiting for an answer");
  }
  return impl_->advance();
}
bool RequestParser::is_done() const { return impl_->parser->is_done(); }
bool RequestParser::keeps_connection() const { return impl_->parser->keep_alive(); }
HttpRequestHead& RequestParser::head() {
  KAI_CHECK(is_done());
  return impl_->head;
}
std::string RequestParser::take_body() { return std::exchange(impl_->parser->body, {}); }
Result<Unit> RequestParser::next() {
  KAI_CHECK(is_done());
  impl_->begin();
  return impl_->advance();
}

}  // namespace kai::net
