# KAI_SANITIZE: empty, `address` (with undefined behaviour), `thread` or `fuzzer` (libFuzzer + ASan).
set(KAI_SANITIZE "" CACHE STRING "empty, address, thread or fuzzer")
set_property(CACHE KAI_SANITIZE PROPERTY STRINGS "" address thread fuzzer)

set(sanitize_flags "")
if(KAI_SANITIZE STREQUAL "address")
  set(sanitize_flags -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(KAI_SANITIZE STREQUAL "thread")
  set(sanitize_flags -fsanitize=thread)
elseif(KAI_SANITIZE STREQUAL "fuzzer")
  # Every folder is instrumented; only the fuzz targets get libFuzzer's main (see kai_fuzz).
  set(sanitize_flags -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
elseif(NOT KAI_SANITIZE STREQUAL "")
  message(FATAL_ERROR "KAI_SANITIZE is '${KAI_SANITIZE}'; it may be address, thread or fuzzer")
endif()
if(sanitize_flags)
  add_compile_options(${sanitize_flags} -fno-omit-frame-pointer)
  add_link_options(${sanitize_flags})
endif()

# Seeds of a simulation run: fewer where each costs ten times as much.
set(seeds_default 20000)
if(KAI_SANITIZE)
  set(seeds_default 2000)
endif()
set(KAI_SIMULATION_SEEDS ${seeds_default} CACHE STRING "Seeds that the simulation runs in ctest")
