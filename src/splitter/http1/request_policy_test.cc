#include "splitter/http1/request_policy.h"

#include <gtest/gtest.h>

#include <memory>
#include <string_view>

#include "base/check.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/progress.h"

// What is refused and what passes stands in tests/http1; here is what a request says to routing.
namespace kai::splitter {
namespace {

class RequestPolicy : public testing::Test {
 protected:
  const Request& judged(std::string_view text) {
    HeadProgress progress;
    KAI_CHECK(parse_request_head(progress, text, *head_).progress == Progress::complete);
    KAI_CHECK(!judge_request(*head_, {}, request_));
    return request_;
  }

 private:
  std::unique_ptr<RequestHead> head_ = std::make_unique<RequestHead>();
  Request request_;
};

TEST_F(RequestPolicy, RoutingSeesMethodHostAndPath) {
  const Request& request = judged("POST /a/b?c=d HTTP/1.1\r\nHost: Shop.Example:8080\r\n\r\n");
  EXPECT_EQ(request.method, Method::post);
  EXPECT_EQ(request.host(), "shop.example");
  EXPECT_EQ(request.authority, "Shop.Example:8080");
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_EQ(request.query, "?c=d");
  EXPECT_TRUE(request.keeps_alive);
}

TEST_F(RequestPolicy, ThePortIsNoPartOfAnIpv6Host) {
  EXPECT_EQ(judged("GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n").host(), "[2001:db8::1]");
}

TEST_F(RequestPolicy, NothingOfAnEarlierRequestIsLeft) {
  judged(
      "PUT / HTTP/1.1\r\nHost: abc\r\nExpect: 100-continue\r\nTE: trailers\r\n"
      "Content-Length: 5\r\n\r\n");
  const Request& request = judged("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(request.host(), "");
  EXPECT_EQ(request.authority, "");
  EXPECT_EQ(request.body, Body{});
  EXPECT_FALSE(request.expects_continue);
  EXPECT_FALSE(request.accepts_trailers);
  EXPECT_FALSE(request.keeps_alive);
}

TEST_F(RequestPolicy, KeepAliveIsTheDefaultOnlyOfHttp11) {
  EXPECT_FALSE(judged("GET / HTTP/1.1\r\nHost: x\r\nConnection: a, Close\r\n\r\n").keeps_alive);
  EXPECT_TRUE(judged("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keeps_alive);
  EXPECT_FALSE(judged("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n").keeps_alive);
}

}  // namespace
}  // namespace kai::splitter
