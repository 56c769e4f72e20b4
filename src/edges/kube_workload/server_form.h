// Server form: pod templates as the API server would store them. It alone knows how it spells
// "1000m", what it adds by default and what a webhook of the cluster makes of a template.
#pragma once

#include <string>
#include <vector>

#include "base/reply.h"
#include "edges/kube_workload/arms.h"
#include "kubeapi/client.h"

namespace kai::edges {

// Both templates of each service replaced by what the server makes of them, asked by dry runs of
// Deployments that nobody will ever make. One that the server refuses stays as rendered: what then
// follows from it is said elsewhere (P7, P8). An error only when the server could not be reached.
void ask_server_forms(kubeapi::Client& client, const std::string& name_space,
                      std::vector<ServiceArm> services, Reply<std::vector<ServiceArm>> reply);

}  // namespace kai::edges
