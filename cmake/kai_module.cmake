# One folder is one library, one test program and one link test.
#
#   kai_module(NAME [PUBLIC library...] [PRIVATE library...] [TEST library...] [EXCLUDE file...])
#
# Called once in the CMakeLists.txt of a folder. NAME is the folder below src/ with `_` for `/`:
# kai_module(core_plan) makes
#   kai_core_plan             static library of every *.cc but *_test.cc (INTERFACE when there is none)
#   kai_core_plan_test        program of every *_test.cc, a ctest entry of the same name
#   kai_core_plan_link_test   links the whole library: a symbol from an undeclared folder fails here
# and has every header compiled alone (target all_verify_interface_header_sets).
# PUBLIC: what our own headers show (kai_base). PRIVATE: what only the .cc files use (fmt::fmt).
# TEST: what only the tests need. EXCLUDE: files with a main(), built by the caller.
# Folders below core link no fakes: they are tested with literals. All others get kai_test_fakes.

set(KAI_TEST_LIBRARIES GTest::gtest_main rapidcheck)

# Only what starts threads, children or talks to a socket can race: the rest is one thread by design.
# The target race_tests builds these and the label races runs them; `make test-tsan` does no more.
set(KAI_RACE_TESTS "^kai_(os|net|kubeapi|integration.*|shop|splitter_(loop|admin))_test$")
add_custom_target(race_tests)
add_custom_target(fuzz_targets)  # what `make fuzz` builds

function(kai_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE;TEST;EXCLUDE")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kai_module(${name}): unexpected ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT name MATCHES "^kai_")
    set(name kai_${name})
  endif()
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  foreach(file IN LISTS arg_EXCLUDE)
    list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  endforeach()

  kai_library(${name} "${sources}" "${headers}" "${arg_PUBLIC}" "${arg_PRIVATE}")
  if(NOT KAI_BUILD_TESTS)
    return()
  endif()
  if(sources)
    add_executable(${name}_link_test ${PROJECT_SOURCE_DIR}/cmake/empty_main.cc)
    target_link_libraries(${name}_link_test PRIVATE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${name}>")
  endif()
  if(tests)
    set(fakes "$<TARGET_NAME_IF_EXISTS:kai_test_fakes>")
    if(name MATCHES "^kai_(base|codec|core_.*)$")
      set(fakes "")
    endif()
    kai_test(${name}_test SOURCES ${tests} LINK ${name} ${arg_PRIVATE} ${arg_TEST} ${fakes})
  endif()
endfunction()

# The library half of kai_module. Includes are written from src/; outside src/ from the top.
function(kai_library name sources headers public private)
  set(root ${PROJECT_SOURCE_DIR})
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/src/")
    set(root ${PROJECT_SOURCE_DIR}/src)
  endif()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC ${public} PRIVATE ${private})
    set(headers_scope PUBLIC)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${public} ${private})
    set(headers_scope INTERFACE)
  endif()
  target_include_directories(${name} ${headers_scope} ${root})
  if(headers)
    target_sources(${name} ${headers_scope} FILE_SET HEADERS BASE_DIRS ${root} FILES ${headers})
    set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
  endif()
endfunction()

#   kai_test(NAME SOURCES file... [LINK library...])
#
# A GoogleTest program and its ctest entry. It finds test data under KAI_SOURCE_DIR, a string macro.
function(kai_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LINK")
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(${name} PRIVATE KAI_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_LINK} ${KAI_TEST_LIBRARIES} Threads::Threads)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
  if(name MATCHES ${KAI_RACE_TESTS})
    add_dependencies(race_tests ${name})
    set_tests_properties(${name} PROPERTIES LABELS races)
  endif()
endfunction()

#   kai_fuzz(NAME SOURCE file CORPUS directory [LINK library...])
#
# `file` defines LLVMFuzzerTestOneInput. Under the preset fuzz it becomes a libFuzzer program NAME;
# everywhere else NAME runs each file of the corpus once and is a ctest entry, so that what fuzzing
# found once stays found.
function(kai_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SOURCE;CORPUS" "LINK")
  if(KAI_SANITIZE STREQUAL "fuzzer")
    add_executable(${name} ${arg_SOURCE})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${name})
  else()
    add_executable(${name} ${arg_SOURCE} ${PROJECT_SOURCE_DIR}/cmake/run_corpus.cc)
    add_test(NAME ${name}_corpus COMMAND ${name} ${CMAKE_CURRENT_SOURCE_DIR}/${arg_CORPUS})
    set_tests_properties(${name}_corpus PROPERTIES TIMEOUT 120)
  endif()
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_BINARY_DIR BASE_DIRECTORY ${PROJECT_BINARY_DIR}
             OUTPUT_VARIABLE program_directory)
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${PROJECT_SOURCE_DIR}
             OUTPUT_VARIABLE corpus_directory)
  # Read by tools/fuzz.sh: program below the build directory, corpus below the source directory.
  set_property(GLOBAL APPEND_STRING PROPERTY KAI_FUZZ_TARGETS
    "${program_directory}/${name} ${corpus_directory}/${arg_CORPUS}\n")
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${arg_LINK})
endfunction()

# Adds each of the given folders that has a CMakeLists.txt: a folder comes with its first code.
# Paths are relative to the calling directory and may hold wildcards.
function(kai_add_folders)
  foreach(pattern IN LISTS ARGN)
    file(GLOB lists CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${pattern}/CMakeLists.txt)
    foreach(list IN LISTS lists)
      get_filename_component(folder ${list} DIRECTORY)
      add_subdirectory(${folder})
    endforeach()
  endforeach()
endfunction()
