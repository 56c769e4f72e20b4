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

TEST(FreePort, NoPortIsNeverFree) { EXPECT_FALSE(is_port_free(0)); }

}  // namespace
}  // namespace kai::net
