#include "edges/prometheus/prom_samples.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kai::edges {
namespace {

std::string matrix(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

const std::string good = matrix(
    R"({"metric":{"__name__":"up","pod":"a"},"values":[[1700000000.125,"1"],[1700000001,"2.5e0"]]})");

ErrorKind kind_of(const std::string& body) {
  const auto answer = parse_prom_answer(body);
  EXPECT_FALSE(answer) << body;
  return answer ? ErrorKind::no_data : answer.error().kind;
}

TEST(PromSamples, MatrixKeepsLabelsTimesAndValues) {
  const auto answer = parse_prom_answer(good);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->size(), 1U);
  const PromSeries& series = answer->front();
  EXPECT_EQ(series.label("pod"), "a");
  EXPECT_EQ(series.label("absent"), "");
  ASSERT_EQ(series.samples.size(), 2U);
  EXPECT_EQ(series.samples[0].at.since_epoch, std::chrono::milliseconds(1700000000125));
  EXPECT_EQ(series.samples[1].value, 2.5);
}

TEST(PromSamples, VectorAndScalarAreOneSampleEach) {
  const auto vector = parse_prom_answer(
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[5,"7"]}]}})");
  ASSERT_TRUE(vector);
  EXPECT_EQ(vector->front().samples.front().value, 7);
  const auto scalar =
      parse_prom_answer(R"({"status":"success","data":{"resultType":"scalar","result":[5,"6"]}})");
  ASSERT_TRUE(scalar);
  EXPECT_EQ(scalar->front().samples.front().value, 6);
}

TEST(PromSamples, NothingFoundIsAnEmptyAnswer) {
  EXPECT_TRUE(parse_prom_answer(matrix(""))->empty());
}

TEST(PromSamples, NotANumberStaysOneSoThatOthersCanBeCounted) {
  for (const char* value : {"NaN", "+Inf", "-Inf"}) {
    const auto answer =
        parse_prom_answer(matrix(R"({"metric":{},"values":[[1,")" + std::string(value) + "\"]]}"));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::isnan(answer->front().samples.front().value));
  }
}

TEST(PromSamples, PartialAnswersAreNoAnswers) {
  const std::string result = R"("data":{"resultType":"matrix","result":[]})";
  const std::string warned =
      R"({"status":"success","warnings":["a store timed out"],)" + result + "}";
  EXPECT_EQ(kind_of(warned), ErrorKind::unavailable);
  EXPECT_NE(parse_prom_answer(warned).error().message.find("'a store timed out'"),
            std::string::npos);
  EXPECT_EQ(kind_of(R"({"status":"success","isPartial":true,)" + result + "}"),
            ErrorKind::unavailable);
  EXPECT_TRUE(parse_prom_answer(R"({"status":"success","infos":["x"],)" + result + "}"));
}

TEST(PromSamples, ErrorWithDataIsStillAnError) {
  EXPECT_EQ(kind_of(R"({"status":"error","errorType":"bad_data","error":"x",)"
                    R"("data":{"resultType":"matrix","result":[]}})"),
            ErrorKind::rejected);
}

TEST(PromSamples, GarbageIsMalformed) {
  for (const char* body :
       {"", "null", "[]", "<html><body>Bad gateway</body></html>", "{", R"({"status":"success"})",
        R"({"status":"success","data":null})", R"({"status":7})",
        R"({"status":"success","data":{"resultType":"matrix","result":{}}})",
        R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})",
        R"({"status":"success","data":{"resultType":"matrix","result":[null]}})"}) {
    EXPECT_EQ(kind_of(body), ErrorKind::malformed) << body;
  }
}

TEST(PromSamples, BrokenSeriesAreMalformed) {
  for (const char* series :
       {R"({"values":[[1,"1"]]})", R"({"metric":{"a":1},"values":[[1,"1"]]})", R"({"metric":{}})",
        R"({"metric":{},"values":[[1]]})", R"({"metric":{},"values":[[1,1]]})",
        R"({"metric":{},"values":[["1","1"]]})", R"({"metric":{},"values":[[1,"one"]]})",
        R"({"metric":{},"values":[[1,"0x10"]]})", R"({"metric":{},"values":[[1,""]]})",
        R"({"metric":{},"values":[[2,"1"],[1,"1"]]})",
        R"({"metric":{},"values":[[1,"1"],[1,"1"]]})", R"({"metric":{},"values":[[-1,"1"]]})",
        R"({"metric":{},"values":[[1e300,"1"]]})", R"({"metric":{},"histograms":[[1,{}]]})",
        R"({"metric":{},"values":{}})"}) {
    EXPECT_EQ(kind_of(matrix(series)), ErrorKind::malformed) << series;
  }
}

TEST(PromSamples, EveryCutOfAnAnswerIsMalformed) {
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(kind_of(good.substr(0, length)), ErrorKind::malformed) << length;
  }
}

TEST(PromSamples, DepthIsLimited) {
  EXPECT_EQ(kind_of(std::string(100'000, '[')), ErrorKind::malformed);
}

TEST(PromSamples, SeriesBeyondTheLimitAreMalformed) {
  std::string series;
  for (std::size_t i = 0; i < prom_series_max; ++i) series += R"({"metric":{},"values":[]},)";
  EXPECT_TRUE(parse_prom_answer(matrix(series.substr(0, series.size() - 1))));
  const auto answer = parse_prom_answer(matrix(series + R"({"metric":{},"values":[]})"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::malformed);
  EXPECT_NE(answer.error().message.find("50001 series"), std::string::npos);
}

TEST(PromSamples, StatusSaysWhetherToAskAgain) {
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(prom_refusal(status, "busy").kind, ErrorKind::unavailable) << status;
  }
  for (const int status : {301, 400, 401, 403, 404, 422}) {
    EXPECT_EQ(prom_refusal(status, "no").kind, ErrorKind::rejected) << status;
  }
  const Error error =
      prom_refusal(422, R"({"status":"error","errorType":"execution","error":"too many samples"})");
  EXPECT_EQ(error.message, "HTTP 422, execution: 'too many samples'");
}

}  // namespace
}  // namespace kai::edges
