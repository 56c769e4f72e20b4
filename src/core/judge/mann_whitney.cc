#include "core/judge/mann_whitney.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace kai::core {
namespace {

constexpr double tiny = 4.9e-324;
constexpr double root_tolerance = 1e-4;
constexpr int iterations_max = 1001;

struct Ranked {
  double value;
  bool of_x;
};

// Sum of the midranks of x - shift among both samples, and of t^3 - t over groups of t equal
// values.
struct Ranks {
  double sum = 0;
  double ties = 0;
};

Ranks rank(std::span<const double> x, std::span<const double> y, double shift) {
  std::vector<Ranked> all;
  all.reserve(x.size() + y.size());
  for (const double value : x) all.push_back({value - shift, true});
  for (const double value : y) all.push_back({value, false});
  std::ranges::sort(all, {}, &Ranked::value);
  Ranks ranks;
  for (std::size_t first = 0; first < all.size();) {
    std::size_t end = first;
    double of_x = 0;
    while (end < all.size() && all[end].value == all[first].value) of_x += all[end++].of_x ? 1 : 0;
    const auto t = static_cast<double>(end - first);
    ranks.sum += of_x * (static_cast<double>(first) + (t + 1) / 2);
    ranks.ties += t * t * t - t;
    first = end;
  }
  return ranks;
}

double sign_of(double value) { return value > 0 ? 1 : value < 0 ? -1 : 0; }

// z(shift) - target, as a function whose root is wanted.
class Shifted {
 public:
  Shifted(std::span<const double> x, std::span<const double> y, double target)
      : x_(x), y_(y), target_(target) {}
  double operator()(double shift) {
    const auto z = mann_whitney_z(x_, y_, shift);
    if (!z) flat_ = true;
    return z.value_or(0) - target_;
  }
  [[nodiscard]] bool was_flat() const { return flat_; }

 private:
  std::span<const double> x_;
  std::span<const double> y_;
  double target_;
  bool flat_ = false;
};

// The step of Brent's method: by interpolation where that is safe, else half the bracket.
struct Bracket {
  double a, b, c;
  double fa, fb, fc;
};
double brent_step(const Bracket& at, double prev, double tolerance) {
  const auto [a, b, c, fa, fb, fc] = at;
  const double half = (c - b) / 2;
  if (std::fabs(prev) < tolerance || std::fabs(fa) <= std::fabs(fb)) return half;
  const double cb = c - b;
  double p = 0, q = 0;
  if (a == c) {
    const double t1 = fb / fa;
    p = cb * t1;
    q = 1 - t1;
  } else {
    const double t1 = fb / fc, t2 = fb / fa;
    q = fa / fc;
    p = t2 * (cb * q * (q - t1) - (b - a) * (t1 - 1));
    q = (q - 1) * (t1 - 1) * (t2 - 1);
  }
  if (p > 0) {
    q = -q;
  } else {
    p = -p;
  }
  const bool safe = p < 0.75 * cb * q - std::fabs(tolerance * q) / 2 && p < std::fabs(prev * q / 2);
  return safe ? p / q : half;
}

// Brent (1973) as R's zeroin has it.
double root_of(Shifted& f, double a, double b) {
  double fa = f(a), fb = f(b);
  if (std::fabs(fa) <= tiny) return a;
  if (std::fabs(fb) <= tiny) return b;
  double c = a, fc = fa;
  for (int i = 0; i < iterations_max; ++i) {
    const double prev = b - a;
    if (std::fabs(fc) < std::fabs(fb)) {
      a = b;
      b = c;
      c = a;
      fa = fb;
      fb = fc;
      fc = fa;
    }
    const double tolerance =
        2 * std::numeric_limits<double>::epsilon() * std::fabs(b) + root_tolerance / 2;
    if (std::fabs((c - b) / 2) <= tolerance || std::fabs(fb) <= tiny) return b;
    double step = brent_step({a, b, c, fa, fb, fc}, prev, tolerance);
    if (std::fabs(step) < tolerance) step = step > 0 ? tolerance : -tolerance;
    a = b;
    fa = fb;
    b += step;
    fb = f(b);
    if ((fb > 0 && fc > 0) || (fb < 0 && fc < 0)) {
      c = a;
      fc = fa;
    }
  }
  return b;
}

double bound_of(Shifted& f, double lower, double upper) {
  if (f(lower) <= 0) return lower;
  if (f(upper) >= 0) return upper;
  return root_of(f, lower, upper);
}

}  // namespace

std::optional<double> mann_whitney_z(std::span<const double> x, std::span<const double> y,
                                     double shift) {
  const auto [ranks, ties] = rank(x, y, shift);
  const auto a = static_cast<double>(x.size()), b = static_cast<double>(y.size());
  const double variance = a * b / 12 * ((a + b + 1) - ties / ((a + b) * (a + b - 1)));
  if (!(variance > 0)) return std::nullopt;
  const double d = ranks - a * (a + 1) / 2 - a * b / 2;
  return (d - 0.5 * sign_of(d)) / std::sqrt(variance);
}

double chance_of_larger(std::span<const double> x, std::span<const double> y) {
  const auto a = static_cast<double>(x.size()), b = static_cast<double>(y.size());
  return (2 * rank(x, y, 0).sum - a * (a + 1)) / (2 * a * b);
}

std::optional<ShiftInterval> mann_whitney_interval(std::span<const double> x,
                                                   std::span<const double> y, double z) {
  const auto [x_low, x_high] = std::ranges::minmax(x);
  const auto [y_low, y_high] = std::ranges::minmax(y);
  const double lower = x_low - y_high, upper = x_high - y_low;
  Shifted above(x, y, z), below(x, y, -z), middle(x, y, 0);
  const ShiftInterval interval{.low = bound_of(above, lower, upper),
                               .high = bound_of(below, lower, upper),
                               .estimate = root_of(middle, lower, upper)};
  if (above.was_flat() || below.was_flat() || middle.was_flat()) return std::nullopt;
  return interval;
}

}  // namespace kai::core
