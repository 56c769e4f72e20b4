// An API server in memory behind the fake HTTP client: objects by path with resourceVersions,
// create, replace, patch (apply, merge, JSON), delete, lists with label selectors. Watches stay
// open and silent. What it knows nothing of: schemas, defaults, controllers, owners.
//
//   FakeHttpClient http(loop, clock);
//   FakeKube kube(http);
//   kube.put_json("/api/v1/namespaces/shop/configmaps/x", R"({"data":{"a":"b"}})");
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "tests/fakes/fake_http_client.h"

namespace kai::fakes {

class FakeKube {
 public:
  static constexpr std::string_view server = "https://api";

  explicit FakeKube(FakeHttpClient& http);
  FakeKube(const FakeKube&) = delete;
  FakeKube& operator=(const FakeKube&) = delete;

  // Path -> object, with metadata as the server keeps it. A test reads and writes it freely.
  std::map<std::string, Tree> objects;

  // As somebody else would write it: name, namespace and a new resourceVersion are filled in.
  void put(const std::string& path, Tree object);
  void put_json(const std::string& path, const std::string& json);
  // Null when there is none.
  [[nodiscard]] const Tree* find(const std::string& path) const;
  // Names of the objects whose path holds "/plural/".
  [[nodiscard]] std::vector<std::string> names(const std::string& plural) const;

  // No answer at all; the server does nothing.
  std::optional<Error> down;
  // "GET /api/v1/..." beginnings -> the status that is answered instead, e.g. 403.
  std::map<std::string, int> refuses;
  // Writes that are refused with 409, as if somebody else had written in between.
  int conflicts = 0;
  // Writes are done, and the answer is lost.
  bool loses_answers = false;
  // "write /path" and "delete /path" of what was done; not of dry runs.
  std::vector<std::string> log;

 private:
  Result<net::HttpResponse> answer(const net::HttpRequest& request);
  net::HttpResponse read(const std::string& path, const std::string& query) const;
  net::HttpResponse list(const std::string& path, const std::string& query) const;
  Result<net::HttpResponse> write(const net::HttpRequest& request, const std::string& path,
                                  bool dry_run);
  Result<net::HttpResponse> patch(const net::HttpRequest& request, const std::string& path,
                                  bool dry_run);
  Result<net::HttpResponse> store(const std::string& path, Tree object, bool dry_run);
  Result<net::HttpResponse> remove(const std::string& path, bool dry_run);

  int version_ = 100;
};

}  // namespace kai::fakes
