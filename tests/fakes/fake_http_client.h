// An HTTP client that answers from a script, and streams that the test drives.
//
//   FakeTimers timers;
//   FakeHttpClient http(timers);
//   http.on("GET", "https://api/version").reply(200, R"({"major":"1"})");
//   ... code under test calls http.send(...) ...
//   timers.settle();                      // replies arrive: never inside the call, as with the
//   real one EXPECT_EQ(http.log(), std::vector<std::string>{"GET https://api/version"});
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_client.h"
#include "tests/fakes/fake_timers.h"

namespace kai::fakes {

class FakeHttpClient final : public net::HttpClient {
 public:
  using Handler = std::function<Result<net::HttpResponse>(const net::HttpRequest&)>;

  // What is said to requests of one method whose URL begins with a text. Answers are used in their
  // order, the last one again and again.
  class Script {
   public:
    Script& reply(int status, std::string body = "", net::Headers headers = {});
    Script& fail(ErrorKind kind, std::string message);
    // Decides by the request.
    Script& handle(Handler handler);
    // No answer within the time-out of the request: `unavailable` "timed out".
    Script& hang();
    // All answers from here on come this much later.
    Script& after(Duration delay);

   private:
    friend class FakeHttpClient;
    struct Answer {
      Handler handler;  // null: hangs
      Duration delay{0};
    };
    void add(Handler handler) {
      answers_.push_back({.handler = std::move(handler), .delay = delay_});
    }

    std::string method_;
    std::string url_prefix_;
    std::deque<Answer> answers_;
    Duration delay_{0};
  };

  // A stream as the server sees it. Pointers stay valid as long as the client.
  class Stream {
   public:
    net::HttpRequest request;

    // Each is told to the asker at once, unless the stream is no more open.
    void head(int status, net::Headers headers = {});
    void piece(std::string_view bytes);
    void end(Result<Unit> result = Unit{});
    // Not ended and not destroyed by its owner.
    [[nodiscard]] bool is_open() const { return *open_; }

   private:
    friend class FakeHttpClient;
    net::StreamEvents events_;
    std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
  };

  explicit FakeHttpClient(FakeTimers& timers) : FakeHttpClient(timers, timers.clock()) {}
  // On other timers, for code that runs a loop of its own.
  FakeHttpClient(Timers& timers, const SteadyClock& clock) : timers_(timers), clock_(clock) {}

  // The longest prefix wins; of equal ones the latest. A request without a script gets
  // `unavailable` with its name.
  Script& on(std::string_view method, std::string_view url_prefix);

  void send(net::HttpRequest request, Reply<net::HttpResponse> reply) override;
  [[nodiscard]] std::unique_ptr<net::HttpStream> open_stream(net::HttpRequest request,
                                                             net::StreamEvents events) override;

  // All requests in order, streams too.
  [[nodiscard]] const std::vector<net::HttpRequest>& requests() const { return requests_; }
  // "METHOD url" of each, "WATCH url" for streams.
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }
  void clear_log();
  // Streams ever opened, oldest first.
  [[nodiscard]] std::vector<Stream*> streams();
  // The latest open stream whose URL begins with a text; null when there is none.
  [[nodiscard]] Stream* stream(std::string_view url_prefix = "");

 private:
  Script* find_script(const net::HttpRequest& request);

  Timers& timers_;
  const SteadyClock& clock_;
  std::list<Script> scripts_;
  std::list<Stream> streams_;
  std::vector<net::HttpRequest> requests_;
  std::vector<std::string> log_;
};

}  // namespace kai::fakes
