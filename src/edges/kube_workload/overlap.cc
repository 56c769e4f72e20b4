#include "edges/kube_workload/overlap.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "edges/kube_workload/clone_names.h"

namespace kai::edges {
namespace {

constexpr std::size_t keys_max = 12;  // labels of a template that are tried; 2^12 sets
constexpr std::array<std::string_view, 3> preferred{"app.kubernetes.io/instance", "instance",
                                                    "app.kubernetes.io/name"};

std::size_t rank_of(const std::string& key) {
  return static_cast<std::size_t>(std::ranges::find(preferred, key) - preferred.begin());
}

bool uses_one_of(const CatchingSelector& selector, const std::vector<std::string>& keys) {
  return std::ranges::any_of(selector.keys, [&](const std::string& key) {
    return std::ranges::find(keys, key) != keys.end();
  });
}

// Keys that at least one selector compares, best first.
std::vector<std::string> candidates(const Labels& labels,
                                    const std::vector<CatchingSelector>& selectors) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : labels) {
    const bool used = std::ranges::any_of(selectors, [&](const CatchingSelector& each) {
      return std::ranges::find(each.keys, key) != each.keys.end();
    });
    if (used) keys.push_back(key);
  }
  std::ranges::sort(keys, [](const std::string& a, const std::string& b) {
    return std::pair(rank_of(a), a) < std::pair(rank_of(b), b);
  });
  if (keys.size() > keys_max) keys.resize(keys_max);
  return keys;
}

std::vector<std::string> subset(const std::vector<std::string>& keys, std::uint32_t bits) {
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if ((bits >> i & 1U) != 0) chosen.push_back(keys[i]);
  }
  return chosen;
}

bool breaks_all(const std::vector<CatchingSelector>& selectors,
                const std::vector<std::string>& keys) {
  return std::ranges::all_of(selectors, [&](const CatchingSelector& each) {
    return each.must_keep || uses_one_of(each, keys);
  });
}

std::size_t kept_broken(const std::vector<CatchingSelector>& selectors,
                        const std::vector<std::string>& keys) {
  return static_cast<std::size_t>(std::ranges::count_if(
      selectors,
      [&](const CatchingSelector& each) { return each.must_keep && uses_one_of(each, keys); }));
}

// The first selector that even all keys together do not break.
std::string in_the_way(const std::vector<CatchingSelector>& selectors,
                       const std::vector<std::string>& keys) {
  const auto found = std::ranges::find_if(selectors, [&](const CatchingSelector& each) {
    return !each.must_keep && !uses_one_of(each, keys);
  });
  return found == selectors.end() ? "a selector" : found->what;
}

void rewrite_value(Tree* value, const std::string& old) {
  if (value != nullptr && value->as_text() != nullptr && *value->as_text() == old)
    *value = canary_name(old, label_value_max);
}

// A LabelSelector that wants `key` to be `old`.
void rewrite_selector(Tree& selector, const std::string& key, const std::string& old) {
  if (Tree* const labels = selector.get("matchLabels")) rewrite_value(labels->get(key), old);
  Tree* const expressions = selector.get("matchExpressions");
  if (expressions == nullptr || expressions->as_list() == nullptr) return;
  for (Tree& expression : *expressions->as_list()) {
    Tree* const values = expression.get("values");
    if (expression.text_or("/key", "") != key || values == nullptr || values->as_list() == nullptr)
      continue;
    for (Tree& value : *values->as_list()) rewrite_value(&value, old);
  }
}

}  // namespace

Result<std::vector<std::string>> keys_to_rewrite(const Labels& labels,
                                                 const std::vector<CatchingSelector>& selectors) {
  for (const CatchingSelector& each : selectors) {
    if (!each.must_keep && !each.breakable) {
      return fail(
          ErrorKind::rejected,
          each.what +
              " selects pods whatever their labels say, so it would catch the canary's too");
    }
  }
  const std::vector<std::string> keys = candidates(labels, selectors);
  std::vector<std::string> best;
  auto best_cost = std::tuple(std::size_t{0}, std::size_t{0}, ~std::uint32_t{0});
  bool found = false;
  for (std::uint32_t bits = 0; bits < (1U << keys.size()); ++bits) {
    const std::vector<std::string> chosen = subset(keys, bits);
    if (!breaks_all(selectors, chosen)) continue;
    const auto cost = std::tuple(chosen.size(), kept_broken(selectors, chosen), bits);
    if (found && cost >= best_cost) continue;
    found = true;
    best = chosen;
    best_cost = cost;
  }
  if (found) return best;
  return fail(ErrorKind::rejected,
              in_the_way(selectors, keys) +
                  " catches the canary's pods, and no label of them can be changed to prevent it");
}

Labels rewritten(Labels labels, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    const auto found = labels.find(key);
    if (found != labels.end()) found->second = canary_name(found->second, label_value_max);
  }
  return labels;
}

void rewrite_selectors(Tree& node, const Labels& before,
                       const std::vector<std::string>& keys) {  // NOLINT(misc-no-recursion)
  if (Tree::List* const items = node.as_list()) {
    for (Tree& item : *items) rewrite_selectors(item, before, keys);
    return;
  }
  if (node.as_map() == nullptr) return;
  for (auto& [name, value] : *node.as_map()) {
    if (name != "labelSelector" || value.as_map() == nullptr) {
      rewrite_selectors(value, before, keys);
      continue;
    }
    for (const std::string& key : keys) {
      if (const auto old = before.find(key); old != before.end())
        rewrite_selector(value, key, old->second);
    }
  }
}

}  // namespace kai::edges
