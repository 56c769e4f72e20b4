#include "core/plan/service_node.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/plan/nearest.h"

namespace kai::core {
namespace {

constexpr Duration duration_max = std::chrono::hours(1);

}  // namespace

void ServiceNode::mistake(std::string_view key, const Tree& at, std::string message) {
  const std::uint32_t line = at.line() != 0 ? at.line() : tree_.line();
  const std::string where = line == 0 ? "" : fmt::format(":{}", line);
  const std::string name = path_of(key);
  reader_.mistake(
      name.empty() ? file_.path + where : fmt::format("{}{}: {}", file_.path, where, name),
      std::move(message));
}

void ServiceNode::mistake(std::string_view key, std::string message) {
  const Tree* const found = get(key);
  mistake(key, found != nullptr ? *found : tree_, std::move(message));
}

bool ServiceNode::has_only(std::initializer_list<std::string_view> keys, std::string_view wanted) {
  if (tree_.as_map() == nullptr) {
    mistake("", tree_, fmt::format("is no map of {}", wanted));
    return false;
  }
  const std::vector<std::string> known(keys.begin(), keys.end());
  for (const auto& [key, value] : *tree_.as_map()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::string near = nearest_word(key, known);
    mistake(key, value,
            near.empty() ? "no such key" : fmt::format("no such key; did you mean {}?", near));
  }
  return true;
}

const Tree* ServiceNode::get(std::string_view key) const {
  const Tree* const found = key.empty() ? nullptr : tree_.get(key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<std::string> ServiceNode::text(std::string_view key) {
  const Tree* const found = get(key);
  if (found == nullptr) return std::nullopt;
  if (found->as_text() != nullptr) return *found->as_text();
  mistake(key, *found, "is no text");
  return std::nullopt;
}

std::optional<std::int64_t> ServiceNode::whole(std::string_view key, std::int64_t least,
                                               std::int64_t most) {
  const Tree* const found = get(key);
  if (found == nullptr) return std::nullopt;
  if (found->as_int() != nullptr && *found->as_int() >= least && *found->as_int() <= most)
    return *found->as_int();
  mistake(key, *found, fmt::format("is no whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<Duration> ServiceNode::duration(std::string_view key) {
  const Tree* const found = get(key);
  if (found == nullptr) return std::nullopt;
  const std::string text = found->as_int() != nullptr    ? std::to_string(*found->as_int())
                           : found->as_text() != nullptr ? *found->as_text()
                                                         : "";
  const auto parsed = parse_duration(text, std::chrono::seconds(1));
  if (parsed && *parsed > Duration::zero() && *parsed <= duration_max) return parsed;
  mistake(key, *found, "is no time such as 30s or 2m, up to 1h");
  return std::nullopt;
}

ServiceNode ServiceNode::below(std::string_view key) {
  static const Tree nothing = Tree::map();
  const Tree* const found = get(key);
  return {reader_, file_, found != nullptr ? *found : nothing, path_of(key)};
}

std::string ServiceNode::path_of(std::string_view key) const {
  if (path_.empty() || key.empty()) return path_ + std::string(key);
  return fmt::format("{}{}{}", path_, key.starts_with('[') ? "" : ".", key);
}

}  // namespace kai::core
