#include "tests/http1/strict_reader.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kai::http1_test {
namespace {

// A cursor with one function per rule of the grammar. Each takes what it names off the front and
// says whether it was there; after a false the cursor is of no use.
class Reader {
 public:
  explicit Reader(std::string_view input) : input_(input) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool ended() const { return at_ == input_.size(); }
  [[nodiscard]] int peek() const {
    return ended() ? -1 : static_cast<int>(static_cast<unsigned char>(input_[at_]));
  }
  bool literal(std::string_view text) {
    if (input_.substr(at_, text.size()) != text) return false;
    at_ += text.size();
    return true;
  }
  bool crlf() { return literal("\r\n"); }
  bool bytes(std::uint64_t count, std::string& into) {
    if (count > input_.size() - at_) return false;
    into += input_.substr(at_, static_cast<std::size_t>(count));
    at_ += static_cast<std::size_t>(count);
    return true;
  }
  void blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  template <typename Predicate>
  std::string many(Predicate fits) {
    std::string text;
    while (!ended() && fits(peek())) text += input_[at_++];
    return text;
  }

 private:
  std::string_view input_;
  std::size_t at_ = 0;
};

bool is_alpha(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(int c) { return c >= '0' && c <= '9'; }
bool is_tchar(int c) {
  return is_alpha(c) || is_digit(c) ||
         (c > 0 && std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c)));
}
bool is_vchar(int c) { return c >= 0x21 && c <= 0x7E; }
bool is_obs_text(int c) { return c >= 0x80; }
bool is_text(int c) { return c == '\t' || c == ' ' || is_vchar(c) || is_obs_text(c); }

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool read_field_line(Reader& in, std::vector<std::pair<std::string, std::string>>& fields) {
  const std::string name = in.many(is_tchar);
  if (name.empty() || !in.literal(":")) return false;
  std::string value = in.many(is_text);
  if (!in.crlf()) return false;
  const std::size_t begin = value.find_first_not_of(" \t");
  const std::size_t end = value.find_last_not_of(" \t");
  value = begin == std::string::npos ? "" : value.substr(begin, end - begin + 1);
  fields.emplace_back(lower(name), value);
  return true;
}

bool read_fields(Reader& in, std::vector<std::pair<std::string, std::string>>& fields) {
  while (!in.crlf()) {
    if (!read_field_line(in, fields)) return false;
  }
  return true;
}

bool is_version(std::string_view text) { return text == "HTTP/1.0" || text == "HTTP/1.1"; }

// quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
bool read_quoted(Reader& in) {
  if (!in.literal("\"")) return false;
  while (!in.literal("\"")) {
    in.literal("\\");
    if (!is_text(in.peek())) return false;
    std::string ignored;
    if (!in.bytes(1, ignored)) return false;
  }
  return true;
}

// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), then CRLF.
bool read_extensions(Reader& in) {
  while (!in.crlf()) {
    in.blanks();
    if (!in.literal(";")) return false;
    in.blanks();
    if (in.many(is_tchar).empty()) return false;
    Reader ahead = in;  // blanks here belong to "=" or to the next ";"
    ahead.blanks();
    if (!ahead.literal("=")) continue;
    ahead.blanks();
    in = ahead;
    if (in.peek() == '"' ? !read_quoted(in) : in.many(is_tchar).empty()) return false;
  }
  return true;
}

// chunk-size = 1*HEXDIG, of which 63 bits are believed.
std::optional<std::uint64_t> read_chunk_size(Reader& in) {
  const std::string digits = lower(in.many(
      [](int c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }));
  if (digits.empty() || digits.size() > 16) return {};
  std::uint64_t size = 0;
  for (const char c : digits) {
    size = size * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  if (size >> 63 != 0) return {};
  return size;
}

bool read_chunked_body(Reader& in, Message& message) {
  message.is_chunked = true;
  while (true) {
    const auto size = read_chunk_size(in);
    if (!size || !read_extensions(in)) return false;
    if (*size == 0) return read_fields(in, message.trailers);
    if (!in.bytes(*size, message.body) || !in.crlf()) return false;
  }
}

std::optional<std::uint64_t> read_length(const std::string& text) {
  if (text.empty() || text.size() > 19) return {};
  std::uint64_t length = 0;
  for (const char c : text) {
    if (!is_digit(static_cast<unsigned char>(c))) return {};
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (length >> 63 != 0) return {};
  return length;
}

// The body that the framing fields announce. `silent`: what no field means.
enum class Silent { no_body, until_close };
bool read_body(Reader& in, Message& message, Silent silent) {
  const auto lengths = message.values("content-length");
  const auto codings = message.values("transfer-encoding");
  if (lengths.size() + codings.size() > 1) return false;
  if (codings.size() == 1) {
    const bool allowed = message.first != "HTTP/1.0" && message.third != "HTTP/1.0";
    return allowed && lower(codings[0]) == "chunked" && read_chunked_body(in, message);
  }
  if (lengths.size() == 1) {
    const auto length = read_length(lengths[0]);
    return length && in.bytes(*length, message.body);
  }
  if (silent == Silent::until_close) message.body = in.many([](int) { return true; });
  return true;
}

// uri-host [ ":" port ] as far as octets go, without percent-encoding and user information.
bool is_host(std::string_view text) {
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (!is_alpha(octet) && !is_digit(octet) && !std::string_view("-._[]:").contains(c)) {
      return false;
    }
  }
  return !text.empty() && text.front() != ':' && text.back() != ':';
}

bool has_right_host(const Message& message) {
  const auto hosts = message.values("host");
  if (hosts.size() > 1) return false;
  if (hosts.empty()) return message.third == "HTTP/1.0";
  return is_host(hosts[0]);
}

bool is_target(std::string_view method, std::string_view target) {
  for (const char c : target) {
    if (!is_vchar(static_cast<unsigned char>(c)) || c == '#' || c == '\\') return false;
  }
  const std::string scheme = lower(std::string(target.substr(0, 8)));
  if (scheme.starts_with("http://") || scheme.starts_with("https://")) return true;
  return target.starts_with('/') || (method == "OPTIONS" && target == "*");
}

}  // namespace

std::vector<std::string> Message::values(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [field, value] : fields) {
    if (field == name) found.push_back(value);
  }
  return found;
}

std::optional<Message> read_request(std::string_view input) {
  Reader in(input);
  Message message;
  in.crlf();  // RFC 9112 §2.2
  message.first = in.many(is_tchar);
  if (message.first.empty() || !in.literal(" ")) return {};
  message.second = in.many(is_vchar);
  if (!is_target(message.first, message.second) || !in.literal(" ")) return {};
  message.third = in.many(is_vchar);
  if (!is_version(message.third) || !in.crlf() || !read_fields(in, message.fields)) return {};
  if (!has_right_host(message) || !read_body(in, message, Silent::no_body)) return {};
  message.bytes = in.at();
  return message;
}

std::optional<Message> read_answer(std::string_view input, const AnswerTo& to) {
  Reader in(input);
  Message message;
  message.first = in.many(is_vchar);
  if (!is_version(message.first) || !in.literal(" ")) return {};
  message.second = in.many(is_digit);
  if (message.second.size() != 3 || message.second < "100" || message.second > "599") return {};
  if (!in.literal(" ")) return {};
  message.third = in.many(is_text);
  if (!in.crlf() || !read_fields(in, message.fields)) return {};
  const bool bodiless =
      message.second < "200" || message.second == "204" || message.second == "304" || to.head;
  if (!bodiless) {
    const bool open =
        message.values("content-length").empty() && message.values("transfer-encoding").empty();
    if (open && !to.closed) return {};
    if (!read_body(in, message, Silent::until_close)) return {};
  }
  message.bytes = in.at();
  return message;
}

std::optional<Message> read_chunked(std::string_view input) {
  Reader in(input);
  Message message;
  if (!read_chunked_body(in, message)) return {};
  message.bytes = in.at();
  return message;
}

}  // namespace kai::http1_test
