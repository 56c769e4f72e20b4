#include "splitter/protocol/findings.h"

#include <string>
#include <utility>

namespace kai::splitter {

void Findings::add(std::string pointer, std::string message) {
  if (list_.size() == findings_max) {
    left_off_ += 1;
    return;
  }
  list_.push_back({.pointer = std::move(pointer), .message = std::move(message)});
}

}  // namespace kai::splitter
