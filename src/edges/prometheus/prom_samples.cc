#include "edges/prometheus/prom_samples.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/tree.h"
#include "codec/json.h"
#include "codec/number.h"
#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr std::size_t answer_depth_max = 32;
constexpr double seconds_max = 4e9;  // year 2096; keeps nanoseconds inside 64 bits

std::unexpected<Error> broken(std::string what) {
  return fail(ErrorKind::malformed, "not an answer of Prometheus: " + std::move(what));
}

Result<WallTime> parse_moment(const Tree& node) {
  const auto seconds = node.as_number();
  if (!seconds || !(*seconds >= 0) || *seconds > seconds_max)
    return broken("a time stamp is no number of seconds");
  // Prometheus keeps milliseconds; anything finer is noise of the double.
  return WallTime{std::chrono::milliseconds(std::llround(*seconds * 1000))};
}

Result<PromSample> parse_sample(const Tree& node) {
  const Tree::List* const pair = node.as_list();
  if (pair == nullptr || pair->size() != 2) return broken("a sample is no pair");
  const auto at = parse_moment((*pair)[0]);
  if (!at) return std::unexpected(at.error());
  const std::string* const text = (*pair)[1].as_text();
  if (text == nullptr) return broken("a sample's value is no text");
  const auto value = codec::parse_finite(*text);
  if (value) return PromSample{.at = *at, .value = *value};
  // One bad series must not hide all the others; it is refused where it is counted.
  if (value.error().kind == ErrorKind::no_data)
    return PromSample{.at = *at, .value = std::numeric_limits<double>::quiet_NaN()};
  return broken("a sample is " + codec::quote(*text));
}

Result<Unit> parse_labels(const Tree& node, PromSeries& series) {
  const Tree* const metric = node.get("metric");
  if (metric == nullptr || metric->as_map() == nullptr) return broken("a series has no labels");
  for (const auto& [name, value] : *metric->as_map()) {
    if (value.as_text() == nullptr)
      return broken("the label " + codec::quote(name) + " is no text");
    series.labels.emplace_back(name, *value.as_text());
  }
  std::ranges::sort(series.labels);
  return Unit{};
}

Result<Unit> parse_samples(const Tree& node, PromSeries& series) {
  if (node.get("histogram") != nullptr || node.get("histograms") != nullptr) {
    return broken("a native histogram where a counter was asked for");
  }
  if (const Tree* const value = node.get("value")) {
    const auto sample = parse_sample(*value);
    if (!sample) return std::unexpected(sample.error());
    series.samples.push_back(*sample);
    return Unit{};
  }
  const Tree* const values = node.get("values");
  if (values == nullptr || values->as_list() == nullptr) return broken("a series has no samples");
  for (const Tree& item : *values->as_list()) {
    const auto sample = parse_sample(item);
    if (!sample) return std::unexpected(sample.error());
    if (!series.samples.empty() && sample->at <= series.samples.back().at)
      return broken("samples are out of order");
    series.samples.push_back(*sample);
  }
  return Unit{};
}

Result<std::vector<PromSeries>> parse_series(const Tree::List& items) {
  if (items.size() > prom_series_max) {
    return fail(ErrorKind::malformed, "the answer has " + std::to_string(items.size()) +
                                          " series, more than " + std::to_string(prom_series_max) +
                                          "; drop labels with many values");
  }
  std::vector<PromSeries> all;
  std::size_t samples = 0;
  for (const Tree& item : items) {
    PromSeries& series = all.emplace_back();
    if (auto labels = parse_labels(item, series); !labels) return std::unexpected(labels.error());
    if (auto parsed = parse_samples(item, series); !parsed) return std::unexpected(parsed.error());
    samples += series.samples.size();
    if (samples > prom_samples_max) {
      return fail(ErrorKind::malformed,
                  "the answer has more than " + std::to_string(prom_samples_max) + " samples");
    }
  }
  return all;
}

Result<std::vector<PromSeries>> parse_scalar(const Tree& node) {
  const auto sample = parse_sample(node);
  if (!sample) return std::unexpected(sample.error());
  return std::vector<PromSeries>{{.labels = {}, .samples = {*sample}}};
}

Result<Unit> check_whole(const Tree& answer) {
  const Tree::List* const warnings = answer.list_at("/warnings");
  if (warnings != nullptr && !warnings->empty()) {
    const std::string* const text = warnings->front().as_text();
    return fail(ErrorKind::unavailable,
                "the answer is partial: " + codec::quote(text == nullptr ? "" : *text));
  }
  if (answer.bool_at("/isPartial").value_or(false))
    return fail(ErrorKind::unavailable, "the answer is partial");
  return Unit{};
}

std::string said(const Tree& answer) {
  return codec::printable(answer.text_or("/errorType", "error")).substr(0, 40) + ": " +
         codec::quote(answer.text_or("/error", ""));
}

}  // namespace

std::string_view PromSeries::label(std::string_view name) const {
  const auto found = std::ranges::lower_bound(
      labels, name, {}, [](const auto& label) { return std::string_view(label.first); });
  return found == labels.end() || found->first != name ? std::string_view()
                                                       : std::string_view(found->second);
}

Result<std::vector<PromSeries>> parse_prom_answer(std::string_view body) {
  const auto answer =
      codec::parse_json(body, {.depth_max = answer_depth_max, .bytes_max = prom_answer_bytes_max});
  if (!answer) return broken(answer.error().message + "; it begins with " + codec::quote(body, 80));
  const std::string status = answer->text_or("/status", "");
  if (status == "error") return fail(ErrorKind::rejected, said(*answer));
  if (status != "success") return broken("no status; it begins with " + codec::quote(body, 80));
  if (auto whole = check_whole(*answer); !whole) return std::unexpected(whole.error());
  const std::string type = answer->text_or("/data/resultType", "");
  const Tree* const result = answer->at("/data/result");
  if (result == nullptr || result->as_list() == nullptr) return broken("no result");
  if (type == "scalar") return parse_scalar(*result);
  if (type != "matrix" && type != "vector") return broken("result of type " + codec::quote(type));
  return parse_series(*result->as_list());
}

Error prom_refusal(int status, std::string_view body) {
  const auto answer = codec::parse_json(body.substr(0, 65'536), {.depth_max = answer_depth_max});
  const bool spoke = answer && answer->text_at("/error") != nullptr;
  const std::string what =
      "HTTP " + std::to_string(status) + ", " + (spoke ? said(*answer) : codec::quote(body, 80));
  const bool busy = status == 408 || status == 429 || status >= 500;
  if (busy) return {.kind = ErrorKind::unavailable, .message = what};
  return {.kind = ErrorKind::rejected, .message = what};
}

}  // namespace kai::edges
