// What processes of a fleet wrote: why they ended, and what is kept of it.
#include <algorithm>
#include <utility>

#include "codec/quote.h"
#include "edges/local_workload/fleet.h"

namespace kai::edges {
namespace {

constexpr std::size_t log_tail_bytes_max = std::size_t{64} << 10;
constexpr std::size_t log_file_bytes_max = std::size_t{64} << 20;
constexpr std::size_t words_max = 300;

std::string how_it_ended(std::optional<int> code) {
  if (!code) return "has ended (how, only the command that had started it was told)";
  if (*code > 128) return "was ended by signal " + std::to_string(*code - 128);
  return "ended with exit code " + std::to_string(*code);
}

}  // namespace

core::Reason Fleet::death_of(const Instance& instance) {
  std::string sentence = "process " + name_of(instance) + " " +
                         how_it_ended(seams_.processes.exit_code(instance.process));
  const std::vector<std::string> words = last_words(instance, 1);
  if (!words.empty()) sentence += "; its last words: " + codec::quote(words.back(), words_max);
  return {.code = "process_ended", .sentence = std::move(sentence)};
}

std::vector<std::string> Fleet::last_words(const Instance& instance, std::size_t lines_max) {
  const auto tail = seams_.log_files.tail(log_file_of(instance), log_tail_bytes_max);
  std::vector<std::string> lines;
  if (!tail) return lines;
  std::string_view text = *tail;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.push_back(codec::printable(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (lines.size() > lines_max)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(lines_max));
  return lines;
}

std::string Fleet::log_file_of(const Instance& instance) const {
  return options_.directory + "/logs/" + name_of(instance) + ".log";
}

void Fleet::remove_old_logs(const ReleaseFile& file) {
  const std::string directory = options_.directory + "/logs";
  const auto entries = seams_.disk.list(directory);
  if (!entries) return;
  const auto is_known = [&](const std::string& name) {
    const std::string stem = name.substr(0, name.rfind('-'));
    const auto is_of = [&](const std::string& tag) { return stem.ends_with("-" + tag); };
    return std::ranges::any_of(file.revisions, is_of, &LocalRevision::tag) ||
           std::ranges::any_of(file.instances, is_of, &Instance::tag) ||
           std::ranges::any_of(file.discarded, is_of);
  };
  for (const os::DirectoryEntry& entry : *entries) {
    if (entry.is_directory || !entry.name.ends_with(".log") || is_known(entry.name)) continue;
    ignore(seams_.disk.remove(directory + "/" + entry.name), "tried again the next time");
  }
}

void Fleet::cut_logs(const ReleaseFile& file) {
  for (const Instance& each : file.instances)
    seams_.log_files.cut(log_file_of(each), log_file_bytes_max);
}

}  // namespace kai::edges
