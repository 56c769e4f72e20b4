// Watch: the objects of one kind that match a selector, kept up to date by list and watch.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/random.h"
#include "kubeapi/client.h"

namespace kai::kubeapi {

inline constexpr std::size_t watch_line_bytes_max = std::size_t{8} << 20U;

enum class Change { added, modified, deleted };

struct WatchEvents {
  std::function<void(Change change, const Tree& object)> on_change;
  std::function<void()> on_synced;                     // after each full list; optional
  std::function<void(const Error& error)> on_trouble;  // and then it tries again; optional
};

// A silent watch is as good as dead: it is opened again after at most ten minutes, and then lists
// anew. Destroying it stops it; no event comes after that.
class Watch {
 public:
  Watch(Client& client, Random& random, ResourceKind kind, std::string name_space,
        ListOptions options, WatchEvents events);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kai::kubeapi
