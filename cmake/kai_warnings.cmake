# Warnings are errors under both compilers, as each sees what the other misses.
add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum
  -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wformat=2 -Wimplicit-fallthrough
  -Wundef -Werror
  # A field that a designated initialiser leaves out is value-initialised; that is what we want.
  -Wno-missing-field-initializers)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(
    -Wthread-safety -Wconditional-uninitialized
    # libstdc++ 12's stable_sort calls what it deprecates itself; g++ still reports our own calls.
    -Wno-deprecated-declarations)
else()
  add_compile_options(
    -Wlogical-op -Wduplicated-cond -Wbidi-chars=any -Wtrampolines
    # False alarms through std::variant, hence through Result.
    -Wno-maybe-uninitialized)
endif()
