// How a service of a version is started as a process. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/plan/local_release.h"
#include "core/traffic/weight.h"
#include "os/lasting_process.h"

namespace kai::edges {

// What "{tag}", "{port}" and "{instance}" stand for.
struct Placeholders {
  std::string tag;
  std::uint16_t port = 0;
  std::uint32_t number = 0;
};

// Each of the three is replaced, in one pass: what comes in is not looked at again. Other braces
// stay.
[[nodiscard]] std::string fill_in(std::string_view text, const Placeholders& values);

// `plain`: what every process gets; the service's own variables win.
[[nodiscard]] os::LastingSpec spec_of(const core::LocalService& service,
                                      const std::string& directory, const Placeholders& values,
                                      const std::map<std::string, std::string>& plain);

// max(1, ceil(stable's instances x weight)); `fixed` above zero overrides it.
[[nodiscard]] std::uint32_t canary_instances_for(core::Weight weight, std::uint32_t stable,
                                                 std::uint32_t fixed);

// Largest weight that `ready` canary instances can take when `stable` take all of it. With all that
// were wanted ready, everything that was asked for.
[[nodiscard]] core::Weight weight_for_instances(std::uint32_t ready, std::uint32_t wanted,
                                                std::uint32_t stable);

}  // namespace kai::edges
