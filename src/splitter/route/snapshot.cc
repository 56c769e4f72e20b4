#include "splitter/route/snapshot.h"

#include <string_view>

namespace kai::splitter {

std::string_view name_of(Track track) {
  switch (track) {
    case Track::stable:
      return "stable";
    case Track::canary:
      return "canary";
    case Track::baseline:
      return "baseline";
  }
  return "corrupt";
}

std::string_view name_of(BackendState state) {
  switch (state) {
    case BackendState::active:
      return "active";
    case BackendState::closed:
      return "closed";
  }
  return "corrupt";
}

}  // namespace kai::splitter
