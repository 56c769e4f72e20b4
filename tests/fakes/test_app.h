// The program with doubles for everything outside of it: what a verb printed, asked and changed.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "app/app.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_random.h"

namespace kai::fakes {

struct TestApp {
  FakeSteadyClock steady;
  net::Loop loop{steady,
                 [](std::string_view what) { ADD_FAILURE() << "bug in a callback: " << what; }};
  FakeWallClock wall;
  FakeRandom random;
  FakeLog log;
  FakeDisk disk;
  FakeProcess process{loop, steady};
  FakeHttpClient http{loop, steady};
  std::string out;  // data
  std::string err;  // narration
  app::App app{.loop = loop,
               .steady = steady,
               .wall = wall,
               .random = random,
               .log = log,
               .disk = disk,
               .process = process,
               .http = http,
               .environment = {},
               .out = [this](std::string_view text) { out += text; },
               .err = [this](std::string_view text) { err += text; },
               .columns = [] { return 80; },
               .user = "ann",
               .host = "laptop",
               .process_id = 42};

  TestApp() = default;
  TestApp(const TestApp&) = delete;
  TestApp& operator=(const TestApp&) = delete;
};

}  // namespace kai::fakes
