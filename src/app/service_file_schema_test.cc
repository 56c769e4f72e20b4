// The published schema of the service file, compared with what is read.
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "codec/json.h"
#include "core/plan/make_plan.h"
#include "core/plan/service_file.h"

namespace kai::app {
namespace {

Tree json_file(const std::string& path) {
  std::ifstream file(std::string(KAI_SOURCE_DIR) + path);
  auto tree = codec::parse_json(std::string{std::istreambuf_iterator<char>(file), {}});
  EXPECT_TRUE(tree.has_value()) << path << (tree ? "" : tree.error().message);
  return tree.value_or(Tree::map());
}

Tree schema() { return json_file("/docs/service-file.schema.json"); }

// One level of lists and two of maps are all that there is; `canary` has its own test.
void collect(const Tree& node, const std::string& prefix, std::set<std::string>& keys) {
  const Tree::Map* const properties = node.map_at("/properties");
  if (properties == nullptr || prefix == "canary.") return;
  EXPECT_EQ(node.bool_at("/additionalProperties"), false) << prefix;
  for (const auto& [key, value] : *properties) {
    keys.insert(prefix + key);
    EXPECT_FALSE(value.text_or("/description", "").empty()) << prefix << key;
    collect(value, prefix + key + ".", keys);  // NOLINT(misc-no-recursion)
    if (const Tree* const items = value.at("/items"))
      collect(*items, prefix + key + "[].", keys);  // NOLINT(misc-no-recursion)
  }
}

TEST(ServiceFileSchema, HasEveryKeyThatIsReadAndNoOther) {
  std::set<std::string> of_schema;
  collect(schema(), "", of_schema);
  const std::set<std::string> read(std::begin(core::service_file_keys),
                                   std::end(core::service_file_keys));
  EXPECT_EQ(of_schema, read);
}

// What is read says of each key whether it knows it.
TEST(ServiceFileSchema, EachOfItsKeysIsKnownToTheReader) {
  for (const std::string_view key : core::service_file_keys) {
    for (const bool is_known : {true, false}) {
      std::string pointer = "/" + std::string(key);
      for (std::size_t at = 0; (at = pointer.find_first_of(".[", at)) != std::string::npos;)
        pointer.replace(at, pointer[at] == '[' ? 3 : 1, pointer[at] == '[' ? "/0/" : "/");
      if (!is_known) pointer += "x";
      Tree tree = Tree::map();
      tree.set("services", Tree::list()).push_back(Tree::map());
      tree.set_at(pointer, Tree::map());
      const core::ServiceFile file{.path = "kai.yaml", .directory = "/", .tree = tree};
      const core::Sources nothing;
      core::Reader reader(nothing);
      static_cast<void>(core::read_local_release(reader, file));
      bool refused = false;
      for (const core::Mistake& mistake : reader.take_mistakes())
        refused = refused || mistake.message.starts_with("no such key");
      EXPECT_EQ(refused, !is_known) << pointer;
    }
  }
}

TEST(ServiceFileSchema, TheCanaryBlockIsThatOfTheChartWordForWord) {
  Tree here = *schema().at("/properties/canary");
  Tree there = *json_file("/helm-charts/kai/values.schema.json").at("/properties/canary");
  here.erase("description");
  there.erase("description");
  EXPECT_EQ(here, there);
}

}  // namespace
}  // namespace kai::app
