#include "edges/helm/pinned_plan.h"

#include <chrono>
#include <utility>

namespace kai::edges {
namespace {

Tree key_to_tree(const ObjectKey& key) {
  Tree tree = Tree::map();
  tree.set("group", key.group);
  tree.set("kind", key.kind);
  tree.set("namespace", key.name_space);
  tree.set("name", key.name);
  return tree;
}

Tree volatiles_to_tree(const Pointers& volatiles) {
  Tree list = Tree::list();
  for (const auto& [key, pointers] : volatiles) {
    Tree entry = key_to_tree(key);
    Tree texts = Tree::list();
    for (const std::string& pointer : pointers) texts.push_back(pointer);
    entry.set("pointers", std::move(texts));
    list.push_back(std::move(entry));
  }
  return list;
}

Pointers volatiles_from(const Tree& tree) {
  Pointers volatiles;
  const Tree::List* const list = tree.list_at("/volatiles");
  if (list == nullptr) return volatiles;
  for (const Tree& entry : *list) {
    const ObjectKey key{.group = entry.text_or("/group", ""),
                        .kind = entry.text_or("/kind", ""),
                        .name_space = entry.text_or("/namespace", ""),
                        .name = entry.text_or("/name", "")};
    const Tree::List* const pointers = entry.list_at("/pointers");
    if (pointers == nullptr) continue;
    for (const Tree& pointer : *pointers) {
      if (pointer.as_text() != nullptr) volatiles[key].push_back(*pointer.as_text());
    }
  }
  return volatiles;
}

}  // namespace

Tree to_tree(const PinnedPlan& plan) {
  Tree tree = Tree::map();
  tree.set("release", plan.target.release);
  tree.set("namespace", plan.target.name_space);
  tree.set("start_revision", plan.start.start_revision);
  tree.set("newest_revision", plan.start.newest_revision);
  tree.set("first_install", plan.first_install);
  tree.set("helm_major", plan.helm_major);
  tree.set("timeout_seconds",
           std::int64_t{std::chrono::ceil<std::chrono::seconds>(plan.timeout).count()});
  tree.set("digest", plan.digest);
  tree.set("volatiles", volatiles_to_tree(plan.volatiles));
  tree.set("inputs", plan.inputs);
  return tree;
}

Result<PinnedPlan> pinned_plan_from(const Tree& tree, const std::string& context) {
  PinnedPlan plan{.target = {.release = tree.text_or("/release", ""),
                             .name_space = tree.text_or("/namespace", ""),
                             .context = context},
                  .start = {.start_revision = tree.int_at("/start_revision").value_or(-1),
                            .newest_revision = tree.int_at("/newest_revision").value_or(-1)},
                  .first_install = tree.bool_at("/first_install").value_or(false),
                  .helm_major = static_cast<int>(tree.int_at("/helm_major").value_or(0)),
                  .timeout = std::chrono::seconds(tree.int_at("/timeout_seconds").value_or(0)),
                  .digest = tree.text_or("/digest", ""),
                  .volatiles = volatiles_from(tree)};
  if (const Tree* const inputs = tree.get("inputs")) plan.inputs = *inputs;
  const bool whole = !plan.target.release.empty() && !plan.target.name_space.empty() &&
                     !plan.digest.empty() && plan.start.start_revision >= 0 &&
                     plan.start.newest_revision >= 0 && plan.timeout > Duration::zero();
  if (!whole)
    return fail(ErrorKind::malformed, "the plan of the release in the record is incomplete");
  return plan;
}

}  // namespace kai::edges
