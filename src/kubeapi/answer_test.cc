#include "kubeapi/answer.h"

#include <gtest/gtest.h>

namespace kai::kubeapi {
namespace {

std::string status_body(int code, const std::string& reason, const std::string& message,
                        const std::string& causes = "") {
  return R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":)" + std::to_string(code) +
         R"(,"reason":")" + reason + R"(","message":")" + message + R"(","details":{)" +
         (causes.empty() ? "" : R"("causes":[)" + causes + "]") + "}}";
}

Result<Answer> answer(int code, std::string body,
                      Asked asked = {.what = "patch Service shop/api"}) {
  return answer_from({.status = code, .body = std::move(body)}, asked);
}

TEST(Answer, MapsEveryRefusalToItsOutcome) {
  using Outcome = Answer::Outcome;
  const std::string cause = R"({"reason":"FieldValueInvalid","field":"spec.port","message":"bad"})";
  struct Row {
    int code;
    std::string body;
    bool json_patch;
    Outcome outcome;
  };
  const std::vector<Row> rows = {
      {200, R"({"kind":"Service"})", false, Outcome::done},
      {201, R"({"kind":"Service"})", false, Outcome::done},
      {404, status_body(404, "NotFound", "no such"), false, Outcome::not_found},
      {404, "404 page not found\n", false, Outcome::not_found},
      {409, status_body(409, "AlreadyExists", "there"), false, Outcome::already_exists},
      {409, status_body(409, "Conflict", "modified"), false, Outcome::conflict},
      {422, status_body(422, "Invalid", "test failed"), true, Outcome::conflict},
      {422, status_body(422, "Invalid", "test failed"), false, Outcome::refused},
      {422, status_body(422, "Invalid", "bad", cause), true, Outcome::refused},
      {403, status_body(403, "Forbidden", "exceeded quota"), false, Outcome::refused},
      {400, status_body(400, "BadRequest", "strict decoding"), false, Outcome::refused},
      {413, status_body(413, "RequestEntityTooLarge", "limit"), false, Outcome::refused},
      {500, status_body(500, "", "failed to create typed patch object (x)"), false,
       Outcome::refused},
  };
  for (const Row& row : rows) {
    const auto got = answer(row.code, row.body,
                            {.what = "patch Service shop/api", .json_patch = row.json_patch});
    ASSERT_TRUE(got.has_value()) << row.body << got.error().message;
    EXPECT_EQ(got->outcome, row.outcome) << row.code << " " << row.body;
    EXPECT_EQ(got->message.empty(), row.outcome == Outcome::done) << row.body;
  }
}

TEST(Answer, WhatMayPassIsUnavailable) {
  for (const int code : {429, 500, 502, 503, 504}) {
    const auto got = answer(code, status_body(code, "", "etcdserver: request timed out"));
    ASSERT_FALSE(got.has_value()) << code;
    EXPECT_EQ(got.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(got.error().message, "patch Service shop/api: etcdserver: request timed out");
  }
}

TEST(Answer, AWriteThatTheServerBrokeOffHasAnUnknownOutcome) {
  const Asked asked{.what = "patch Service shop/api", .write = true};
  const auto broken = answer(504, status_body(504, "Timeout", "timed out"), asked);
  EXPECT_EQ(broken.error().message, "patch Service shop/api: timed out; the outcome is unknown");
  const auto refused = answer(429, status_body(429, "TooManyRequests", "slow down"), asked);
  EXPECT_EQ(refused.error().message, "patch Service shop/api: slow down");
}

TEST(Answer, UnknownCredentialsAreRejected) {
  const auto got = answer(401, status_body(401, "Unauthorized", "Unauthorized"));
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind, ErrorKind::rejected);
  EXPECT_NE(got.error().message.find("does not know these credentials"), std::string::npos);
}

// A proxy's page must pass neither for "there is none" nor for an object.
TEST(Answer, APageOfAProxyIsMalformed) {
  const std::string page = "<html><body>Not Found</body></html>";
  for (const int code : {200, 301, 403, 404, 409, 422}) {
    const auto got = answer(code, page);
    ASSERT_FALSE(got.has_value()) << code;
    EXPECT_EQ(got.error().kind, ErrorKind::malformed) << code;
  }
  EXPECT_EQ(answer(502, page).error().kind, ErrorKind::unavailable);
}

TEST(Answer, HalfJsonNanAndListsAreMalformed) {
  for (const std::string body : {R"({"kind":"Serv)", R"({"a":NaN})", "[]", "1", "", "null"}) {
    const auto got = answer(200, body);
    ASSERT_FALSE(got.has_value()) << body;
    EXPECT_EQ(got.error().kind, ErrorKind::malformed) << body;
  }
}

TEST(Answer, CausesAreNamedAndTheMessageIsCutAndPrintable) {
  const auto invalid = answer(
      422, status_body(422, "Invalid", "Service is invalid",
                       R"({"field":"spec.port","message":"must be above 0"},{"message":"x"})"));
  EXPECT_EQ(invalid->message, "Service is invalid (spec.port: must be above 0; x)");
  const auto strange = answer(403, status_body(403, "Forbidden", R"(\u001b[31mred\nline)"));
  EXPECT_EQ(strange->message.find('\x1b'), std::string::npos);
  EXPECT_EQ(strange->message.find('\n'), std::string::npos);
  const auto much = answer(403, status_body(403, "Forbidden", std::string(100'000, 'x')));
  EXPECT_EQ(much->message.size(), message_bytes_max + 3);
}

TEST(Answer, NothingThatTheServerSaysAboutASecretIsPassedOn) {
  const Asked asked{.what = "update Secret shop/token", .json_patch = true, .secret = true};
  const std::vector<std::pair<int, std::string>> responses = {
      {200, R"({"data":{"token":"aHVudGVyMg==)"},
      {422, status_body(422, "Invalid", "aHVudGVyMg==", R"({"message":"aHVudGVyMg=="})")},
      {403, status_body(403, "Forbidden", "aHVudGVyMg==")},
      {500, "panic: aHVudGVyMg=="},
      {401, "aHVudGVyMg=="},
      {301, "aHVudGVyMg=="},
  };
  for (const auto& [code, body] : responses) {
    const auto got = answer(code, body, asked);
    const std::string message = got ? got->message : got.error().message;
    EXPECT_EQ(message.find("aHVud"), std::string::npos) << message;
    EXPECT_FALSE(message.empty());
  }
  const auto forbidden = answer(403, status_body(403, "Forbidden", "x"), asked);
  EXPECT_TRUE(forbidden->message.starts_with("HTTP 403 Forbidden")) << forbidden->message;
}

TEST(Answer, AConflictIsUnavailableToWhomTheDifferenceDoesNotMatter) {
  const auto conflict = object_of(answer(409, status_body(409, "Conflict", "modified")), "save");
  EXPECT_EQ(conflict.error(),
            (Error{ErrorKind::unavailable, "save: changed by someone else: modified"}));
  const auto refused = object_of(answer(403, status_body(403, "Forbidden", "no")), "save");
  EXPECT_EQ(refused.error(), (Error{ErrorKind::rejected, "save: no"}));
  EXPECT_EQ(object_of(answer(404, status_body(404, "NotFound", "gone")), "save").error().kind,
            ErrorKind::rejected);
}

}  // namespace
}  // namespace kai::kubeapi
