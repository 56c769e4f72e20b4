#include "edges/helm/helm_run.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

TEST(HelmRun, OutputOfASuccessIsStdout) {
  EXPECT_EQ(helm_output({.exit_code = 0, .out = "{}", .err = "WARNING: x"}), "{}");
}

TEST(HelmRun, FailureCarriesHelmsWordsMadeSafe) {
  const auto output =
      helm_output({.exit_code = 1, .err = "Error: \x1b[31mno such template\n\n  at line 3\n"});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().kind, ErrorKind::rejected);
  EXPECT_EQ(output.error().message.find('\x1b'), std::string::npos);
  EXPECT_NE(output.error().message.find("no such template\n  at line 3"), std::string::npos);
}

TEST(HelmRun, ReasonBeginsAtTheLineOfTheError) {
  EXPECT_EQ(reason_of("level=WARN msg=x\nWARNING: y\nError: UPGRADE FAILED: z\nmore\n"),
            "Error: UPGRADE FAILED: z\nmore");
  EXPECT_EQ(reason_of("Error: z"), "Error: z");
  EXPECT_EQ(reason_of("panic: z"), "panic: z");
}

TEST(HelmRun, SilentFailureNamesItsExitCode) {
  EXPECT_EQ(helm_output({.exit_code = 143}).error().message, "helm ended with exit code 143");
}

TEST(HelmRun, UnreachableClusterIsUnavailable) {
  const auto output =
      helm_output({.exit_code = 1,
                   .err = "Error: Kubernetes cluster unreachable: dial tcp: connection refused"});
  EXPECT_EQ(output.error().kind, ErrorKind::unavailable);
}

TEST(HelmRun, TimeOutIsUnavailableAndTruncationMalformed) {
  EXPECT_EQ(helm_output({.exit_code = 143, .timed_out = true}).error().kind,
            ErrorKind::unavailable);
  EXPECT_EQ(helm_output({.exit_code = 0, .truncated = true}).error().kind, ErrorKind::malformed);
}

TEST(HelmRun, OnlyTheLastLinesOfALongComplaintAreKept) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "line " + std::to_string(i) + "\n";
  const std::string shown = printable_lines(text);
  EXPECT_TRUE(shown.starts_with("line 60\n"));
  EXPECT_TRUE(shown.ends_with("line 99"));
}

}  // namespace
}  // namespace kai::edges
