#include "kubeapi/watch_lines.h"

#include <gtest/gtest.h>

#include <vector>

#include "codec/json.h"
#include "kubeapi/watch.h"

namespace kai::kubeapi {
namespace {

using Told = std::vector<std::string>;

// Lines are told as they come; a refusal ends the stream.
struct Reader {
  WatchLines lines;
  Told told;

  Result<Unit> feed(std::string_view bytes) {
    return lines.feed(bytes, [this](const WatchLine& line) {
      told.push_back(line.type + " " + codec::write_json(line.object));
    });
  }
};

const std::string stream =
    "{\"type\":\"ADDED\",\"object\":{\"name\":\"\xc3\xa9 \\\"\\n\"}}\n"
    "\r\n"
    "{\"type\":\"BOOKMARK\",\"object\":{\"v\":\"7\"}}\r\n"
    "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n";

TEST(WatchLines, ASplitAtAnyTwoBytesGivesTheSameEvents) {
  Reader whole;
  ASSERT_TRUE(whole.feed(stream).has_value());
  ASSERT_EQ(whole.told.size(), 3U);
  EXPECT_EQ(whole.told[1], "BOOKMARK {\"v\":\"7\"}");
  EXPECT_EQ(whole.told[2], "ERROR {\"code\":410}");
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      Reader reader;
      EXPECT_TRUE(reader.feed(stream.substr(0, first)).has_value());
      EXPECT_TRUE(reader.feed(stream.substr(first, second - first)).has_value());
      EXPECT_TRUE(reader.feed(stream.substr(second)).has_value());
      ASSERT_EQ(reader.told, whole.told) << first << " " << second;
    }
  }
}

TEST(WatchLines, ALineIsToldAtItsEndAndNotBefore) {
  Reader reader;
  const std::string text = "{\"type\":\"ADDED\",\"object\":{}}";
  EXPECT_FALSE(reader.lines.is_cut());
  EXPECT_TRUE(reader.feed(text).has_value());
  EXPECT_TRUE(reader.told.empty()) << "a whole object, but the line may go on";
  EXPECT_TRUE(reader.lines.is_cut());
  EXPECT_TRUE(reader.feed("\n").has_value());
  EXPECT_EQ(reader.told, (Told{"ADDED {}"}));
  EXPECT_FALSE(reader.lines.is_cut());
}

TEST(WatchLines, WhatCameBeforeAGarbledLineIsStillTold) {
  for (const std::string garbage :
       {"<html>", "{\"type\":\"ADDED\"}", "{\"object\":{}}", "[]", "{\"type\":7,\"object\":{}}",
        "{\"type\":\"A\",\"object\":1}", "{\"type\":\"A\",\"object\":{}} {}"}) {
    Reader reader;
    const auto fed = reader.feed("{\"type\":\"ADDED\",\"object\":{}}\n" + garbage + "\n" +
                                 "{\"type\":\"DELETED\",\"object\":{}}\n");
    ASSERT_FALSE(fed.has_value()) << garbage;
    EXPECT_EQ(fed.error().kind, ErrorKind::malformed) << garbage;
    EXPECT_EQ(reader.told, (Told{"ADDED {}"})) << garbage;
  }
}

TEST(WatchLines, ALineMayBeAsLongAsTheLimitAndNoLonger) {
  const std::string begin = "{\"type\":\"ADDED\",\"object\":{\"a\":\"";
  const std::string end = "\"}}";
  for (const std::size_t over : {std::size_t{0}, std::size_t{1}}) {
    const std::size_t padding = watch_line_bytes_max + over - begin.size() - end.size();
    const std::string text = begin + std::string(padding, 'x') + end + "\n";
    for (const std::size_t piece : {text.size(), watch_line_bytes_max / 2, std::size_t{65'536}}) {
      Reader reader;
      Result<Unit> fed = Unit{};
      for (std::size_t at = 0; at < text.size() && fed; at += piece) {
        fed = reader.feed(std::string_view(text).substr(at, piece));
      }
      EXPECT_EQ(fed.has_value(), over == 0) << piece;
      EXPECT_EQ(reader.told.size(), over == 0 ? 1U : 0U) << piece;
      if (!fed) {
        EXPECT_EQ(fed.error().kind, ErrorKind::malformed);
      }
    }
  }
}

}  // namespace
}  // namespace kai::kubeapi
