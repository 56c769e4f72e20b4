# Third-party libraries, all from Debian 12. Each is used behind one thin wrapper; which folder may
# include which is said in tools/check_layers.py, the reason and licence in docs/dependencies.md.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)   # target: SQLite::SQLite3
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)  # target: yaml-cpp
find_package(CLI11 REQUIRED)     # target: CLI11::CLI11
find_package(Boost 1.81.0 EXACT REQUIRED CONFIG)  # target: Boost::headers
if(KAI_BUILD_TESTS)
  find_package(GTest REQUIRED)   # target: GTest::gtest_main, linked by kai_module and kai_test
  find_package(rapidcheck REQUIRED)
endif()
if(KAI_BUILD_BENCH)
  find_package(benchmark REQUIRED)  # target: benchmark::benchmark_main
endif()
