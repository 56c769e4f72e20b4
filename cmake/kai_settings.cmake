# What holds for every target: the language, the default build type, the compiler cache, the linker.
option(KAI_BUILD_TESTS "Build the tests" ON)
option(KAI_BUILD_BENCH "Build the benchmarks" ON)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Without a preset one gets what a developer wants: the flags of the preset `dev`.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Debug CACHE STRING "Debug or Release" FORCE)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")  # KAI_CHECK and assert() stay on: no NDEBUG

find_program(KAI_CCACHE ccache)
if(KAI_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${KAI_CCACHE})
endif()

# lld links the many small test programs several times faster than the default linker. What is
# shipped (Release) is linked by the distribution's own. g++ finds lld only under its plain name.
find_program(KAI_LLD ld.lld PATHS /usr/lib/llvm-19/bin)
if(KAI_LLD AND CMAKE_BUILD_TYPE STREQUAL "Debug")
  get_filename_component(lld_directory ${KAI_LLD} DIRECTORY)
  add_link_options(-B${lld_directory} -fuse-ld=lld)
endif()
