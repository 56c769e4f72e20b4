// The engine's cycle, word for word, with another decision in it: the linker takes this one instead
// of the library's, so that the product needs no switch for its own mistakes.
#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "engine/engine_impl.h"
#include "mutants.h"

#define advance advance_under_mutant
#include "engine/engine.cc"  // NOLINT(bugprone-suspicious-include)
