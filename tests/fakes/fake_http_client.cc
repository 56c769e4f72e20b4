#include "tests/fakes/fake_http_client.h"

#include <utility>

#include "base/check.h"

namespace kai::fakes {

using net::HttpRequest;
using net::HttpResponse;

FakeHttpClient::Script& FakeHttpClient::Script::reply(int status, std::string body,
                                                      net::Headers headers) {
  HttpResponse response{.status = status, .headers = std::move(headers), .body = std::move(body)};
  add([response](const HttpRequest&) { return response; });
  return *this;
}

FakeHttpClient::Script& FakeHttpClient::Script::fail(ErrorKind kind, std::string message) {
  Error error{.kind = kind, .message = std::move(message)};
  add([error](const HttpRequest&) -> Result<HttpResponse> { return std::unexpected(error); });
  return *this;
}

FakeHttpClient::Script& FakeHttpClient::Script::handle(Handler handler) {
  add(std::move(handler));
  return *this;
}

FakeHttpClient::Script& FakeHttpClient::Script::hang() {
  add(nullptr);
  return *this;
}

FakeHttpClient::Script& FakeHttpClient::Script::after(Duration delay) {
  delay_ = delay;
  return *this;
}

void FakeHttpClient::Stream::head(int status, net::Headers headers) {
  if (is_open()) events_.on_head(HttpResponse{.status = status, .headers = std::move(headers)});
}

void FakeHttpClient::Stream::piece(std::string_view bytes) {
  if (is_open()) events_.on_piece(bytes);
}

void FakeHttpClient::Stream::end(Result<Unit> result) {
  if (!is_open()) return;
  *open_ = false;
  events_.on_end(std::move(result));
}

FakeHttpClient::Script& FakeHttpClient::on(std::string_view method, std::string_view url_prefix) {
  Script& script = scripts_.emplace_back();
  script.method_ = method;
  script.url_prefix_ = url_prefix;
  return script;
}

FakeHttpClient::Script* FakeHttpClient::find_script(const HttpRequest& request) {
  Script* best = nullptr;
  for (Script& script : scripts_) {
    if (script.method_ != request.method || !request.url.starts_with(script.url_prefix_)) continue;
    if (!best || script.url_prefix_.size() >= best->url_prefix_.size()) best = &script;
  }
  return best;
}

void FakeHttpClient::send(HttpRequest request, Reply<HttpResponse> reply) {
  const std::string name = request.method + " " + request.url;
  log_.push_back(name);
  requests_.push_back(request);
  Script* const script = find_script(request);
  Script::Answer answer{.handler = [name](const HttpRequest&) -> Result<HttpResponse> {
    return kai::fail(ErrorKind::unavailable, "no script for " + name);
  }};
  if (script && !script->answers_.empty()) {
    answer = script->answers_.front();
    if (script->answers_.size() > 1) script->answers_.pop_front();
  }
  const bool late = !answer.handler || answer.delay >= request.timeout;
  const Duration wait = late ? request.timeout : answer.delay;
  timers_.at(clock_.now() + wait, [late, name, answer = std::move(answer),
                                   asked = std::move(request), told = std::move(reply)]() mutable {
    // As with a real server, what it does happens although nobody waits for the answer any more.
    Result<HttpResponse> result = answer.handler ? answer.handler(asked) : HttpResponse{};
    if (late) result = kai::fail(ErrorKind::unavailable, name + ": timed out");
    told(std::move(result));
  });
}

namespace {

class FakeOpenStream final : public net::HttpStream {
 public:
  explicit FakeOpenStream(std::shared_ptr<bool> open) : open_(std::move(open)) {}
  FakeOpenStream(const FakeOpenStream&) = delete;
  FakeOpenStream& operator=(const FakeOpenStream&) = delete;
  ~FakeOpenStream() override { *open_ = false; }

 private:
  std::shared_ptr<bool> open_;
};

}  // namespace

std::unique_ptr<net::HttpStream> FakeHttpClient::open_stream(HttpRequest request,
                                                             net::StreamEvents events) {
  log_.push_back("WATCH " + request.url);
  requests_.push_back(request);
  Stream& stream = streams_.emplace_back();
  stream.request = std::move(request);
  stream.events_ = std::move(events);
  return std::make_unique<FakeOpenStream>(stream.open_);
}

void FakeHttpClient::clear_log() {
  log_.clear();
  requests_.clear();
}

std::vector<FakeHttpClient::Stream*> FakeHttpClient::streams() {
  std::vector<Stream*> all;
  for (Stream& stream : streams_) all.push_back(&stream);
  return all;
}

FakeHttpClient::Stream* FakeHttpClient::stream(std::string_view url_prefix) {
  for (auto each = streams_.rbegin(); each != streams_.rend(); ++each) {
    if (each->is_open() && each->request.url.starts_with(url_prefix)) return &*each;
  }
  return nullptr;
}

}  // namespace kai::fakes
