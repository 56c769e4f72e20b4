#include "net/free_port.h"

#include <gtest/gtest.h>

#include "net/http_server.h"
#include "tests/fakes/test_loop.h"

namespace kai::net {
namespace {

TEST(FreePort, APortIsFreeUntilSomebodyListensOnIt) {
  fakes::TestLoop test;
  std::uint16_t port = 0;
  {
    auto server = HttpServer::listen(test.loop(), {}, [](auto, auto) {});
    ASSERT_TRUE(server);
    port = (*server)->port();
    EXPECT_FALSE(is_port_free(port));
  }
  EXPECT_TRUE(is_port_free(port));
  EXPECT_TRUE(is_port_free(port)) << "asking took it";
}

TEST(FreePort, AnAddressThatSomebodyListensOnSaysWhy) {
  fakes::TestLoop test;
  auto server = HttpServer::listen(test.loop(), {}, [](auto, auto) {});
  ASSERT_TRUE(server);
  const std::string port = std::to_string((*server)->port());
  for (const std::string host : {"127.0.0.1:", "0.0.0.0:"}) {
    const auto may = may_listen(host + port);
    ASSERT_FALSE(may) << host;
    EXPECT_EQ(may.error().kind, ErrorKind::rejected);
    EXPECT_EQ(may.error().message, "cannot listen on " + host + port + ": Address already in use");
  }
  server->reset();
  EXPECT_TRUE(may_listen("127.0.0.1:" + port));
  EXPECT_TRUE(may_listen("127.0.0.1:" + port)) << "asking took it";
  for (const char* const wrong : {"", "8080", "127.0.0.1", "127.0.0.1:0", "a:80", "192.0.2.1:8080"})
    EXPECT_FALSE(may_listen(wrong)) << wrong;
}

TEST(FreePort, NoPortIsNeverFree) { EXPECT_FALSE(is_port_free(0)); }

}  // namespace
}  // namespace kai::net
