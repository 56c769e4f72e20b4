// Client: the API server of one cluster as one user. Asynchronous; time-outs and body limits
// everywhere.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/reply.h"
#include "base/timers.h"
#include "base/tree.h"
#include "kubeapi/access.h"
#include "kubeapi/answer.h"
#include "kubeapi/credentials.h"
#include "kubeapi/kinds.h"
#include "kubeapi/pace.h"
#include "net/http_client.h"

namespace kai::kubeapi {

inline constexpr Duration request_time_max = std::chrono::seconds(10);
inline constexpr std::size_t list_page_items = 500;
inline constexpr std::size_t list_items_max = 50'000;
inline constexpr std::size_t list_pages_max = 1000;
// Within the time of one request. Writes are never repeated: their outcome may be unknown.
inline constexpr int read_tries_max = 3;

enum class PatchKind { json, merge, strategic, apply };

struct WriteOptions {
  std::string field_manager = {};
  bool dry_run = false;  // dryRun=All: nothing is changed
  bool strict = false;   // fieldValidation=Strict
  bool force = false;    // apply alone, and only on objects of our own
  std::string subresource = {};
  bool urgent = false;  // does not wait for its turn
};

struct ListOptions {
  std::string label_selector = {};
  std::string field_selector = {};
  bool metadata_only = false;
  bool urgent = false;  // does not wait for its turn
};

struct Listing {
  Tree::List items;  // apiVersion and kind are not set on items of a list by the server
  std::string resource_version;
};

struct RemoveOptions {
  std::string uid = {};     // precondition; empty: any
  bool foreground = false;  // else background propagation
  bool dry_run = false;
};

// May I? Of one verb on one resource.
struct AccessQuestion {
  std::string verb;
  ResourceKind kind;
  std::string name_space;
  std::string subresource = {};
  std::string name = {};
};

struct ClientOptions {
  std::string user_agent = {};  // "program/1.2"; empty: the HTTP client's own
  Random* jitter = nullptr;     // spreads repeated reads; null: none
};

// The stream behind a watch.
struct StreamRequest {
  std::string path;  // encoded, with its query
  std::string accept = "application/json";
  Duration silence_max{0};
};

// Reads are tried again after a failure that may pass (429, 5xx, no answer), after Retry-After
// where the server names it, as long as the time of one request lasts. A 401 makes credentials
// fresh, once. Requests wait for their turn (Pace).
class Client {
 public:
  Client(net::HttpClient& http, Timers& timers, const SteadyClock& steady, ClusterAccess access,
         std::shared_ptr<Credentials> credentials, ClientOptions options = {});
  // What is still open is dropped: no reply comes any more.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Gets each text of the server's Warning headers once.
  void on_warning(std::function<void(const std::string& text)> warn);

  // Empty: there is no such object (or no such kind). `rejected`: forbidden. A reference without a
  // name, or without the namespace that its kind needs, is `rejected` here and below: its path
  // would be that of all objects.
  void get(const ResourceRef& ref, Reply<std::optional<Tree>> reply);
  // All pages; without a namespace: of all. A list that changed too much between pages is started
  // again. `rejected` when it is longer than list_items_max.
  void list(const ResourceKind& kind, const std::string& name_space, const ListOptions& options,
            Reply<Listing> reply);
  void create(const ResourceKind& kind, const std::string& name_space, const Tree& object,
              const WriteOptions& options, Reply<Answer> reply);
  void replace(const ResourceRef& ref, const Tree& object, const WriteOptions& options,
               Reply<Answer> reply);
  // `body`: a JSON text of the patch's own form; for apply YAML is accepted as it is.
  void patch(const ResourceRef& ref, PatchKind kind, std::string body, const WriteOptions& options,
             Reply<Answer> reply);
  void remove(const ResourceRef& ref, const RemoveOptions& options, Reply<Answer> reply);
  // Body of a GET as text: pod logs, service proxies. `path` starts with "/" and is encoded.
  // `no_data`: 404.
  void get_text(const std::string& path, std::size_t bytes_max, Reply<std::string> reply);
  // A request to a Service through the API server, as the Service would get it: method, path below
  // the Service.
  void through_service(const std::string& name_space, const std::string& service_and_port,
                       const std::string& path, const std::string& form, Duration timeout,
                       Reply<net::HttpResponse> reply);
  // gitVersion, "v1.37.2".
  void version(Reply<std::string> reply);
  // One answer per question, in order; a question that could not be asked is an Error for all.
  void may_i(std::vector<AccessQuestion> questions, Reply<std::vector<bool>> reply);
  // Events as in net. The credentials are asked first, so `opened` may be called later, or never
  // when there are none (then `on_end` tells), and perhaps before this returned.
  void open_stream(const StreamRequest& request, net::StreamEvents events,
                   std::function<void(std::unique_ptr<net::HttpStream>)> opened);

  [[nodiscard]] const ClusterAccess& access() const;
  [[nodiscard]] Timers& timers() const;
  [[nodiscard]] const SteadyClock& steady() const;

 private:
  struct Core;
  class Call;
  class Pages;
  class Questions;
  struct Write;
  std::shared_ptr<Core> core_;
};

}  // namespace kai::kubeapi
