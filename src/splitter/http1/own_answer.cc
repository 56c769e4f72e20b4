#include "splitter/http1/own_answer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "splitter/http1/head_output.h"

namespace kai::splitter {
namespace {

constexpr std::size_t sentence_bytes_max = 256;
constexpr std::size_t id_bytes_max = 128;
constexpr std::string_view id_label = "request id: ";

void write_fields(const OwnAnswer& answer, std::string_view id, HeadOutput& out) {
  if (answer.status == 405)
    out.append_field("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  if (answer.retry_after_seconds != 0) {
    out.append("Retry-After: ");
    out.append_decimal(answer.retry_after_seconds);
    out.append("\r\n");
  }
  if (!id.empty()) out.append_field("X-Request-Id", id);
  // An answer that anybody may cache must not stand for the backend's.
  out.append("Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n");
  out.append(answer.keeps_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
}

}  // namespace

std::optional<std::size_t> write_own_answer(const OwnAnswer& answer, std::span<char> output) {
  const std::string_view sentence = answer.sentence.substr(0, sentence_bytes_max);
  const std::string_view id = answer.request_id.substr(0, id_bytes_max);
  const std::size_t id_line = id.empty() ? 0 : id_label.size() + id.size() + 1;
  HeadOutput out(output);
  out.append("HTTP/1.1 ");
  out.append_decimal(static_cast<std::uint64_t>(answer.status));
  out.append(" ");
  out.append(reason_of(answer.status));
  out.append("\r\n");
  write_fields(answer, id, out);
  out.append("Content-Length: ");
  out.append_decimal(sentence.size() + 1 + id_line);
  out.append("\r\n\r\n");
  if (!answer.is_to_head) {
    out.append(sentence);
    out.append("\n");
    if (!id.empty()) {
      out.append(id_label);
      out.append(id);
      out.append("\n");
    }
  }
  if (out.overflowed()) return {};
  return out.size();
}

std::string_view reason_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

}  // namespace kai::splitter
