// EventPoster: tells a cluster's users what happened to an object (events.k8s.io/v1). Nothing waits
// for it and nothing depends on it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/tree.h"
#include "kubeapi/client.h"

namespace kai::kubeapi {

// One request at a time: a server that does not answer events holds one connection, and all others
// stay free for what matters.
inline constexpr std::size_t events_waiting_max = 32;      // for their turn; the oldest gives way
inline constexpr std::size_t events_remembered_max = 200;  // to recognise repeats
inline constexpr std::size_t event_note_bytes_max = 1024;  // the server's own limit
inline constexpr Duration event_repeat_after = std::chrono::minutes(10);

struct EventText {
  bool warning = false;
  std::string reason;  // CamelCase, at most 128 bytes: "WeightRaised"
  std::string action;  // CamelCase, at most 128 bytes: "Weigh"
  std::string note;    // for people; cut at event_note_bytes_max
};

struct EventSource {
  std::string controller;  // "example.org/thing"
  std::string instance;    // which process; at most 128 bytes
};

class EventPoster {
 public:
  EventPoster(Client& client, const SteadyClock& steady, const WallClock& wall, EventSource source);
  ~EventPoster();
  EventPoster(const EventPoster&) = delete;
  EventPoster& operator=(const EventPoster&) = delete;

  // About `regarding`, an object as the server gave it (apiVersion, kind and metadata are used). An
  // equal event within event_repeat_after is not posted again. Failures are counted, no more.
  void post(const Tree& regarding, const EventText& text);
  // Told once, with the server's words, when the permission for events is missing. Nothing is
  // posted any more from then on.
  void on_refused(std::function<void(const std::string& why)> told);

  [[nodiscard]] bool is_idle() const;          // nothing waits and nothing is under way
  [[nodiscard]] std::size_t failures() const;  // the refused one included
  [[nodiscard]] std::size_t dropped() const;   // gave way, or came after a refusal

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kai::kubeapi
