// The plan as people see it: tests/golden/screens/plan*.txt.
#include "app/screen/findings.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "tests/fakes/golden_file.h"
#include "tests/fakes/readable_codes.h"
#include "tests/fakes/sample_rollout.h"

namespace kai::app {
namespace {

using ports::Severity;

const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/output.md";
const std::string folder = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";

engine::Prepared prepared() {
  engine::Prepared all{
      .record = fakes::sample_record(core::Phase::progressing, core::Stage::bring_up),
      .findings = {},
      .sections = {}};
  all.sections = {{.title = "Release", .lines = {"revision 4, deployed, server-side apply"}},
                  {.title = "Route", .lines = {"HTTPRoute shop/public, rule 0: api-server:80"}}};
  all.findings = {{.check = "P9",
                   .severity = Severity::note,
                   .message = "2 Deployments change: api-server, coordinator-service",
                   .remedy = ""},
                  {.check = "M4",
                   .severity = Severity::warning,
                   .message = "600 requests of the canary can only reveal +2.6 points or worse",
                   .remedy = "take a longer --canary-time"}};
  return all;
}

engine::Prepared refused() {
  engine::Prepared all = prepared();
  all.findings.push_back({.check = "P5",
                          .severity = Severity::refused,
                          .message = "helm template failed:\nError: nil pointer at api.yaml:12\n"
                                     "Use --debug",
                          .remedy = "mend the template"});
  all.findings.push_back({.check = "M1",
                          .severity = Severity::cannot_measure,
                          .message = "no series of service api-server",
                          .remedy = ""});
  return all;
}

std::string shown(const engine::Prepared& plan, const Look& look) {
  return fakes::readable_codes(text_of(plan_lines(plan.record.plan, plan, Asked::cluster), look));
}

TEST(Plan, SaysFirstWhetherARolloutCouldStartAndWhyNot) {
  fakes::expect_golden(folder + "plan.txt", "== could start\n" + shown(prepared(), {}) +
                                                "== could not start\n" + shown(refused(), {}) +
                                                "== with colours\n" +
                                                shown(refused(), {.colour = true}));
}

TEST(Plan, AsDataForPolicyChecks) {
  const engine::Prepared plan = refused();
  fakes::expect_golden_block(
      page, "Plan", "json",
      codec::write_json_pretty(plan_tree(plan.record.plan, plan, Asked::cluster)) + "\n");
}

TEST(Plan, NoEscapeSequenceFromOutsideReachesTheTerminal) {
  engine::Prepared plan = refused();
  const std::string evil = "\x1b[2Jx\ny\x07";
  plan.findings.back().message = plan.findings.back().remedy = evil;
  plan.sections.front() = {.title = evil, .lines = {evil}};
  plan.record.canary_version = evil;
  const std::string text = text_of(plan_lines(plan.record.plan, plan, Asked::cluster), {});
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(text.find('\x07'), std::string::npos) << text;
}

}  // namespace
}  // namespace kai::app
