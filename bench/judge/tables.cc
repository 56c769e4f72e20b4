#include "bench/judge/tables.h"

namespace kai::bench {

Stream independent(fakes::Traffic& traffic, double rate, double base, double more, int length) {
  Stream stream{.base = base, .canary = base + more};
  for (int i = 0; i < length; ++i)
    stream.intervals.push_back(traffic.interval(rate, stream.weight, base + more, base));
  return stream;
}

core::SequentialConfig& with_persist(core::SequentialConfig& config, int persist) {
  config.persist = persist;
  return config;
}

}  // namespace kai::bench
