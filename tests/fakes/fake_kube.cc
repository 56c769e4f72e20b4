#include "tests/fakes/fake_kube.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "codec/json.h"
#include "codec/json_patch.h"
#include "codec/yaml.h"

namespace kai::fakes {

using net::HttpRequest;
using net::HttpResponse;

namespace {

HttpResponse status(int code, const std::string& reason, const std::string& message) {
  Tree body(Tree::Map{{"kind", "Status"}, {"reason", reason}, {"message", message}});
  return {.status = code, .body = codec::write_json(body)};
}

HttpResponse not_found(const std::string& path) {
  return status(404, "NotFound", path + " not found");
}

HttpResponse refusal(int code, const std::string& path) {
  const std::string reason = code == 403   ? "Forbidden"
                             : code == 401 ? "Unauthorized"
                                           : "ServiceUnavailable";
  return status(code, reason, "user ann may not do this at " + path);
}

std::string last_segment(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string decoded(std::string text) {
  for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos; ++at) {
    const int code = std::stoi(text.substr(at + 1, 2), nullptr, 16);
    text.replace(at, 3, 1, static_cast<char>(code));
  }
  return text;
}

std::string query_value(const std::string& query, const std::string& name) {
  const std::size_t at = ("&" + query).find("&" + name + "=");
  if (at == std::string::npos) return "";
  const std::size_t from = at + name.size() + 1;
  return decoded(query.substr(from, query.find('&', from) - from));
}

// "a=b,c=d".
bool is_selected(const Tree& object, std::string selector) {
  while (!selector.empty()) {
    const std::string part = selector.substr(0, selector.find(','));
    const std::size_t equals = part.find('=');
    const std::string label = escape_pointer(part.substr(0, equals));
    if (object.text_or("/metadata/labels/" + label, "") != part.substr(equals + 1)) return false;
    selector.erase(0, part.size() + 1);
  }
  return true;
}

// RFC 7386: maps are merged, null removes, everything else replaces.
void merge(Tree& into, const Tree& from) {  // NOLINT(misc-no-recursion)
  for (const auto& [key, value] : *from.as_map()) {
    Tree* const there = into.get(key);
    if (value.is_null()) {
      into.erase(key);
    } else if (there != nullptr && there->as_map() != nullptr && value.as_map() != nullptr) {
      merge(*there, value);
    } else {
      into.set(key, value);
    }
  }
}

std::string content_type_of(const HttpRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (name == "Content-Type") return value;
  }
  return "";
}

// A path of the whole kind is listed: below all namespaces when it names none.
bool is_below(const std::string& path, const std::string& collection) {
  if (path.starts_with(collection + "/"))
    return path.find('/', collection.size() + 1) == std::string::npos;
  const std::string root = collection.substr(0, collection.rfind('/'));
  const std::string plural = last_segment(collection);
  return root.find("/namespaces/") == std::string::npos &&
         path.starts_with(root + "/namespaces/") &&
         path.find("/" + plural + "/") != std::string::npos;
}

}  // namespace

FakeKube::FakeKube(FakeHttpClient& http) {
  for (const std::string_view method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    http.on(method, server).handle([this](const HttpRequest& request) { return answer(request); });
  }
}

void FakeKube::put(const std::string& path, Tree object) {
  object.set_at("/metadata/name", last_segment(path));
  const std::string mark = "/namespaces/";
  if (const std::size_t at = path.find(mark); at != std::string::npos) {
    const std::size_t from = at + mark.size();
    object.set_at("/metadata/namespace", path.substr(from, path.find('/', from) - from));
  }
  if (object.at("/metadata/uid") == nullptr)
    object.set_at("/metadata/uid", "uid-" + last_segment(path));
  object.set_at("/metadata/resourceVersion", std::to_string(++version_));
  objects[path] = std::move(object);
}

void FakeKube::put_json(const std::string& path, const std::string& json) {
  const auto tree = codec::parse_json(json);
  ASSERT_TRUE(tree.has_value()) << json;
  put(path, *tree);
}

const Tree* FakeKube::find(const std::string& path) const {
  const auto found = objects.find(path);
  return found == objects.end() ? nullptr : &found->second;
}

std::vector<std::string> FakeKube::names(const std::string& plural) const {
  std::vector<std::string> found;
  for (const auto& [path, object] : objects) {
    if (path.find("/" + plural + "/") != std::string::npos) found.push_back(last_segment(path));
  }
  return found;
}

Result<HttpResponse> FakeKube::answer(const HttpRequest& request) {
  if (down) return std::unexpected(*down);
  const std::string target = request.url.substr(server.size());
  const std::string path = target.substr(0, target.find('?'));
  const std::string query = path == target ? "" : target.substr(path.size() + 1);
  for (const auto& [start, code] : refuses) {
    if ((request.method + " " + path).starts_with(start)) return refusal(code, path);
  }
  const bool dry_run = query_value(query, "dryRun") == "All" ||
                       request.body.find(R"("dryRun":["All"])") != std::string::npos;
  if (request.method == "GET") return read(path, query);
  if (request.method == "DELETE") return remove(path, dry_run);
  if (path.ends_with("/selfsubjectaccessreviews"))
    return HttpResponse{.status = 201, .body = R"({"status":{"allowed":true}})"};
  if (conflicts > 0 && !dry_run) {
    --conflicts;
    return status(409, "Conflict", "the object has been modified");
  }
  return request.method == "PATCH" ? patch(request, path, dry_run) : write(request, path, dry_run);
}

HttpResponse FakeKube::read(const std::string& path, const std::string& query) const {
  if (path == "/version") return {.status = 200, .body = R"({"gitVersion":"v1.34.1"})"};
  const Tree* const object = find(path);
  if (object != nullptr) return {.status = 200, .body = codec::write_json(*object)};
  const bool all_of_a_kind = !query.empty();  // lists always have a limit
  return all_of_a_kind ? list(path, query) : not_found(path);
}

HttpResponse FakeKube::list(const std::string& path, const std::string& query) const {
  Tree items = Tree::list();
  for (const auto& [place, object] : objects) {
    if (is_below(place, path) && is_selected(object, query_value(query, "labelSelector")))
      items.push_back(object);
  }
  Tree answer(Tree::Map{{"kind", "List"}, {"items", std::move(items)}});
  answer.set_at("/metadata/resourceVersion", std::to_string(version_));
  return {.status = 200, .body = codec::write_json(answer)};
}

Result<HttpResponse> FakeKube::write(const HttpRequest& request, const std::string& path,
                                     bool dry_run) {
  auto sent = codec::parse_json(request.body);
  if (!sent) return status(400, "BadRequest", sent.error().message);
  if (request.method == "POST") {
    const std::string place = path + "/" + sent->text_or("/metadata/name", "?");
    if (find(place) != nullptr)
      return status(409, "AlreadyExists", last_segment(place) + " already exists");
    return store(place, std::move(*sent), dry_run);
  }
  const Tree* const old = find(path);
  if (old == nullptr) return not_found(path);
  const std::string seen = sent->text_or("/metadata/resourceVersion", "");
  if (!seen.empty() && seen != old->text_or("/metadata/resourceVersion", ""))
    return status(409, "Conflict", "the object has been modified");
  return store(path, std::move(*sent), dry_run);
}

Result<HttpResponse> FakeKube::patch(const HttpRequest& request, const std::string& path,
                                     bool dry_run) {
  const std::string type = content_type_of(request);
  const auto sent =
      type.ends_with("yaml") ? codec::parse_yaml(request.body) : codec::parse_json(request.body);
  if (!sent) return status(400, "BadRequest", sent.error().message);
  const Tree* const old = find(path);
  const bool applies = type == "application/apply-patch+yaml";
  if (old == nullptr && !applies) return not_found(path);
  Tree object = old == nullptr ? Tree::map() : *old;
  if (type == "application/json-patch+json") {
    auto patched = codec::apply(std::move(object), *sent);
    if (!patched) return status(422, "Invalid", patched.error().message);
    return store(path, std::move(*patched), dry_run);
  }
  merge(object, *sent);
  return store(path, std::move(object), dry_run);
}

Result<HttpResponse> FakeKube::store(const std::string& path, Tree object, bool dry_run) {
  if (dry_run) return HttpResponse{.status = 200, .body = codec::write_json(object)};
  put(path, std::move(object));
  log.push_back("write " + path);
  if (loses_answers) return fail(ErrorKind::unavailable, "connection reset");
  return HttpResponse{.status = 200, .body = codec::write_json(objects.at(path))};
}

Result<HttpResponse> FakeKube::remove(const std::string& path, bool dry_run) {
  if (find(path) == nullptr) return not_found(path);
  if (!dry_run) {
    objects.erase(path);
    log.push_back("delete " + path);
  }
  if (loses_answers) return fail(ErrorKind::unavailable, "connection reset");
  return HttpResponse{.status = 200, .body = R"({"kind":"Status","status":"Success"})"};
}

}  // namespace kai::fakes
