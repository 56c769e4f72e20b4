#include "edges/helm/helm_run.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr std::size_t lines_max = 40;
constexpr std::size_t line_bytes_max = 500;

// Helm has one exit code for everything, so reachability is told by the words of client-go.
constexpr std::array unreachable_words = {
    "cluster unreachable",
    "connection refused",
    "i/o timeout",
    "TLS handshake timeout",
    "no such host",
    "no route to host",
    "connection reset by peer",
    "context deadline exceeded",
    "the server is currently unable to handle the request",
    "etcdserver: request timed out",
};

bool is_unreachable(std::string_view text) {
  return std::ranges::any_of(unreachable_words, [&](const char* words) {
    return text.find(words) != std::string_view::npos;
  });
}

}  // namespace

void later(const Helm& helm, Task task) { helm.timers.at(helm.steady.now(), std::move(task)); }

std::string printable_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line = codec::printable(text.substr(0, std::min(end, line_bytes_max)));
    if (end > line_bytes_max) line += "...";
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(' ') != std::string::npos) lines.push_back(std::move(line));
  }
  if (lines.size() > lines_max) lines.erase(lines.begin(), lines.end() - lines_max);
  std::string all;
  for (const std::string& line : lines) all += (all.empty() ? "" : "\n") + line;
  return all;
}

std::string reason_of(std::string_view err) {
  constexpr std::string_view mark = "Error: ";
  if (err.starts_with(mark)) return printable_lines(err);
  const std::size_t line = err.find("\nError: ");
  return printable_lines(line == std::string_view::npos ? err : err.substr(line));
}

Result<std::string> helm_output(const os::ProcessResult& result) {
  std::string words = reason_of(result.err);
  if (words.empty()) words = "helm ended with exit code " + std::to_string(result.exit_code);
  if (result.timed_out) return fail(ErrorKind::unavailable, "helm took too long: " + words);
  if (result.exit_code != 0) {
    const ErrorKind kind =
        is_unreachable(result.err) ? ErrorKind::unavailable : ErrorKind::rejected;
    return fail(kind, std::move(words));
  }
  if (result.truncated) return fail(ErrorKind::malformed, "helm printed more than is read");
  return result.out;
}

void run_helm(const Helm& helm, Argv argv, Reply<std::string> reply) {
  os::ProcessSpec spec{
      .argv = std::move(argv), .environment = helm.environment, .timeout = helm_read_timeout};
  helm.process.start(std::move(spec),
                     [reply = std::move(reply)](Result<os::ProcessResult> result) mutable {
                       if (!result) return reply(std::unexpected(result.error()));
                       reply(helm_output(*result));
                     });
}

void detect_helm(const Helm& helm, Reply<HelmVersion> reply) {
  const std::string where =
      "helm (" + codec::quote(helm.binary) + "; another one is named by HELM_BIN)";
  run_helm(helm, version_argv(helm.binary),
           [where, reply = std::move(reply)](Result<std::string> printed) mutable {
             if (!printed) return reply(std::unexpected(in_context(where, printed.error())));
             reply(in_context(where, parse_helm_version(*printed)));
           });
}

}  // namespace kai::edges
