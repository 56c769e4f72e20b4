#include "core/plan/settings.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

Tree allowing(const std::string& program) {
  Tree block;
  block.set("allowExecPlugins", Tree::list()).push_back(program);
  return block;
}

ConfigSource chart(Tree block) {
  return {.file = "values.yaml", .block = std::move(block), .prefix = "canary.", .foreign = true};
}
ConfigSource project(Tree block) {
  return {.file = ".kai-canary.yaml", .block = std::move(block), .prefix = ""};
}
ConfigSource users_own(Tree block) {
  return {.file = "~/config.yaml", .block = std::move(block), .prefix = "", .users_own = true};
}

std::vector<std::string> allowed(const Sources& sources) {
  const auto setting = find_setting(sources, *find_option("allow-exec-plugin"));
  return setting ? setting->values : std::vector<std::string>();
}

std::vector<Mistake> mistakes(const Sources& sources) {
  std::vector<std::string> warnings;
  auto found = unknown_words(sources, warnings);
  EXPECT_TRUE(warnings.empty());
  return found;
}

const std::string why =
    "--allow-exec-plugin says it, or your own configuration file, and nothing else";

// What runs code is nobody's word but the user's: a chart, a project and an environment travel.
TEST(UsersOwnOption, IsTakenFromFlagsAndTheUsersFileAlone) {
  struct Row {
    Sources sources;
    std::vector<std::string> allowed;
    std::vector<Mistake> mistakes;
  };
  const std::vector<Row> table{
      {{}, {}, {}},
      {{.flags = {{"allow-exec-plugin", "aws,gcloud"}, {"allow-exec-plugin", "az"}}},
       {"aws", "gcloud", "az"},
       {}},
      {{.configs = {users_own(allowing("aws"))}}, {"aws"}, {}},
      {{.flags = {{"allow-exec-plugin", "az"}}, .configs = {users_own(allowing("aws"))}},
       {"az"},
       {}},
      {{.environment = {{"KAI_CANARY_ALLOW_EXEC_PLUGIN", "evil"}}},
       {},
       {{"$KAI_CANARY_ALLOW_EXEC_PLUGIN", why}}},
      {{.configs = {chart(allowing("evil"))}}, {}, {{"values.yaml: canary.allowExecPlugins", why}}},
      {{.configs = {project(allowing("evil"))}}, {}, {{".kai-canary.yaml: allowExecPlugins", why}}},
      {{.configs = {chart(allowing("evil")), users_own(allowing("aws"))}},
       {"aws"},
       {{"values.yaml: canary.allowExecPlugins", why}}},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(allowed(table[i].sources), table[i].allowed) << "row " << i;
    EXPECT_EQ(mistakes(table[i].sources), table[i].mistakes) << "row " << i;
  }
}

TEST(UsersOwnOption, OneWithoutAKeyIsAFlagAlone) {
  const Sources sources{.environment = {{"KAI_CANARY_INSECURE_SKIP_TLS_VERIFY", "true"}}};
  EXPECT_FALSE(find_setting(sources, *find_option("insecure-skip-tls-verify")).has_value());
  EXPECT_EQ(mistakes(sources),
            (std::vector<Mistake>{{"$KAI_CANARY_INSECURE_SKIP_TLS_VERIFY",
                                   "--insecure-skip-tls-verify says it, and nothing else"}}));
}

}  // namespace
}  // namespace kai::core
