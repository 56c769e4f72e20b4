// The verbs. Each answers an exit code (user documentation, exit codes).
#pragma once

#include "app/app.h"
#include "app/flags.h"

namespace kai::app {

int run_deploy(App& app, const Arguments& arguments);
int run_helm_deploy(App& app, const Arguments& arguments);
int run_plan(App& app, const Arguments& arguments);
int run_backtest(App& app, const Arguments& arguments);
int run_status(App& app, const Arguments& arguments);
int run_list(App& app, const Arguments& arguments);
int run_history(App& app, const Arguments& arguments);
int run_logs(App& app, const Arguments& arguments);
int run_report(App& app, const Arguments& arguments);
int run_pause(App& app, const Arguments& arguments);
int run_resume(App& app, const Arguments& arguments);
int run_promote(App& app, const Arguments& arguments);
int run_abort(App& app, const Arguments& arguments);
int run_releases(App& app, const Arguments& arguments);
int run_versions(App& app, const Arguments& arguments);
int run_rollback(App& app, const Arguments& arguments);
int run_config(App& app, const Arguments& arguments);
int run_version(App& app, const Arguments& arguments);
int run_completion(App& app, const Arguments& arguments);

}  // namespace kai::app
