#include "splitter/route/build_split.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base64.h"
#include "codec/quote.h"
#include "core/traffic/sip_hash.h"
#include "core/traffic/split.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/build_condition.h"
#include "splitter/route/identity.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

constexpr std::size_t salt_bytes = 16;

void build_salt(const SplitSpec& spec, const std::string& pointer, Route& route,
                Findings& findings) {
  if (spec.salt.empty()) {
    if (spec.key.empty() && spec.identity_cookie.empty()) return;
    findings.add(pointer,
                 "lacks 'salt': 16 secret random bytes in base64, without which users "
                 "could choose their side");
    return;
  }
  const auto bytes = codec::base64_decode(spec.salt.reveal());
  if (!bytes || bytes->size() != salt_bytes) {
    findings.add(pointer + "/salt", "must be 16 random bytes in base64");
    return;
  }
  std::array<std::uint8_t, salt_bytes> salt{};
  std::ranges::transform(*bytes, salt.begin(),
                         [](char octet) { return static_cast<std::uint8_t>(octet); });
  route.salt = core::SipKey::from_bytes(salt);
}

void build_key(const SplitSpec& spec, const std::string& pointer, Route& route,
               Findings& findings) {
  const auto is_address = [](const KeySpec& key) {
    return key.kind == KeySpec::Kind::client_address;
  };
  for (std::size_t at = 0; at < spec.key.size(); ++at) {
    const KeySpec& key = spec.key[at];
    const std::string place = pointer + "/key/" + std::to_string(at);
    switch (key.kind) {
      case KeySpec::Kind::header:
        check_header_name(key.name, place + "/header", findings);
        route.key.push_back({.kind = KeySource::Kind::header, .name = key.name});
        break;
      case KeySpec::Kind::cookie:
        check_token(key.name, "cookie", place + "/cookie", findings);
        route.key.push_back({.kind = KeySource::Kind::cookie, .name = key.name});
        break;
      case KeySpec::Kind::client_address:
        route.key.push_back({.kind = KeySource::Kind::client_address, .name = ""});
        if (at + 1 != spec.key.size()) {
          findings.add(place,
                       "must be the last key: every request has an address, so what follows "
                       "is never looked at");
        }
        break;
    }
  }
  if (spec.identity_cookie.empty()) return;
  route.identity_cookie = spec.identity_cookie;
  route.identity_life = std::chrono::seconds(spec.identity_cookie_seconds);
  const std::string place = pointer + "/identity_cookie";
  check_token(spec.identity_cookie, "cookie", place, findings);
  if (spec.identity_cookie.size() > cookie_name_bytes_max) {
    findings.add(place, "is longer than " + std::to_string(cookie_name_bytes_max) + " bytes");
  }
  if (std::ranges::any_of(spec.key, is_address)) {
    findings.add(place, "is never used: the client address is a key that every request has");
  }
}

// In the order of the intervals; false if a backend is unknown, repeated, or the sum is wrong.
bool build_shares(const SplitSpec& spec, const std::string& pointer, const BackendTable& backends,
                  Route& route, Findings& findings) {
  bool good = true;
  std::uint64_t sum = 0;
  const auto mistake = [&](const std::string& place, std::string message) {
    findings.add(place, std::move(message));
    good = false;
  };
  for (std::size_t at = 0; at < spec.weights.size(); ++at) {
    const ShareSpec& share = spec.weights[at];
    const std::string place = pointer + "/weights_ppm/" + std::to_string(at) + "/backend";
    const auto found = backends.index.find(share.backend);
    const auto is_same = [&](const Share& other) { return other.backend == found->second; };
    sum += share.ppm;
    if (found == backends.index.end()) {
      mistake(place, "no backend is called " + codec::quote(share.backend));
    } else if (std::ranges::any_of(route.shares, is_same)) {
      mistake(place, "has a weight already");
    } else {
      route.shares.push_back({.backend = found->second, .ppm = share.ppm, .owner = found->second});
    }
  }
  if (sum != core::ppm_max) {
    mistake(pointer + "/weights_ppm",
            "must sum to 1000000, and is " + std::to_string(sum) + " in sum");
  }
  return good;
}

// Canary, stable, baseline: a canary that grows takes from the stable one beside it, and a baseline
// whose weight stays keeps its users.
int place_of(Track track) {
  switch (track) {
    case Track::canary:
      return 0;
    case Track::stable:
      return 1;
    case Track::baseline:
      return 2;
  }
  return 3;
}

// Sorts the intervals and gives those of closed backends to the stable one.
bool assign_owners(const std::string& pointer, const BackendTable& backends, Route& route,
                   Findings& findings) {
  const auto track_of = [&](const Share& share) { return backends.list[share.backend].track; };
  const auto with = [&](Track track) { return std::ranges::count(route.shares, track, track_of); };
  const std::string place = pointer + "/weights_ppm";
  if (with(Track::stable) != 1 || with(Track::canary) > 1 || with(Track::baseline) > 1) {
    findings.add(place,
                 "must have one backend of track stable, and at most one canary and one "
                 "baseline");
    return false;
  }
  std::ranges::sort(route.shares, {},
                    [&](const Share& share) { return place_of(track_of(share)); });
  const auto stable = std::ranges::find(route.shares, Track::stable, track_of);
  const bool is_stable_closed = backends.list[stable->backend].is_closed();
  for (Share& share : route.shares) {
    if (!backends.list[share.backend].is_closed()) continue;
    if (is_stable_closed && share.ppm > 0) {
      findings.add(place, "backend " + backends.list[share.backend].id +
                              " is closed and has a weight, and no stable backend is open that "
                              "could take it: give the weight to an open one first");
      return false;
    }
    if (!is_stable_closed) share.owner = stable->backend;
  }
  return true;
}

}  // namespace

bool build_split(const SplitSpec& spec, const std::string& pointer, const BackendTable& backends,
                 Route& route, Findings& findings) {
  build_salt(spec, pointer, route, findings);
  build_key(spec, pointer, route, findings);
  if (!spec.stamp.empty()) check_label(spec.stamp, pointer + "/stamp", findings);
  if (!build_shares(spec, pointer, backends, route, findings)) return false;
  if (!assign_owners(pointer, backends, route, findings)) return false;
  std::vector<std::uint32_t> shares;
  for (const Share& share : route.shares) shares.push_back(share.ppm);
  route.table = core::SplitTable(shares);
  return true;
}

}  // namespace kai::splitter
