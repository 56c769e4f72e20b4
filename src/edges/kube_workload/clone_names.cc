#include "edges/kube_workload/clone_names.h"

#include "codec/digest.h"

namespace kai::edges {
namespace {

const std::string suffix = "-canary";
constexpr std::size_t digits = 8;
constexpr std::size_t object_name_max = 253;

std::string shortened(std::string_view name, std::size_t length) {
  std::string start(name.substr(0, length));
  while (start.ends_with('-') || start.ends_with('.')) start.pop_back();
  return start;
}

}  // namespace

std::string canary_name(std::string_view name, std::size_t length_max) {
  if (name.size() + suffix.size() <= length_max) return std::string(name) + suffix;
  const std::string hash = codec::sha256_hex(name).substr(0, digits);
  return shortened(name, length_max - suffix.size() - digits - 1) + "-" + hash + suffix;
}

std::string content_name(std::string_view name, std::string_view content) {
  return shortened(name, object_name_max - digits - 1) + "-" +
         codec::sha256_hex(content).substr(0, digits);
}

}  // namespace kai::edges
