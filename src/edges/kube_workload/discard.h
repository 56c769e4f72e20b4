// Removes what a rollout made.
#pragma once

#include <string>

#include "base/reply.h"
#include "kubeapi/client.h"

namespace kai::edges {

// Everything with the rollout's label, each under the precondition of its UID. True when nothing is
// left, pods included.
void discard_clones(kubeapi::Client& client, const std::string& name_space,
                    const std::string& rollout, Reply<bool> reply);

}  // namespace kai::edges
