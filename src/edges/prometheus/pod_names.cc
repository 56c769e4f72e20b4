#include "edges/prometheus/pod_names.h"

#include <cstddef>

namespace kai::edges {
namespace {

constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::size_t hash_max = 10;
constexpr std::size_t random_size = 5;
constexpr std::size_t cut_name_size = 63;  // of a name that was too long

bool is_made_up(std::string_view word) {
  return !word.empty() && word.find_first_not_of(alphabet) == std::string_view::npos;
}

}  // namespace

bool is_pod_name_of(std::string_view pod, std::string_view workload) {
  if (!pod.starts_with(workload)) return false;
  std::string_view tail = pod.substr(workload.size());
  if (!tail.starts_with('-')) return false;
  tail.remove_prefix(1);
  const std::size_t dash = tail.find('-');
  if (dash == std::string_view::npos || dash > hash_max) return false;
  const std::string_view random = tail.substr(dash + 1);
  return is_made_up(tail.substr(0, dash)) && is_made_up(random) && random.size() == random_size;
}

std::string version_in_pod_name(std::string_view pod) {
  if (pod.size() <= random_size || !is_made_up(pod.substr(pod.size() - random_size)))
    return std::string(pod);
  const std::string_view base = pod.substr(0, pod.size() - random_size);
  if (base.ends_with('-')) return std::string(base.substr(0, base.size() - 1));
  return std::string(pod.size() == cut_name_size ? base : pod);
}

}  // namespace kai::edges
