// Builds a Tree from what a parser meets, bounded in depth, nodes and text. Shared by JSON and
// YAML.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"

namespace kai::codec {

struct TreeLimits {
  std::size_t depth_max = 64;                           // lists and maps inside each other
  std::size_t nodes_max = 4'000'000;                    // values of every kind
  std::size_t text_bytes_max = std::size_t{64} << 20U;  // keys and texts together
};

// What a whole tree adds to the counts above.
struct TreeCost {
  std::size_t nodes = 0;
  std::size_t text_bytes = 0;
  std::size_t depth = 0;
};

[[nodiscard]] TreeCost cost_of(const Tree& tree);

// Calls come in document order: a list is open(Tree::list()), place(...)..., place(close()); in a
// map each place() is preceded by key(). A call out of order is a Bug. After a `false` the builder
// is spent; problem() tells why.
class TreeBuilder {
 public:
  explicit TreeBuilder(TreeLimits limits) : limits_(limits) {}

  // Starts a list or a map.
  [[nodiscard]] bool open(Tree container);
  // Ends what was opened last and hands it over; the caller places it.
  [[nodiscard]] Tree close();
  // Accounts for a finished tree that is about to be placed: a scalar, or what an alias stands for.
  [[nodiscard]] bool charge(const TreeCost& cost);
  // Name of the next value in the open map.
  [[nodiscard]] bool key(std::string name);
  // Puts a value where it belongs. False, without being spent, when its key was there before: the
  // last one wins.
  bool place(Tree value);

  [[nodiscard]] std::size_t depth() const { return open_.size(); }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // The finished document; null when nothing was placed.
  [[nodiscard]] Tree take() { return std::move(root_); }

 private:
  struct Frame {
    Tree container;
    std::string key;
    std::map<std::string, std::size_t, std::less<>> index;  // of the entries, once there are many
  };

  bool put(Frame& frame, Tree value);
  bool refuse(std::string problem);

  TreeLimits limits_;
  TreeCost used_;
  std::vector<Frame> open_;
  Tree root_;
  std::string problem_;
};

}  // namespace kai::codec
