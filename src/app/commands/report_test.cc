// The report of a rollout: written while it runs, read afterwards, replayed.
#include <gtest/gtest.h>

#include "app/report_writer.h"
#include "app/version.h"
#include "codec/json.h"
#include "core/judge/judge_fresh.h"
#include "tests/fakes/golden_file.h"
#include "tests/fakes/sample_rollout.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using fakes::TestCluster;
using std::chrono::seconds;

const std::string screens = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";
const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/output.md";

core::Record running() {
  return fakes::with_weight(fakes::sample_record(core::Phase::progressing, core::Stage::bake), 10);
}

core::Record rolled_back() {
  core::Record record = fakes::because(
      fakes::sample_record(core::Phase::rolled_back, core::Stage::done), "below_success_threshold",
      "api-server: 80% success, limit 95% (20 of 100 canary requests failed; old version 99%)");
  record.end = core::End::failed_on_evidence;
  return record;
}

const Ending rollback{10, "ROLLBACK after 12m41s: api-server: 80% success, limit 95%"};

Arguments with_report(const std::string& path) {
  return {.verb = find_verb("deploy"), .words = {}, .flags = {{"report", path}}};
}

// The engine's part: a judge that begins, and two frames of it, the second one bad.
class Rollout {
 public:
  explicit Rollout(TestCluster& test, const std::string& path = "r.jsonl")
      : writer_(ReportWriter::open(test.app, with_report(path), "").value()) {
    writer_.begin(running());
  }

  void begin_judge() {
    ports::RolloutView view{.record = running()};
    view.judging.emplace_back(core::JudgeBegan{.config = config_, .evidence = {}});
    writer_.show(view, {{"phase", "progressing", "the canary gets *10%* of <all>|requests"}});
  }
  void judge_frame(std::uint64_t errors) {
    core::Frame frame{.sequence = ++sequence_,
                      .span = seconds(30),
                      .services = {{.canary = {.requests = 100, .errors = errors, .slower = {}},
                                    .baseline = {.requests = 900, .errors = 9, .slower = {}}}},
                      .weight_ppm = 100'000};
    const core::Verdict verdict = core::judge_fresh(judge_, frame);
    ports::RolloutView view{.record = running()};
    view.judging.emplace_back(
        core::FrameJudged{.frame = std::move(frame),
                          .verdict = verdict,
                          .sentence = errors == 0 ? "every service holds" : "api-server: 80%"});
    writer_.show(view, {{"verdict", "check", "told with its frame"}});
  }
  void end() { writer_.end(rolled_back(), rollback); }

 private:
  core::JudgeConfig config_{.services = {{.name = "api-server", .edges = {}}},
                            .latency_max_seconds = {}};
  core::Judge judge_ = core::Judge::create(config_).value();
  std::uint64_t sequence_ = 0;
  ReportWriter writer_;
};

void roll_back(TestCluster& test) {
  Rollout rollout(test);
  rollout.begin_judge();
  rollout.judge_frame(0);
  rollout.judge_frame(20);
  rollout.end();
}

// The program's own version is no matter of the golden files.
std::string versionless(std::string text) {
  const std::string version(program_version());
  for (auto at = text.find(version); at != std::string::npos; at = text.find(version))
    text.replace(at, version.size(), "X.Y.Z");
  return text;
}

TEST(Report, ReadsAsMarkdownWithForeignTextAsText) {
  TestCluster test;
  roll_back(test);
  EXPECT_EQ(test.run({"report", "r.jsonl", "--replay"}), 0) << test.err;
  EXPECT_NE(test.out.find("\\*10%\\* of \\<all>\\|requests"), std::string::npos);
  EXPECT_NE(test.err.find("SAME: all 2 verdicts, to the bit"), std::string::npos) << test.err;
  fakes::expect_golden(screens + "report.txt", versionless(test.out));
}

TEST(Report, AsDataIsInTheManual) {
  TestCluster test;
  Rollout rollout(test);
  rollout.begin_judge();
  rollout.judge_frame(20);
  rollout.end();
  EXPECT_EQ(test.run({"report", "r.jsonl", "--replay", "-o", "json"}), 0) << test.err;
  fakes::expect_golden_block(page, "RolloutReport", "json", versionless(test.out));
}

TEST(Report, AVerdictThatIsAnotherOneTodayEndsIn7) {
  TestCluster test;
  roll_back(test);
  std::string& file = test.disk.files["r.jsonl"];
  file.replace(file.find("\"errors\":20"), 11, "\"errors\":0");
  EXPECT_EQ(test.run({"report", "r.jsonl", "--replay"}), 7);
  EXPECT_NE(test.err.find("DIFFERENT: 1 of 2 verdicts; the first in line 5"), std::string::npos)
      << test.err;
}

TEST(Report, CutAnywhereItSaysSoOrIsRefused) {
  TestCluster test;
  roll_back(test);
  const std::string whole = test.disk.files["r.jsonl"];
  const std::size_t head = whole.find('\n');
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    test.disk.files["r.jsonl"] = whole.substr(0, size);
    test.err.clear();
    const int code = test.run({"report", "r.jsonl", "--replay"});
    const bool at_end_of_line = size > 0 && (whole[size] == '\n' || whole[size - 1] == '\n');
    if (size < head) {
      EXPECT_EQ(code, 2) << size;
    } else if (!at_end_of_line) {
      EXPECT_EQ(code, 8) << size;
      EXPECT_NE(test.err.find("could not be read"), std::string::npos) << size;
    }
    EXPECT_TRUE(size < head || test.err.find("no end is in it") != std::string::npos ||
                size + 1 == whole.size())
        << size;
  }
}

TEST(Report, OfWhatIsNoReportIsRefusedWithTheReason) {
  TestCluster test;
  test.disk.files["x.txt"] = "hello\n";
  EXPECT_EQ(test.run({"report", "x.txt"}), 2);
  EXPECT_NE(test.err.find("x.txt is no report of a rollout: its first line"), std::string::npos);
  EXPECT_EQ(test.run({"report", "./nothing"}), 2);
  EXPECT_NE(test.err.find("cannot read the report"), std::string::npos);
  EXPECT_EQ(test.run({"report", "kai", "--replay"}), 2);
  EXPECT_NE(test.err.find("--replay needs the file"), std::string::npos);
}

TEST(Report, WithoutAFileTellsWhatIsStored) {
  TestCluster test;
  test.store(rolled_back());
  test.store_entry("kai", "6e2j1", core::Phase::promoted, core::End::promoted, "all passed", {});
  test.store_entry("kai", "7f3k2", core::Phase::rolled_back, core::End::failed_on_evidence, "bad",
                   {"api-server-canary-0: cannot connect"});
  EXPECT_EQ(test.run({"report", "kai"}), 0) << test.err;
  EXPECT_NE(test.out.find("# Rollout 7f3k2 of shop/kai: failed on evidence"), std::string::npos)
      << test.out;
  EXPECT_NE(test.out.find("- api-server-canary-0: cannot connect"), std::string::npos);
  test.out.clear();
  EXPECT_EQ(test.run({"report", "6e2j1", "-o", "json"}), 0);
  EXPECT_NE(test.out.find("\"exitCode\": 0"), std::string::npos) << test.out;
  EXPECT_EQ(test.run({"report", "nobody"}), 2);
}

TEST(ReportWriter, RefusesAFileThatHoldsSomethingElse) {
  TestCluster test;
  roll_back(test);
  EXPECT_EQ(ReportWriter::open(test.app, with_report("r.jsonl"), "").error(), 2);
  EXPECT_EQ(ReportWriter::open(test.app, with_report("r.jsonl"), "other").error(), 2);
  EXPECT_TRUE(ReportWriter::open(test.app, with_report("r.jsonl"), "7f3k2").has_value());
  test.disk.files["empty"] = "";
  EXPECT_TRUE(ReportWriter::open(test.app, with_report("empty"), "").has_value());
  test.disk.broken.emplace("/no/such", Error{ErrorKind::rejected, "opening /no/such: denied"});
  EXPECT_EQ(ReportWriter::open(test.app, with_report("/no/such"), "").error(), 2);
}

// A crash left half a line: what follows stands on its own one, and there is no second head.
TEST(ReportWriter, GoesOnBehindACutLine) {
  TestCluster test;
  roll_back(test);
  std::string& file = test.disk.files["r.jsonl"];
  file += "{\"kind\":\"fra";
  ReportWriter writer = ReportWriter::open(test.app, with_report("r.jsonl"), "7f3k2").value();
  writer.begin(running());
  writer.end(rolled_back(), rollback);
  EXPECT_EQ(test.run({"report", "r.jsonl", "-o", "json"}), 0);
  EXPECT_NE(test.out.find("\"line\": 7"), std::string::npos) << test.out;
  EXPECT_NE(test.out.find("\"exitCode\": 10"), std::string::npos);
}

TEST(ReportWriter, ADiskThatIsFullIsToldOnceAndStopsNothing) {
  TestCluster test;
  Rollout rollout(test);
  test.disk.broken.emplace("r.jsonl", Error{ErrorKind::unavailable, "no space left"});
  rollout.begin_judge();
  rollout.judge_frame(0);
  EXPECT_EQ(test.err, "warning: the report is not whole: no space left\n");
  test.disk.broken.clear();
  rollout.judge_frame(0);
  rollout.end();
  EXPECT_EQ(test.run({"report", "r.jsonl", "--replay"}), 8) << test.err;
}

// The numbers of the frames say nothing about the last ones.
TEST(ReportWriter, AVerdictThatWasLostBeforeTheEndIsMissed) {
  TestCluster test;
  Rollout rollout(test);
  rollout.begin_judge();
  rollout.judge_frame(0);
  test.disk.broken.emplace("r.jsonl", Error{ErrorKind::unavailable, "no space left"});
  rollout.judge_frame(20);
  test.disk.broken.clear();
  rollout.end();
  test.err.clear();
  EXPECT_EQ(test.run({"report", "r.jsonl", "--replay"}), 8) << test.out;
  EXPECT_NE(test.err.find("could not be written"), std::string::npos) << test.err;
}

// Without its head a file is no report, however much of the rollout is in it.
TEST(ReportWriter, AHeadThatCouldNotBeWrittenStandsBeforeWhatCan) {
  TestCluster test;
  ReportWriter writer = ReportWriter::open(test.app, with_report("r.jsonl"), "").value();
  test.disk.broken.emplace("r.jsonl", Error{ErrorKind::unavailable, "no space left"});
  writer.begin(running());
  writer.show({.record = running()}, {{"phase", "progressing", "lost"}});
  test.disk.broken.clear();
  writer.end(rolled_back(), rollback);
  EXPECT_EQ(test.run({"report", "r.jsonl", "-o", "json"}), 0) << test.err;
  EXPECT_NE(test.out.find("\"exitCode\": 10"), std::string::npos) << test.out;
  EXPECT_NE(test.out.find("could not be written"), std::string::npos) << "the phase is lost";
}

TEST(ReportWriter, WritesNothingWhenNobodyAsked) {
  TestCluster test;
  ReportWriter writer = ReportWriter::open(test.app, {.verb = find_verb("deploy")}, "").value();
  writer.begin(running());
  writer.end(rolled_back(), rollback);
  EXPECT_TRUE(test.disk.log.empty());
}

// What a plan was made from may hold passwords (--set); the report has chosen fields of it only.
TEST(ReportWriter, KeepsWhatAPlanHoldsToItself) {
  TestCluster test;
  core::Record record = running();
  record.plan.inputs.values = {
      {.kind = core::ValueInput::Kind::set, .text = "db.password=hunter2"}};
  record.plan.target.kubeconfig = "/home/ann/.kube/secret-config";
  record.release_plan = Tree(Tree::Map{{"values", "hunter2"}});
  ReportWriter writer = ReportWriter::open(test.app, with_report("r.jsonl"), "").value();
  writer.begin(record);
  writer.show({.record = record}, {{"phase", "paused", "by ann"}});
  writer.end(record, rollback);
  const std::string& file = test.disk.files["r.jsonl"];
  EXPECT_EQ(file.find("hunter2"), std::string::npos);
  EXPECT_EQ(file.find("secret-config"), std::string::npos);
}

}  // namespace
}  // namespace kai::app
