// Rehearsal of a promotion (P8): the API server is asked, without effect, whether it would take
// each changed object from Helm. It foresees conflicts of ownership, immutable fields and refused
// admission, which Helm's dry run does not.
#pragma once

#include <string>
#include <vector>

#include "base/reply.h"
#include "edges/helm/manifest.h"
#include "ports/finding.h"

namespace kai::kubeapi {
class Client;
}  // namespace kai::kubeapi

namespace kai::edges {

// How Helm would write, and hence how the rehearsal has to.
enum class ApplyMethod {
  server_side,  // as field manager `helm`, never by force: a foreign owner is a conflict
  client_side,  // Helm's three-way merge knows no owners: only validity is rehearsed
};

struct Rehearsed {
  std::vector<ports::Finding>
      findings;  // check "P8"; refused, or a note about what could not be rehearsed
};

// Objects one after the other, each with `dryRun=All`. An error only when the API server cannot be
// reached.
void rehearse(kubeapi::Client& api, ApplyMethod method, std::vector<Document> changed,
              Reply<Rehearsed> reply);

}  // namespace kai::edges
