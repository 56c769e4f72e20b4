// Reply<T>: where the answer of an asynchronous call goes.
#pragma once

#include <functional>

#include "base/error.h"

namespace kai {

// Called exactly once, on the asking thread, never before the asking call returned. It captures
// values, never a shorter-lived `this`. A reply only records what arrived; the tick decides.
template <typename T>
using Reply = std::move_only_function<void(Result<T>)>;

// Something to do later.
using Task = std::move_only_function<void()>;

}  // namespace kai
