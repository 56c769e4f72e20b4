#include "app/app.h"

#include <fmt/format.h>

#include "codec/quote.h"

namespace kai::app {

int report(App& app, std::string_view what, const Error& error, int rejected_code) {
  app.err(fmt::format("kai-canary: {}: {}\n", what, codec::printable(error.message)));
  switch (error.kind) {
    case ErrorKind::rejected:
    case ErrorKind::no_data:
      return rejected_code;
    case ErrorKind::unavailable:
    case ErrorKind::malformed:
      return 3;
  }
  return 3;
}

}  // namespace kai::app
