// releases, versions and rollback against Helm's own records in a cluster in memory.
#include <gtest/gtest.h>

#include "tests/fakes/golden_file.h"
#include "tests/fakes/sample_rollout.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using core::End;
using core::Phase;
using core::Stage;
using fakes::TestCluster;

const std::string screens = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";
const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/output.md";

struct Releases : ::testing::Test {
  TestCluster test;

  Releases() {
    test.store_revision("kai", 1, "superseded", "Install complete");
    test.store_revision("kai", 2, "failed", "Upgrade \"kai\" failed: timed out");
    test.store_revision("kai", 3, "deployed", "Upgrade complete");
    test.store_revision("billing", 1, "deployed", "Install complete");
    test.store_revision("cart", 1, "deployed", "Install complete");
    test.store_entry("billing", "6e2j1", Phase::rolled_back, End::failed_on_evidence,
                     "api-server: 80% success, limit 95%");
    test.store(
        fakes::because(fakes::with_weight(fakes::sample_record(Phase::paused, Stage::bake), 10),
                       "paused", "paused by bob"));
    test.process.on({"helm", "version"}).exit(0, "v4.0.4");
    test.process.on({"helm", "rollback"}).exit(0, "Rollback was a success!");
  }
};

TEST_F(Releases, AllOfThemWithTheirLastCanary) {
  EXPECT_EQ(test.run({"releases"}), 0) << test.err;
  std::string text = "== releases\n" + test.out;
  EXPECT_EQ(test.run({"releases", "-o", "name"}), 0);
  text += "== releases -o name\n" + test.out;
  fakes::expect_golden(screens + "releases.txt", text);
  EXPECT_EQ(test.run({"releases", "-o", "json"}), 0);
  fakes::expect_golden_block(page, "ReleaseList", "json", test.out);
  const std::string by_verb = test.out;
  EXPECT_EQ(test.run({"helm-deploy", "--list-releases", "-o", "json"}), 0);
  EXPECT_EQ(test.out, by_verb);
}

TEST_F(Releases, WithFewerRightsTheOneNamespaceIsShown) {
  test.kube.refuses["GET /api/v1/secrets"] = 403;
  EXPECT_EQ(test.run({"releases", "-o", "name"}), 0) << test.err;
  EXPECT_EQ(test.out, "billing\ncart\nkai\n");
}

TEST_F(Releases, ACanaryThatCannotBeReadIsNamed) {
  test.store_entry("cart", "bad", "{}");
  EXPECT_EQ(test.run({"releases", "-o", "name"}), 0);
  EXPECT_TRUE(test.err.starts_with("warning: 1 entry could not be read:\n")) << test.err;
}

TEST_F(Releases, TheRevisionsOfARelease) {
  EXPECT_EQ(test.run({"versions", "kai"}), 0) << test.err;
  std::string text = "== versions\n" + test.out;
  EXPECT_EQ(test.run({"versions", "kai", "-o", "name"}), 0);
  text += "== versions -o name\n" + test.out;
  fakes::expect_golden(screens + "versions.txt", text);
  EXPECT_EQ(test.run({"versions", "kai", "-o", "json"}), 0);
  fakes::expect_golden_block(page, "VersionList", "json", test.out);
}

TEST_F(Releases, AReleaseThatIsNotThereHasNoVersions) {
  EXPECT_EQ(test.run({"versions", "kia"}), 4);
  EXPECT_EQ(test.err,
            "kai-canary: cannot list the versions of kia: there is no release 'kia' in namespace "
            "'shop'\n");
}

TEST_F(Releases, RollbackGoesToTheNewestGoodRevision) {
  EXPECT_EQ(test.run({"rollback", "billing", "7"}), 4);
  EXPECT_EQ(test.run({"rollback", "cart"}), 4) << "it has no earlier revision";
  EXPECT_EQ(test.run({"rollback", "kai"}), 5) << "a rollout is under way";
  EXPECT_NE(test.err.find("abort it first: kai-canary abort kai"), std::string::npos) << test.err;
  test.kube.objects.erase(TestCluster::maps + "kai-canary-kai");
  EXPECT_EQ(test.run({"rollback", "kai"}), 0) << test.err;
  EXPECT_EQ(test.out, "ROLLED BACK: release kai is at what revision 1 was\n");
  EXPECT_TRUE(test.err.starts_with("going back to the newest good revision; waits until"))
      << test.err;
  ASSERT_FALSE(test.process.log().empty());
  EXPECT_TRUE(test.process.log().back().starts_with("helm rollback ")) << test.process.log().back();
  EXPECT_TRUE(test.process.log().back().ends_with(" kai 1")) << test.process.log().back();
}

// Helm was at work, so "nothing was changed" would be a guess.
TEST_F(Releases, ARollbackThatHelmDidNotFinishIsNotConfirmed) {
  test.kube.objects.erase(TestCluster::maps + "kai-canary-kai");
  test.process.on({"helm", "rollback"}).exit(1, "", "Error: timed out waiting for the condition");
  EXPECT_EQ(test.run({"rollback", "kai"}), 64) << test.err;
  EXPECT_TRUE(
      test.out.starts_with("NOT CONFIRMED: Helm was rolling release kai back to revision 1"))
      << test.out;
  EXPECT_NE(test.out.find("timed out waiting"), std::string::npos) << test.out;
}

TEST_F(Releases, RollbackToAFailedRevisionNeedsForce) {
  test.kube.objects.erase(TestCluster::maps + "kai-canary-kai");
  EXPECT_EQ(test.run({"rollback", "kai", "2"}), 4);
  EXPECT_NE(test.err.find("--force"), std::string::npos) << test.err;
  EXPECT_EQ(test.run({"rollback", "kai", "2", "--force"}), 0) << test.err;
}

TEST_F(Releases, AWordThatIsNoRevisionIsAMistakeBeforeAnythingIsAsked) {
  EXPECT_EQ(test.run({"helm-deploy", "--rollback=v1"}), 2);
  EXPECT_TRUE(test.http.log().empty());
}

}  // namespace
}  // namespace kai::app
