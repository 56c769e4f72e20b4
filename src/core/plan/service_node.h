// ServiceNode: a map in a service file, with the place of each thing in it for mistakes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/plan/reader.h"
#include "core/plan/settings.h"

namespace kai::core {

class ServiceNode {
 public:
  // `path` is its place, "services[0].health"; empty: the whole file. All else outlives it.
  ServiceNode(Reader& reader, const ServiceFile& file, const Tree& tree, std::string path)
      : reader_(reader), file_(file), tree_(tree), path_(std::move(path)) {}

  // At the line of `at`, else at that of the map.
  void mistake(std::string_view key, const Tree& at, std::string message);
  void mistake(std::string_view key, std::string message);

  // Every other key is a mistake. False: it is no map at all.
  bool has_only(std::initializer_list<std::string_view> keys, std::string_view wanted);

  // Null: it is not there, or null.
  [[nodiscard]] const Tree* get(std::string_view key) const;
  // Each answers nothing when it is not there, or was a mistake.
  std::optional<std::string> text(std::string_view key);
  std::optional<std::int64_t> whole(std::string_view key, std::int64_t least, std::int64_t most);
  // Above zero, up to an hour; a bare number means seconds.
  std::optional<Duration> duration(std::string_view key);

  // A map below; an empty one when it is not there.
  ServiceNode below(std::string_view key);

  [[nodiscard]] const Tree& tree() const { return tree_; }

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;

  Reader& reader_;
  const ServiceFile& file_;
  const Tree& tree_;
  std::string path_;
};

}  // namespace kai::core
