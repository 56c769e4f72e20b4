// TLS between our client and our server: who is trusted, and what a person is told.
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "net/http_beast_client.h"
#include "net/http_server.h"
#include "tests/fakes/test_certificates.h"
#include "tests/fakes/test_loop.h"

namespace kai::net {
namespace {

using fakes::CertificateWish;
using fakes::TestAuthority;
using fakes::TestCertificate;
using std::chrono::hours;

class HttpTlsTest : public testing::Test {
 protected:
  void serve(const TestCertificate& certificate, const std::string& client_authorities_pem = "") {
    auto listening = HttpServer::listen(
        test.loop(),
        {.tls = ServerTlsOptions{.certificate_pem = certificate.certificate_pem,
                                 .key_pem = Secret(certificate.key_pem),
                                 .client_authorities_pem = client_authorities_pem}},
        [this](const HttpServerRequest&, const std::shared_ptr<HttpResponder>& responder) {
          ++requests;
          responder->send({.status = 200, .body = "ok"});
        });
    ASSERT_TRUE(listening.has_value()) << listening.error().message;
    server = std::move(*listening);
  }
  Result<HttpResponse> get(TlsOptions options, const std::string& host = "127.0.0.1",
                           const std::string& method = "GET") {
    const std::string url = "https://" + host + ":" + std::to_string(server->port()) + "/";
    return await<HttpResponse>(test.loop(), [&](Reply<HttpResponse> reply) {
      client.send({.method = method,
                   .url = url,
                   .tls = std::make_shared<const TlsOptions>(std::move(options))},
                  std::move(reply));
    });
  }
  void expect_rejected(const Result<HttpResponse>& answer, const std::string& part) {
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, ErrorKind::rejected) << answer.error().message;
    EXPECT_NE(answer.error().message.find(part), std::string::npos) << answer.error().message;
    EXPECT_EQ(requests, 0);
  }

  fakes::TestLoop test;
  TestAuthority authority{"our authority"};
  TestAuthority stranger{"another authority"};
  CertificateWish here{.names = {"localhost"}, .addresses = {"127.0.0.1"}};
  std::unique_ptr<HttpServer> server;
  BeastHttpClient client{test.loop(), {}};
  int requests = 0;
};

TEST_F(HttpTlsTest, TrustedCertificateOfTheRightNameIsAccepted) {
  serve(authority.issue(here));
  EXPECT_TRUE(get({.authorities_pem = authority.pem()}).has_value());
  EXPECT_TRUE(get({.authorities_pem = authority.pem()}, "localhost").has_value());
  EXPECT_TRUE(
      get({.authorities_pem = stranger.pem() + "text between\n" + authority.pem()}).has_value());
}

TEST_F(HttpTlsTest, EqualOptionsShareAConnectionAndOthersDoNot) {
  serve(authority.issue(here));
  EXPECT_TRUE(get({.authorities_pem = authority.pem()}).has_value());
  EXPECT_TRUE(get({.authorities_pem = authority.pem()}).has_value());
  EXPECT_EQ(server->connections_accepted(), 1U);
  EXPECT_TRUE(get({.authorities_pem = authority.pem(), .server_name = "localhost"}).has_value());
  EXPECT_EQ(server->connections_accepted(), 2U);
}

TEST_F(HttpTlsTest, UnknownAuthorityIsRejected) {
  serve(authority.issue(here));
  expect_rejected(get({.authorities_pem = stranger.pem()}),
                  "signed by an authority that is not trusted; give its CA");
}

TEST_F(HttpTlsTest, GivenAuthoritiesDoNotAddToTheSystems) {
  serve(authority.issue(here));
  expect_rejected(get({}), "not trusted");
}

TEST_F(HttpTlsTest, OtherNameIsRejected) {
  serve(authority.issue({.names = {"other.example"}}));
  expect_rejected(get({.authorities_pem = authority.pem()}), "is not for 127.0.0.1");
  expect_rejected(get({.authorities_pem = authority.pem()}, "localhost"), "is not for localhost");
  EXPECT_TRUE(
      get({.authorities_pem = authority.pem(), .server_name = "other.example"}).has_value());
}

TEST_F(HttpTlsTest, CommonNameAloneDoesNotCount) {
  serve(authority.issue({}));  // its common name is "test"
  expect_rejected(get({.authorities_pem = authority.pem(), .server_name = "test"}),
                  "is not for test");
}

TEST_F(HttpTlsTest, ExpiredCertificateIsRejected) {
  here.valid_from = -hours(48);
  here.valid_until = -hours(1);
  serve(authority.issue(here));
  expect_rejected(get({.authorities_pem = authority.pem()}), "has expired");
}

TEST_F(HttpTlsTest, CertificateOfTheFutureIsRejected) {
  here.valid_from = hours(1);
  serve(authority.issue(here));
  expect_rejected(get({.authorities_pem = authority.pem()}), "not valid yet; check the clocks");
}

TEST_F(HttpTlsTest, VerificationCanBeSwitchedOff) {
  serve(stranger.issue(
      {.names = {"other.example"}, .valid_from = -hours(2), .valid_until = -hours(1)}));
  EXPECT_TRUE(get({.insecure_skip_verify = true}).has_value());
}

TEST_F(HttpTlsTest, ClientCertificateOpensTheDoor) {
  serve(authority.issue(here), authority.pem());
  const TestCertificate ours = authority.issue({});
  EXPECT_TRUE(get({.authorities_pem = authority.pem(),
                   .certificate_pem = ours.certificate_pem,
                   .key_pem = Secret(ours.key_pem)})
                  .has_value());
}

TEST_F(HttpTlsTest, MissingClientCertificateIsRejected) {
  serve(authority.issue(here), authority.pem());
  expect_rejected(get({.authorities_pem = authority.pem()}),
                  "does not accept our client certificate, or wants one");
}

TEST_F(HttpTlsTest, ClientCertificateOfAStrangerIsRejected) {
  serve(authority.issue(here), authority.pem());
  const TestCertificate ours = stranger.issue({});
  expect_rejected(get({.authorities_pem = authority.pem(),
                       .certificate_pem = ours.certificate_pem,
                       .key_pem = Secret(ours.key_pem)}),
                  "does not accept our client certificate");
}

TEST_F(HttpTlsTest, BrokenPemIsRejectedWithItsPart) {
  serve(authority.issue(here));
  const TestCertificate ours = authority.issue({});
  const TestCertificate other = authority.issue({});
  expect_rejected(get({.authorities_pem = "no pem"}),
                  "the given authorities not usable: it holds no PEM certificate");
  expect_rejected(get({.authorities_pem = authority.pem().substr(0, 200)}),
                  "the given authorities not usable");
  expect_rejected(get({.certificate_pem = ours.certificate_pem, .key_pem = Secret("x")}),
                  "no unencrypted PEM key");
  expect_rejected(get({.certificate_pem = ours.certificate_pem, .key_pem = Secret(other.key_pem)}),
                  "it does not belong to the certificate");
}

TEST_F(HttpTlsTest, PlainPortIsRejected) {
  auto plain = HttpServer::listen(
      test.loop(), {}, [](const HttpServerRequest&, const std::shared_ptr<HttpResponder>&) {});
  ASSERT_TRUE(plain.has_value());
  server = std::move(*plain);
  expect_rejected(get({.authorities_pem = authority.pem()}), "the port does not speak TLS");
}

TEST_F(HttpTlsTest, AuthoritiesOfAFileAreTrustedByDefault) {
  serve(authority.issue(here));
  const std::string path = testing::TempDir() + "kai_authorities.pem";
  FILE* const file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  std::fputs(authority.pem().c_str(), file);
  std::fclose(file);
  BeastHttpClient with_file(test.loop(), {.authorities_file = path});
  const std::string url = "https://127.0.0.1:" + std::to_string(server->port()) + "/";
  const auto answer = await<HttpResponse>(test.loop(), [&](Reply<HttpResponse> reply) {
    with_file.send({.url = url}, std::move(reply));
  });
  EXPECT_TRUE(answer.has_value());
  BeastHttpClient without(test.loop(), {.authorities_file = path + ".missing"});
  const auto refused = await<HttpResponse>(test.loop(), [&](Reply<HttpResponse> reply) {
    without.send({.url = url}, std::move(reply));
  });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::rejected);
}

// The port accepts but never answers the greeting: the connect time-out names the handshake.
TEST_F(HttpTlsTest, HandshakeThatHangsIsUnavailable) {
  // A listener whose loop does not run: the kernel connects, nobody answers.
  fakes::TestLoop asleep;
  auto hanging = HttpServer::listen(
      asleep.loop(), {}, [](const HttpServerRequest&, const std::shared_ptr<HttpResponder>&) {});
  ASSERT_TRUE(hanging.has_value());
  std::vector<Result<HttpResponse>> replies;
  client.send({.url = "https://127.0.0.1:" + std::to_string((*hanging)->port()) + "/"},
              [&](Result<HttpResponse> result) { replies.push_back(std::move(result)); });
  test.turn(10);
  test.advance(std::chrono::seconds(5));
  test.run_until([&] { return !replies.empty(); });
  EXPECT_EQ(replies.front().error().kind, ErrorKind::unavailable);
  EXPECT_NE(replies.front().error().message.find("TLS handshake: no success within 5s"),
            std::string::npos)
      << replies.front().error().message;
}

}  // namespace
}  // namespace kai::net
