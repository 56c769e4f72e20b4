# `make install` and `make package`.
include(GNUInstallDirs)
foreach(program kai-canary kai-splitter)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
