#include "edges/helm/release_findings.h"

#include <gtest/gtest.h>

#include <string>

namespace kai::edges {
namespace {

using ports::Severity;
using Status = ReleaseStatus;

const HelmTarget target{.release = "kai", .name_space = "shop"};

std::string deployment(const std::string& image, const std::string& mark = "m", int replicas = 1) {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: " +
         std::to_string(replicas) +
         "\n  template: {metadata: {labels: {app: web}, annotations: {mark: " + mark +
         "}}, spec: {containers: [{name: c, image: '" + image + "'}]}}\n";
}

// A candidate with everything it refers to.
struct Case {
  core::Plan plan;
  Rendered rendered;
  std::vector<Document> stable;
  std::vector<ports::ObjectChange> changes;
  std::vector<ObjectKey> selected;

  Case(const std::string& before, const std::string& after, const std::string& again = "") {
    plan.inputs.tag = "v2";
    plan.services_auto = true;
    stable = *parse_manifest(before, "shop");
    rendered.documents = *parse_manifest(after, "shop");
    rendered.again = *parse_manifest(again.empty() ? after : again, "shop");
    rendered.volatiles = volatile_pointers(rendered.documents, rendered.again);
    changes = compare(stable, rendered.documents, rendered.again);
    selected = selected_workloads(plan, rendered.documents, changes, "shop");
  }
  [[nodiscard]] Candidate candidate() const {
    return {.plan = plan,
            .rendered = rendered,
            .stable = stable,
            .changes = changes,
            .selected = selected};
  }
};

TEST(ReleaseFindings, GoodHistoryHasNone) {
  EXPECT_TRUE(check_records(target, {{.revision = 1, .status = Status::superseded},
                                     {.revision = 2, .status = Status::deployed}})
                  .empty());
}

TEST(ReleaseFindings, PendingReleaseIsLockedWithEvidenceAndRepair) {
  const auto findings = check_records(target, {{.revision = 1, .status = Status::deployed},
                                               {.revision = 2,
                                                .status = Status::pending_upgrade,
                                                .description = "Preparing upgrade",
                                                .last_deployed = "2026-01-02T03:04:05Z"}});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "P3");
  EXPECT_EQ(findings[0].severity, Severity::locked);
  EXPECT_EQ(findings[0].message,
            "release 'kai' in namespace 'shop' is locked: revision 2 is pending-upgrade since "
            "2026-01-02T03:04:05Z ('Preparing upgrade')");
  EXPECT_NE(findings[0].remedy.find("helm rollback kai 1 -n shop"), std::string::npos);
}

TEST(ReleaseFindings, HelmsRollbackWouldLandOnAFailedCandidate) {
  const auto findings = check_records(
      target,
      {{.revision = 1, .status = Status::deployed, .description = "Install complete"},
       {.revision = 2, .status = Status::superseded, .description = "Upgrade \"kai\" failed: x"},
       {.revision = 3, .status = Status::failed, .description = "Rollback \"kai\" failed: x"}});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "P3b");
  EXPECT_EQ(findings[0].severity, Severity::refused);
  EXPECT_NE(findings[0].message.find("would land on revision 2, not on the deployed revision 1"),
            std::string::npos);
  EXPECT_EQ(findings[0].remedy, "`helm rollback kai 1 -n shop` makes the good revision the newest");
}

TEST(ReleaseFindings, ReleaseWithoutADeployedRevisionIsRefused) {
  const auto findings = check_records(
      target,
      {{.revision = 1, .status = Status::superseded, .description = "Install complete"},
       {.revision = 2, .status = Status::failed, .description = "Rollback \"kai\" failed: x"}});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "P3b");
  EXPECT_EQ(findings[0].remedy, "`helm rollback kai 1 -n shop`");
}

TEST(ReleaseFindings, UninstalledReleaseIsRefused) {
  const auto findings = check_records(
      target,
      {{.revision = 1, .status = Status::uninstalled, .description = "Uninstallation complete"}});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "P2");
}

TEST(ReleaseFindings, FailedUpgradeAboveADeployedRevisionIsNoObstacle) {
  const std::vector<StoredRelease> history = {
      {.revision = 1, .status = Status::deployed},
      {.revision = 2, .status = Status::failed, .description = "Upgrade \"kai\" failed: x"}};
  EXPECT_TRUE(check_records(target, history).empty());
  EXPECT_EQ(deployed_revision(history)->revision, 1);
}

TEST(ReleaseFindings, ReleaseElsewhereIsNamed) {
  EXPECT_EQ(found_elsewhere(target, "default").message,
            "there is no release 'kai' in namespace 'shop', but one in namespace 'default'");
  EXPECT_EQ(found_elsewhere(target, "default").remedy,
            "name its namespace with --release-namespace=default");
}

TEST(ReleaseFindings, SameManifestIsNothingToCanary) {
  const Case same(deployment("app:v2"), deployment("app:v2"));
  const auto findings = check_changes(same.candidate());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "P9");
  EXPECT_EQ(findings[0].message,
            "nothing to canary: the release runs already what would be installed");
}

TEST(ReleaseFindings, ReplicasAloneAreNothingToCanary) {
  const Case scale(deployment("app:v2"), deployment("app:v2", "m", 3));
  const auto findings = check_changes(scale.candidate());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_NE(findings[0].message.find("1 object(s) change, but no pod template"), std::string::npos);
}

TEST(ReleaseFindings, PlainUpgradeMayChangeNothing) {
  Case same(deployment("app:v2"), deployment("app:v2"));
  same.plan.canary = false;
  EXPECT_TRUE(check_changes(same.candidate()).empty());
}

TEST(ReleaseFindings, NewImageIsSomethingToCanary) {
  const Case changed(deployment("app:v1"), deployment("app:v2"));
  EXPECT_TRUE(check_changes(changed.candidate()).empty());
}

TEST(ReleaseFindings, PodTemplateThatChangesByItselfIsRefusedUnlessAllowed) {
  Case unstable(deployment("app:v1"), deployment("app:v2", "x1"), deployment("app:v2", "x2"));
  auto findings = check_determinism(unstable.candidate());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::refused);
  EXPECT_EQ(findings[0].message,
            "Deployment.apps shop/web renders differently each time at "
            "/spec/template/metadata/annotations/mark");
  unstable.plan.inputs.allow_nondeterministic = true;
  EXPECT_EQ(check_determinism(unstable.candidate())[0].severity, Severity::warning);
}

TEST(ReleaseFindings, RandomSecretIsOnlyNoted) {
  const auto secret = [](const std::string& value) {
    return "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: " + value +
           "}\n";
  };
  const Case random(secret("a"), secret("b"), secret("c"));
  const auto findings = check_determinism(random.candidate());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::note);
  EXPECT_EQ(findings[0].message.find('b' + std::string("\"")), std::string::npos)
      << "no value of a Secret is shown";
}

TEST(ReleaseFindings, LatestAndNoTagNeedPermission) {
  Case changed(deployment("app:v1"), deployment("app:latest"));
  changed.plan.inputs.tag = "latest";
  ASSERT_EQ(check_mutable_tag(changed.candidate()).size(), 1U);
  EXPECT_EQ(check_mutable_tag(changed.candidate())[0].severity, Severity::refused);
  changed.plan.inputs.tag = "";
  EXPECT_EQ(check_mutable_tag(changed.candidate())[0].severity, Severity::refused);
  changed.plan.skipped_checks = {"P11"};
  EXPECT_EQ(check_mutable_tag(changed.candidate())[0].severity, Severity::warning);
  changed.plan.inputs.allow_mutable_tag = true;
  EXPECT_TRUE(check_mutable_tag(changed.candidate()).empty());
}

TEST(ReleaseFindings, MovedTagIsRefused) {
  const Case moved(deployment("app:v2@sha256:aa"), deployment("app:v2@sha256:bb"));
  const auto findings = check_mutable_tag(moved.candidate());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].check, "P11");
  EXPECT_NE(findings[0].message.find("another digest"), std::string::npos);
}

TEST(ReleaseFindings, TagThatMissesAWorkloadIsRefusedWithTheWayOut) {
  const Case missed(deployment("app:v1", "a"), deployment("app:v1", "b"));
  const auto keys = missed_by_tag(missed.candidate());
  ASSERT_EQ(keys.size(), 1U);
  const auto finding = tag_missed(missed.candidate(), keys[0], "--tag-key=web.image.tag");
  EXPECT_EQ(finding.check, "P10");
  EXPECT_EQ(finding.severity, Severity::refused);
  EXPECT_EQ(finding.message,
            "tag 'v2' does not reach Deployment.apps shop/web, which would run 'app:v1'");
  EXPECT_EQ(finding.remedy, "add --tag-key=web.image.tag");
}

TEST(ReleaseFindings, TagThatReachesNobodyIsMissedByAll) {
  const Case nobody(deployment("app:v1"), deployment("app:v1"));
  EXPECT_EQ(missed_by_tag(nobody.candidate()).size(), 1U);
}

TEST(ReleaseFindings, TagThatArrivedIsFine) {
  const Case fine(deployment("app:v1"), deployment("app:v2"));
  EXPECT_TRUE(missed_by_tag(fine.candidate()).empty());
}

TEST(ReleaseFindings, HooksAreTold) {
  Case hooks(deployment("app:v1"), deployment("app:v2"));
  hooks.rendered.hooks = {"Job/migrate (pre-upgrade)"};
  const auto findings = check_hooks(hooks.candidate());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::warning);
  EXPECT_NE(findings[0].message.find("Job/migrate (pre-upgrade)"), std::string::npos);
}

}  // namespace
}  // namespace kai::edges
