// The request path allocates nothing: this program counts every call of the global new.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/field.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/head_writer.h"
#include "splitter/http1/message.h"
#include "splitter/http1/own_answer.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/request_policy.h"
#include "splitter/http1/response_policy.h"
#include "splitter/http1/target.h"
#include "tests/fakes/counting_new.h"

namespace kai::splitter {
namespace {

// What a worker has once.
struct Scratch {
  RequestHead request_head;
  ResponseHead response_head;
  Request request;
  Response response;
  std::array<char, 4096> output;
};

bool forward_request(Scratch& scratch, std::string_view text) {
  constexpr std::array<std::string_view, 1> upgrades = {"websocket"};
  HeadProgress progress;
  for (const std::size_t size : {text.size() / 2, text.size()}) {
    static_cast<void>(parse_request_head(progress, text.substr(0, size), scratch.request_head));
  }
  if (judge_request(scratch.request_head, {.upgrade_protocols = upgrades}, scratch.request)) {
    return false;
  }
  std::array<char, 64> path;
  return !path_for_matching(scratch.request.path, path).empty() &&
         find_cookie(scratch.request.fields, "uid").count == 1 &&
         find_field(scratch.request.fields, "x-user").count == 0 &&
         write_request_head(scratch.request, {.peer_address = "192.0.2.7", .request_id = "id"},
                            scratch.output);
}

bool forward_answer(Scratch& scratch, std::string_view text) {
  HeadProgress progress;
  if (parse_response_head(progress, text, scratch.response_head).progress != Progress::complete ||
      judge_response(scratch.response_head, {}, scratch.response)) {
    return false;
  }
  const AnswerPlan plan = plan_answer(scratch.request, scratch.response, {});
  BodyForwarder body({.from = scratch.response.body, .to = plan.body.framing});
  const BodyStep step = body.next("05;x\r\nhello\r\n0\r\na: b\r\n\r\n");
  return step.progress != BodyProgress::refused &&
         write_response_head(scratch.response, {.plan = plan}, scratch.output);
}

TEST(Allocation, NothingOnTheRequestPathAllocates) {
  const auto scratch = std::make_unique<Scratch>();
  const std::size_t before = fakes::allocations;
  ASSERT_GT(before, 0U) << "nobody counts";
  const bool forwarded = forward_request(
      *scratch,
      "GET http://shop.example/%61 HTTP/1.1\r\nHost: shop.example\r\nConnection: X-A, upgrade\r\n"
      "X-A: 1\r\nUpgrade: websocket\r\nCookie: uid=7\r\nExpect: 100-continue\r\nTE: "
      "trailers\r\n\r\n");
  const bool answered = forward_answer(
      *scratch, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Control: public\r\n\r\n");
  const auto refused = write_own_answer({.status = 400, .sentence = "No."}, scratch->output);
  EXPECT_EQ(fakes::allocations, before);
  EXPECT_TRUE(forwarded && answered && refused);
}

}  // namespace
}  // namespace kai::splitter
