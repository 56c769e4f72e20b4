# How the shipped programs are hardened. Sanitizers run without it: FORTIFY hides what they look for.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT KAI_SANITIZE)
  add_compile_options(
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
    -fPIE -fvisibility=hidden -fno-delete-null-pointer-checks -fno-strict-aliasing
    -fno-strict-overflow)  # Release only: it silences UBSan's check of signed overflow
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    add_compile_options(-fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    add_compile_options(-mbranch-protection=standard)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fzero-call-used-regs=used-gpr)
  endif()
  add_link_options(
    -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,-z,nodlopen
    -Wl,--as-needed)
endif()
