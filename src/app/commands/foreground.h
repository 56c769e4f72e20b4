// Runs a claimed rollout in this process until it ends, and answers its exit code.
#pragma once

#include "app/app.h"
#include "app/commands/common.h"
#include "app/flags.h"
#include "app/platform.h"
#include "app/report_writer.h"
#include "app/screen/ending.h"
#include "engine/takeover.h"

namespace kai::app {

// The first SIGINT or SIGTERM aborts the rollout, the second leaves everything as it is.
[[nodiscard]] int run_in_foreground(App& app, const Arguments& arguments, Platform& platform,
                                    engine::Taken taken, EventSink events, ReportWriter report);

// The last sentence of a rollout, or its result as data.
void print_ending(App& app, const Arguments& arguments, const core::Record& record,
                  const Ending& ending);

// Who we are, for the lease.
[[nodiscard]] ports::Holder holder_of(const App& app);
// Five letters and digits, for a new rollout or command.
[[nodiscard]] std::string fresh_id(App& app);

}  // namespace kai::app
