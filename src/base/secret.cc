#include "base/secret.h"

namespace kai {

Secret::~Secret() {
  // volatile keeps the compiler from dropping stores to memory that is about to go.
  volatile char* bytes = text_.data();
  for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = 0;
}

}  // namespace kai
