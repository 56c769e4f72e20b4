// Rehearsal: the server's own opinion of every object of ours, before any of them is made (P7).
#pragma once

#include <string>
#include <vector>

#include "base/reply.h"
#include "base/tree.h"
#include "kubeapi/client.h"
#include "ports/finding.h"

namespace kai::edges {

// A Deployment's dry run does not see what becomes of its pods: quota, limits, pod security, a
// missing ServiceAccount. A bare pod's does, for whoever may create pods.
enum class PodRehearsal { included, left_out };

// Sends each object as a dry run, one after the other. Whatever the server refuses is a finding in
// its own words; what stays unchecked is one, too. An error only when the server could not be
// asked.
void rehearse_clones(kubeapi::Client& client, const std::string& name_space,
                     const std::vector<Tree>& objects, PodRehearsal pods,
                     Reply<std::vector<ports::Finding>> reply);

}  // namespace kai::edges
