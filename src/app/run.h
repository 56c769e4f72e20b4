// Run: from words on a command line to an exit code, for main and for tests.
#pragma once

#include "app/app.h"
#include "app/flags.h"

namespace kai::app {

// Helps, or checks the options of output, sets the colours, and runs the verb. Prints what is
// wrong.
[[nodiscard]] int run(App& app, const Arguments& arguments);

}  // namespace kai::app
