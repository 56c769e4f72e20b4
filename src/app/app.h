// App: what every command is given. Made once in main, from the real parts or, in tests, from
// doubles.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "os/disk.h"
#include "os/file_locks.h"
#include "os/lasting_process.h"
#include "os/process.h"

namespace kai::app {

struct App {
  net::Loop& loop;
  SteadyClock& steady;
  WallClock& wall;
  Random& random;
  Log& log;
  os::Disk& disk;
  os::Process& process;
  net::HttpClient& http;
  std::map<std::string, std::string> environment;
  // Data to standard output, narration to standard error.
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool out_colour = false;  // decided by run(), from --color and the environment
  bool err_colour = false;
  bool utf8 = true;
  std::function<int()> columns;  // of the terminal behind standard error
  std::function<void(int)> on_signal =
      {};  // who is told of SIGINT and SIGTERM; empty: the process ends
  std::string user;
  std::string host;
  std::int64_t process_id = 0;
  bool is_root = false;
  std::string directory = "/";  // the working directory, absolute
  std::string program_file;     // of this program; empty when it is not known
  // What the platform of this machine is made of; without them there is none.
  os::LastingProcesses* lasting = nullptr;
  os::FileLocks* locks = nullptr;
};

// What went wrong outside, as one line on standard error, and the exit code for it: 3 unless
// `rejected_code` says more.
int report(App& app, std::string_view what, const Error& error, int rejected_code = 3);

}  // namespace kai::app
