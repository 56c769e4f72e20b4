#include "base/check.h"

namespace kai {

void throw_bug(const char* condition, const char* file, int line) {
  throw Bug(std::string(file) + ":" + std::to_string(line) + ": check failed: " + condition);
}

}  // namespace kai
