#include "codec/tree_builder.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/tree.h"

namespace kai::codec {
namespace {

// A Tree finds a key by looking at all of them. That is quick for the maps people write; beyond
// this many keys an index keeps a hostile map from costing quadratic time.
constexpr std::size_t unindexed_entries_max = 16;

void add(TreeCost& sum, const TreeCost& part) {
  sum.nodes += part.nodes;
  sum.text_bytes += part.text_bytes;
  sum.depth = std::max(sum.depth, part.depth + 1);
}

}  // namespace

// Recursion ends because every parsed tree is bounded in depth.
TreeCost cost_of(const Tree& tree) {  // NOLINT(misc-no-recursion)
  TreeCost cost{.nodes = 1};
  if (const auto* text = tree.as_text()) cost.text_bytes = text->size();
  if (const auto* items = tree.as_list()) {
    cost.depth = 1;
    for (const Tree& item : *items) add(cost, cost_of(item));
  }
  if (const auto* entries = tree.as_map()) {
    cost.depth = 1;
    for (const auto& [key, value] : *entries) {
      cost.text_bytes += key.size();
      add(cost, cost_of(value));
    }
  }
  return cost;
}

bool TreeBuilder::open(Tree container) {
  if (!charge({.nodes = 1, .depth = 1})) return false;
  open_.push_back({.container = std::move(container)});
  return true;
}

Tree TreeBuilder::close() {
  KAI_CHECK(!open_.empty());
  Tree done = std::move(open_.back().container);
  open_.pop_back();
  return done;
}

bool TreeBuilder::charge(const TreeCost& cost) {
  if (cost.depth > limits_.depth_max - open_.size()) {
    return refuse("nested deeper than " + std::to_string(limits_.depth_max) + " levels");
  }
  if (cost.nodes > limits_.nodes_max - used_.nodes) {
    return refuse("more than " + std::to_string(limits_.nodes_max) + " values");
  }
  if (cost.text_bytes > limits_.text_bytes_max - used_.text_bytes) {
    return refuse("more than " + std::to_string(limits_.text_bytes_max) + " bytes of text");
  }
  used_.nodes += cost.nodes;
  used_.text_bytes += cost.text_bytes;
  return true;
}

bool TreeBuilder::key(std::string name) {
  KAI_CHECK(!open_.empty());
  if (!charge({.text_bytes = name.size()})) return false;
  open_.back().key = std::move(name);
  return true;
}

bool TreeBuilder::place(Tree value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return true;
  }
  Frame& frame = open_.back();
  if (Tree::List* const items = frame.container.as_list()) {
    items->push_back(std::move(value));
    return true;
  }
  return put(frame, std::move(value));
}

bool TreeBuilder::put(Frame& frame, Tree value) {
  Tree::Map* const entries = frame.container.as_map();
  KAI_CHECK(entries != nullptr);
  if (entries->size() < unindexed_entries_max) {
    const std::size_t before = entries->size();
    frame.container.set(frame.key, std::move(value));
    return entries->size() > before;
  }
  if (frame.index.empty()) {
    for (std::size_t i = 0; i < entries->size(); ++i) frame.index.emplace((*entries)[i].first, i);
  }
  const auto [known, fresh] = frame.index.try_emplace(frame.key, entries->size());
  if (fresh) {
    entries->emplace_back(std::move(frame.key), std::move(value));
  } else {
    (*entries)[known->second].second = std::move(value);
  }
  return fresh;
}

bool TreeBuilder::refuse(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

}  // namespace kai::codec
