// What reading, judging and rewriting a request head costs, in nanoseconds a head, and how much
// faster than Beast's parser we are. Beast is run without storing anything, in turns with ours, so
// that a busy machine slows both.
#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <ratio>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/head_writer.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/request_policy.h"
#include "splitter/http1/response_policy.h"

namespace kai::splitter {
namespace {

namespace http = boost::beast::http;
using Steady = std::chrono::steady_clock;

constexpr std::string_view small_head = "GET /checkout HTTP/1.1\r\nHost: shop.example\r\n\r\n";
constexpr std::string_view browser_head =
    "GET /checkout/basket?item=42&from=start HTTP/1.1\r\n"
    "Host: shop.example\r\n"
    "Connection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    "\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: uid=9f8b6c5d4e3f2a1b0c9d8e7f6a5b4c3d; basket=42; theme=dark; consent=yes-to-some\r\n"
    "Referer: https://shop.example/start\r\n"
    "Upgrade-Insecure-Requests: 1\r\n\r\n";

// Makes the compiler believe that somebody looks at `value`.
template <typename T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

// Beast's grammar alone: nothing is stored, as our parser stores nothing but views.
class BeastParser final : public http::basic_parser<true> {
  using Text = boost::beast::string_view;
  using Code = boost::beast::error_code;
  void on_request_impl(http::verb /*verb*/, Text /*method*/, Text /*target*/, int /*version*/,
                       Code& /*error*/) override {}
  void on_response_impl(int /*status*/, Text /*reason*/, int /*version*/,
                        Code& /*error*/) override {}
  void on_field_impl(http::field /*id*/, Text /*name*/, Text value, Code& /*error*/) override {
    keep(value);
  }
  void on_header_impl(Code& /*error*/) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         Code& /*error*/) override {}
  std::size_t on_body_impl(Text body, Code& /*error*/) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t /*size*/, Text /*extension*/, Code& /*error*/) override {}
  std::size_t on_chunk_body_impl(std::uint64_t /*left*/, Text body, Code& /*error*/) override {
    return body.size();
  }
  void on_finish_impl(Code& /*error*/) override {}
};

void read_with_beast(std::string_view text) {
  BeastParser parser;
  boost::beast::error_code error;
  const std::size_t bytes = parser.put(boost::asio::buffer(text.data(), text.size()), error);
  KAI_CHECK(!error && bytes == text.size() && parser.is_header_done());
}

void read_with_ours(std::string_view text, RequestHead& head) {
  HeadProgress progress;
  const HeadStep step = parse_request_head(progress, text, head);
  KAI_CHECK(step.progress == Progress::complete && head.head_bytes == text.size());
}

struct Line {
  std::string_view what;
  double nanoseconds = 0;
  double beasts = 0;  // 0: nothing to compare with
};

void print(const Line& line) {
  std::printf("%-34.*s %8.0f ns", static_cast<int>(line.what.size()), line.what.data(),
              line.nanoseconds);
  if (line.beasts != 0) {
    std::printf("   Beast %8.0f ns   %.2f times faster", line.beasts,
                line.beasts / line.nanoseconds);
  }
  std::printf("\n");
}

constexpr int turns = 301;
constexpr int heads_a_turn = 200;

template <typename Work>
double nanoseconds_of(Work work) {
  const auto begin = Steady::now();
  for (int i = 0; i < heads_a_turn; ++i) work();
  return std::chrono::duration<double, std::nano>(Steady::now() - begin).count() / heads_a_turn;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

template <typename Work>
void measure(std::string_view what, Work work) {
  std::vector<double> times;
  times.reserve(turns);
  for (int turn = 0; turn < turns; ++turn) times.push_back(nanoseconds_of(work));
  print({.what = what, .nanoseconds = median(times)});
}

void against_beast(std::string_view what, std::string_view text) {
  const auto head = std::make_unique<RequestHead>();
  std::vector<double> ours;
  std::vector<double> beasts;
  ours.reserve(turns);
  beasts.reserve(turns);
  for (int turn = 0; turn < turns; ++turn) {
    ours.push_back(nanoseconds_of([&] { read_with_ours(text, *head); }));
    beasts.push_back(nanoseconds_of([&] { read_with_beast(text); }));
  }
  print({.what = what, .nanoseconds = median(ours), .beasts = median(beasts)});
}

// All that a proxied request asks of this folder but its body.
void read_judge_write(std::string_view what, std::string_view text) {
  constexpr std::array<std::string_view, 1> upgrades = {"websocket"};
  const auto head = std::make_unique<RequestHead>();
  Request request;
  std::array<char, 4096> output;
  measure(what, [&] {
    read_with_ours(text, *head);
    KAI_CHECK(!judge_request(*head, {.upgrade_protocols = upgrades}, request));
    const auto size = write_request_head(
        request, {.peer_address = "192.0.2.7", .scheme = "http", .request_id = "0123456789abcdef"},
        output);
    KAI_CHECK(size.has_value());
    keep(output);
  });
}

void answer(std::string_view what) {
  constexpr std::string_view text =
      "HTTP/1.1 200 OK\r\nServer: shop\r\nDate: Wed, 25 Nov 2026 12:00:00 GMT\r\n"
      "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n";
  const auto head = std::make_unique<ResponseHead>();
  Request request;
  request.keeps_alive = true;
  Response response;
  std::array<char, 4096> output;
  measure(what, [&] {
    HeadProgress progress;
    KAI_CHECK(parse_response_head(progress, text, *head).progress == Progress::complete);
    KAI_CHECK(!judge_response(*head, {}, response));
    const auto size = write_response_head(
        response, {.plan = plan_answer(request, response, {}), .request_id = "0123456789abcdef"},
        output);
    KAI_CHECK(size.has_value());
    keep(output);
  });
}

// The worst that a client can do: a line as long as it may be, a byte at a time.
void dripped(std::string_view what, const std::string& line) {
  const std::string text = "GET / HTTP/1.1\r\nHost: x\r\n" + line;
  const auto head = std::make_unique<RequestHead>();
  const auto begin = Steady::now();
  HeadProgress progress;
  for (std::size_t size = 1; size <= text.size(); ++size) {
    const HeadStep step =
        parse_request_head(progress, std::string_view(text).substr(0, size), *head);
    KAI_CHECK(step.progress == Progress::need_more);
  }
  const std::chrono::duration<double, std::nano> time = Steady::now() - begin;
  print({.what = what, .nanoseconds = time.count() / static_cast<double>(text.size())});
}

void run() {
  against_beast("read, small head", small_head);
  against_beast("read, browser's head", browser_head);
  read_judge_write("read, judge, write, small head", small_head);
  read_judge_write("read, judge, write, browser's head", browser_head);
  answer("read, judge, write, answer");
  dripped("dripped value of 8 KiB, a byte", "A: " + std::string(field_bytes_max - 3, 'a'));
  dripped("dripped name of 8 KiB, a byte", std::string(field_bytes_max, 'a'));
}

}  // namespace
}  // namespace kai::splitter

int main() { kai::splitter::run(); }
