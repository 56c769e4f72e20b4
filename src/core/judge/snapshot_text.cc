#include "core/judge/snapshot_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/error.h"

namespace kai::core {
namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char zeros = '.';  // and a letter: so many words of zero
constexpr std::size_t word_bytes = 8;
constexpr std::size_t word_letters = 11;
constexpr std::size_t run_max = 63;
constexpr std::uint8_t no_letter = 64;

constexpr std::array<std::uint8_t, 256> letter_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_letter);
  for (std::size_t i = 0; i < letters.size(); ++i)
    values[static_cast<unsigned char>(letters[i])] = static_cast<std::uint8_t>(i);
  return values;
}
constexpr std::array<std::uint8_t, 256> values = letter_values();

std::uint8_t value_of(char letter) { return values[static_cast<unsigned char>(letter)]; }

std::uint64_t word_at(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < word_bytes; ++i)
    word |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return word;
}

void append(std::vector<std::byte>& bytes, std::uint64_t word) {
  for (std::size_t i = 0; i < word_bytes; ++i)
    bytes.push_back(static_cast<std::byte>((word >> (8 * i)) & 0xffU));
}

// The last letter has only four bits: one text per word, and no other is taken.
std::optional<std::uint64_t> word_in(std::string_view text) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < word_letters; ++i) {
    const std::uint64_t value = value_of(text[i]);
    const std::uint64_t most = i + 1 == word_letters ? 15 : 63;
    if (value > most) return std::nullopt;
    word |= value << (6 * i);
  }
  return word;
}

}  // namespace

std::string snapshot_text(std::span<const std::byte> bytes) {
  KAI_CHECK(bytes.size() % word_bytes == 0);
  std::string text;
  std::size_t run = 0;
  const auto end_run = [&] {
    if (run > 0) text.append({zeros, letters[run]});
    run = 0;
  };
  for (std::size_t at = 0; at < bytes.size(); at += word_bytes) {
    const std::uint64_t word = word_at(bytes, at);
    if (word != 0 || run == run_max) end_run();
    if (word == 0) {
      ++run;
      continue;
    }
    for (std::size_t i = 0; i < word_letters; ++i)
      text += letters[static_cast<std::size_t>((word >> (6 * i)) & 63U)];
  }
  end_run();
  return text;
}

Result<std::vector<std::byte>> snapshot_bytes_in(std::string_view text, std::size_t bytes_max) {
  const auto refuse = [](const char* why) {
    return fail(ErrorKind::malformed, std::string("judge: the saved evidence ") + why);
  };
  std::vector<std::byte> bytes;
  while (!text.empty()) {
    const bool run = text.front() == zeros;
    if (text.size() < (run ? 2 : word_letters)) return refuse("is cut off");
    const std::size_t words = run ? value_of(text[1]) : 1;
    if (words == 0 || words > run_max) return refuse("is damaged");
    if (bytes.size() + words * word_bytes > bytes_max) return refuse("is too long");
    if (run) {
      bytes.resize(bytes.size() + words * word_bytes);
      text.remove_prefix(2);
      continue;
    }
    const auto word = word_in(text);
    if (!word) return refuse("is damaged");
    append(bytes, *word);
    text.remove_prefix(word_letters);
  }
  return bytes;
}

}  // namespace kai::core
