// Private directories: who owns a temporary directory, told by a lock that dies with its process,
// and what becomes of those that nobody owns any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "os/descriptor.h"

namespace kai::os {

// A directory is left alone until it is this old: its maker may not have come to lock it yet, and a
// child that outlives its parent may still read from it.
inline constexpr std::int64_t abandoned_seconds_min = 3600;
// At most so many are removed in one go, and so many names are looked at.
inline constexpr std::size_t abandoned_removed_max = 32;
inline constexpr std::size_t abandoned_looked_at_max = 10'000;

// The lock of a directory that this process has made; it holds until the descriptor is closed.
// Empty where the file system knows no locks: such a directory is never taken for abandoned.
[[nodiscard]] Descriptor lock_directory(const std::string& path);

// Makes a directory with a name that others know, too, ours alone until the descriptor is closed,
// also by the end of the process. `unavailable`: another process holds it; `rejected`: it cannot be
// opened. Where the file system knows no locks it holds nobody off.
[[nodiscard]] Result<Descriptor> hold_directory(const std::string& path);

// Removes the directories `<prefix>XXXXXX` in `parent` that are ours (owner and mode), older than
// `abandoned_seconds_min` at `now_seconds` of the file system's clock, and locked by nobody. Only
// plain content goes: links are removed, never followed, and a directory that holds a directory
// stays. What cannot be removed is left as it is. Returns how many went.
std::size_t remove_abandoned(const std::string& parent, std::string_view prefix,
                             std::int64_t now_seconds);

}  // namespace kai::os
