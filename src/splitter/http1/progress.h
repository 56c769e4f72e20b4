// How far reading came: what every resumable parser of this folder answers.
#pragma once

#include <cstdint>

namespace kai::splitter {

enum class Progress : std::uint8_t {
  need_more,  // correct so far; call again with the same bytes and more behind them
  complete,
  refused,
};

}  // namespace kai::splitter
