// Recurrence: separate runs of striking frames within a window. A defect in every other interval
// never lasts long enough to be proved at once; four runs in a quarter of an hour are no accident.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace kai::core {

// All fields are state.
struct Recurrence {
  static constexpr std::uint32_t window_max = 1024;
  std::array<std::uint64_t, window_max / 64> striking{};  // a ring of the last `window` frames
  std::uint32_t next = 0;
  std::uint32_t kept = 0;
  std::uint32_t runs = 0;  // separate runs of striking frames in the window

  // `window` in frames, 2 to `window_max`, the same at each call.
  void observe(bool strikes, std::uint32_t window);

 private:
  [[nodiscard]] bool at(std::uint32_t index) const;
};

}  // namespace kai::core
