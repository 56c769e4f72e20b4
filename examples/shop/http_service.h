// A small HTTP/1.1 keep-alive server on one thread that stops without losing a request.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

struct ServiceSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 9000;
  // After SIGTERM new connections are still taken for this long, so that whoever routes here learns
  // of it first.
  std::chrono::milliseconds stop_delay{2000};
  // Then requests in flight get this long at most.
  std::chrono::milliseconds drain_max{10'000};
  std::chrono::milliseconds exit_after{0};  // 0: never; else ends with exit status 1, unasked
};

struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain";
  std::chrono::microseconds delay{0};  // between the request and its answer
  std::function<void()> sent;          // called once, when the answer is ready to be written
};

struct Header {
  std::string name;
  std::string value;
};

// Serves until SIGTERM or SIGINT and returns the exit status. `handle` gets the target of a
// request. `headers` go out with every answer. Throws std::exception when the address cannot be
// bound.
int serve(const ServiceSettings& settings, const std::vector<Header>& headers,
          const std::function<Answer(std::string_view target)>& handle);

}  // namespace shop
