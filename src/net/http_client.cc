#include "net/http_client.h"

#include <algorithm>

#include "net/header_name.h"

namespace kai::net {

const std::string* HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const auto& header) { return same_header_name(header.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

}  // namespace kai::net
