# ctest entries about the sources and the programs as files; the label `sources` lets a sanitizer run
# leave out what does not depend on it.
if(NOT KAI_BUILD_TESTS)
  return()
endif()
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

function(kai_check name)
  add_test(NAME ${name} COMMAND Python3::Interpreter ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS sources TIMEOUT 60)
endfunction()
kai_check(check_layers tools/check_layers.py)
kai_check(check_layers_test tools/check_layers_test.py)
kai_check(check_mentions tools/check_mentions.py)
kai_check(check_mentions_test tools/check_mentions_test.py)
kai_check(check_elf_test tools/check_elf_test.py)
kai_check(house_test tools/house_test.py)
kai_check(mutants_test tools/mutants_test.py)

# Every header is compiled alone. `make test` has built this target before; here it only fails again.
add_test(NAME headers_compile_alone
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target all_verify_interface_header_sets)
set_tests_properties(headers_compile_alone PROPERTIES LABELS sources TIMEOUT 1200)

# Checks of finished programs; called after all folders are added.
function(kai_check_programs)
  # Whoever parses internet bytes holds no cluster code.
  if(TARGET kai-splitter)
    kai_check(splitter_is_alone tools/check_elf.py --without kai::kubeapi,kai::engine,kai::edges
      $<TARGET_FILE:kai-splitter>)
  endif()
endfunction()
