#include "edges/splitter_admin/splitter_counts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "codec/number.h"
#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr std::string_view requests_name = "http_requests_total";
constexpr std::string_view buckets_name = "http_request_duration_seconds_bucket";
constexpr std::string_view broken_name = "kai_broken_answers_total";
constexpr std::string_view in_flight_name = "kai_requests_in_flight";
constexpr std::string_view start_line = "\nprocess_start_time_seconds ";
constexpr std::size_t start_bytes_max = 64;
constexpr std::size_t fraction_digits = 6;
constexpr std::uint64_t count_max = std::uint64_t{1} << 53;  // whole beyond doubt everywhere

std::unexpected<Error> malformed(std::string_view line, const std::string& what) {
  return fail(ErrorKind::malformed, "the splitter's metrics: " + codec::quote(line) + ": " + what);
}

std::optional<std::uint64_t> read_whole(std::string_view text) {
  const auto value = codec::parse_uint(text, count_max);
  return value ? std::optional(*value) : std::nullopt;
}

// "0.250000" as microseconds.
std::optional<std::uint64_t> read_microseconds(std::string_view text) {
  const std::size_t dot = text.find('.');
  const auto seconds = read_whole(text.substr(0, dot));
  if (!seconds || *seconds > count_max / 1'000'000) return std::nullopt;
  std::string fraction(dot == std::string_view::npos ? "" : text.substr(dot + 1));
  if (fraction.size() > fraction_digits) return std::nullopt;
  fraction.resize(fraction_digits, '0');
  const auto rest = read_whole(fraction);
  if (!rest) return std::nullopt;
  return *seconds * 1'000'000 + *rest;
}

struct Series {
  std::string_view name;
  std::map<std::string, std::string, std::less<>> labels;
  std::string_view value;

  [[nodiscard]] const std::string* label(std::string_view label_name) const {
    const auto found = labels.find(label_name);
    return found == labels.end() ? nullptr : &found->second;
  }
};

// `name{label="value",...} value`, as the format has it.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  std::optional<Series> read() {
    Series series;
    series.name = take_until("{ ");
    if (series.name.empty()) return std::nullopt;
    if (skip('{') && !read_labels(series)) return std::nullopt;
    if (!skip(' ')) return std::nullopt;
    series.value = rest_;
    return series;
  }

 private:
  bool read_labels(Series& series) {
    while (!skip('}')) {
      const std::string name(take_until("=},"));
      if (name.empty() || !skip('=') || !skip('"')) return false;
      auto value = read_value();
      if (!value || !series.labels.emplace(name, std::move(*value)).second) return false;
      if (!skip(',') && !rest_.starts_with('}')) return false;
    }
    return true;
  }

  std::optional<std::string> read_value() {
    std::string value;
    while (!rest_.empty()) {
      const char letter = take();
      if (letter == '"') return value;
      if (letter != '\\') {
        value += letter;
        continue;
      }
      if (rest_.empty()) return std::nullopt;
      const char escaped = take();
      value += escaped == 'n' ? '\n' : escaped;
    }
    return std::nullopt;
  }

  char take() {
    const char letter = rest_.front();
    rest_.remove_prefix(1);
    return letter;
  }
  bool skip(char letter) {
    if (!rest_.starts_with(letter)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view take_until(std::string_view letters) {
    const std::size_t end = std::min(rest_.find_first_of(letters), rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
  }

  std::string_view rest_;
};

class Reading {
 public:
  // Lines of other series are not looked into.
  Result<Unit> add(std::string_view line) {
    if (line.empty() || line.starts_with('#')) return Unit{};
    const std::string_view name = line.substr(0, line.find_first_of("{ "));
    if (name != requests_name && name != buckets_name && name != broken_name &&
        name != in_flight_name)
      return Unit{};
    const auto series = Line(line).read();
    if (!series) return malformed(line, "no series");
    if (!seen_.insert(line.substr(0, line.rfind(' '))).second)
      return malformed(line, "it is there twice");
    if (seen_.size() > splitter_series_max) return malformed(line, "too many series");
    return take(line, *series);
  }
  SplitterCounts take_counts() { return std::move(counts_); }

 private:
  Result<Unit> take(std::string_view line, const Series& series) {
    const auto* const route = series.label("route");
    const auto* const version = series.label("version");
    const auto* const track = series.label("track");
    const auto count = read_whole(series.value);
    if (route == nullptr || version == nullptr || track == nullptr)
      return malformed(line, "it lacks a label");
    if (!count) return malformed(line, "its value is no count");
    SplitterCounted& counted = counts_[{.route = *route, .version = *version, .track = *track}];
    if (series.name == requests_name) return take_requests(line, series, *count, counted);
    if (series.name == buckets_name) return take_bucket(line, series, *count, counted);
    if (series.name == broken_name) {
      counted.broken = *count;
    } else {
      counted.in_flight = *count;
    }
    return Unit{};
  }

  static Result<Unit> take_requests(std::string_view line, const Series& series,
                                    std::uint64_t count, SplitterCounted& counted) {
    const auto* const text = series.label("status_code");
    const auto status = text == nullptr ? std::nullopt : read_whole(*text);
    if (!status || *status < 100 || *status > 599) return malformed(line, "no status");
    counted.by_status[static_cast<int>(*status)] = count;
    return Unit{};
  }

  static Result<Unit> take_bucket(std::string_view line, const Series& series, std::uint64_t count,
                                  SplitterCounted& counted) {
    const auto* const text = series.label("le");
    if (text == nullptr) return malformed(line, "no edge");
    if (*text == "+Inf") {
      counted.timed = count;
      return Unit{};
    }
    const auto edge = read_microseconds(*text);
    if (!edge) return malformed(line, "its edge is no time");
    counted.within[*edge] = count;
    return Unit{};
  }

  SplitterCounts counts_;
  std::set<std::string_view> seen_;  // into the text, which outlives the reading
};

}  // namespace

std::uint64_t SplitterCounted::requests() const {
  std::uint64_t sum = 0;
  for (const auto& [status, count] : by_status) sum += count;
  return sum;
}

std::uint64_t SplitterCounted::errors() const {
  std::uint64_t sum = broken;
  for (const auto& [status, count] : by_status) sum += status >= 500 ? count : 0;
  return sum;
}

Result<SplitterCounts> read_counts(std::string_view text) {
  Reading reading;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto added = reading.add(text.substr(0, end)); !added)
      return std::unexpected(std::move(added.error()));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reading.take_counts();
}

std::string read_start(std::string_view text) {
  const std::size_t at = text.find(start_line);
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + start_line.size());
  return std::string(text.substr(0, std::min(text.find('\n'), start_bytes_max)));
}

void fill_in_flight(const SplitterCounts& counts, std::vector<SplitterServed>& served) {
  for (const auto& [arm, counted] : counts) {
    if (!counted.in_flight) continue;
    auto found = std::ranges::find_if(served, [&key = arm](const SplitterServed& one) {
      return one.version.service == key.route && one.version.tag == key.version;
    });
    if (found == served.end()) {
      if (*counted.in_flight == 0) continue;
      served.push_back({.version = {.service = arm.route, .tag = arm.version, .endpoints = {}},
                        .in_flight = {}});
      found = served.end() - 1;
    }
    found->in_flight = found->in_flight.value_or(0) + *counted.in_flight;
  }
}

}  // namespace kai::edges
