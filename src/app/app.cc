#include "app/app.h"

#include <fmt/format.h>

#include "app/screen/line.h"

namespace kai::app {

int report(App& app, std::string_view what, const Error& error, int rejected_code) {
  const Line line{{fmt::format("kai-canary: {}: {}", what, error.message)}};
  app.err(text_of(line, {.colour = app.err_colour, .utf8 = app.utf8}) + "\n");
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
