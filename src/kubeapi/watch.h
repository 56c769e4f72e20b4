// Watch: the objects of one kind that match a selector, kept up to date by list and watch.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/random.h"
#include "kubeapi/client.h"

namespace kai::kubeapi {

inline constexpr std::size_t watch_line_bytes_max = std::size_t{8} << 20U;

// A server that keeps a watch alive says so about every minute (bookmarks).
inline constexpr Duration watch_silence_max = std::chrono::seconds(150);

enum class Change { added, modified, deleted };

struct WatchEvents {
  std::function<void(Change change, const Tree& object)> on_change;
  std::function<void()> on_synced;                     // after each full list; optional
  std::function<void(const Error& error)> on_trouble;  // and then it tries again; optional
};

// Each list tells every object as `added`, known or not, and then those that went while nobody was
// looking as `deleted` (their name, namespace and uid alone). A watch that is silent for
// watch_silence_max, cut or at its end is opened again where it was; one that is too old, or that
// the server refuses or garbles, lists anew; both with back-off. Destroying it stops it, also from
// within its events; no event comes after that.
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
