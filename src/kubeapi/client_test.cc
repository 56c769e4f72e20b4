#include "kubeapi/client.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_random.h"

namespace kai::kubeapi {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string status_body(const std::string& reason, const std::string& message) {
  return R"({"kind":"Status","reason":")" + reason + R"(","message":")" + message + R"("})";
}

std::string header_of(const net::HttpRequest& request, const std::string& name) {
  for (const auto& [each, value] : request.headers) {
    if (each == name) return value;
  }
  return {};
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  std::unique_ptr<Client> client;

  explicit World(UserAccess user = {}) {
    ClusterAccess access{.context = "x",
                         .server = "https://api",
                         .name_space = "shop",
                         .tls = std::make_shared<net::TlsOptions>(),
                         .user = user};
    auto credentials = std::make_shared<Credentials>(
        std::move(user), access.server, disk, process, wall, std::map<std::string, std::string>{},
        [](const ExecPlugin& plugin) -> Result<std::string> { return plugin.argv.front(); });
    client = std::make_unique<Client>(http, timers, timers.clock(), std::move(access),
                                      std::move(credentials));
  }

  // What the one reply said, after at most `time`.
  template <typename T>
  Result<T> wait(auto&& ask, Duration time = seconds(60)) {
    std::optional<Result<T>> got;
    bool asking = true;
    ask(Reply<T>([&](Result<T> result) {
      EXPECT_FALSE(asking) << "a reply before the asking call returned";
      EXPECT_FALSE(got.has_value()) << "a second reply";
      got = std::move(result);
    }));
    asking = false;
    timers.advance(time);
    if (!got) return fail(ErrorKind::malformed, "no reply came");
    return *got;
  }
  Result<std::optional<Tree>> get(const ResourceRef& ref) {
    return wait<std::optional<Tree>>([&](auto reply) { client->get(ref, std::move(reply)); });
  }
  Result<Listing> list(const ListOptions& options = {}) {
    return wait<Listing>(
        [&](auto reply) { client->list(kinds::pod, "shop", options, std::move(reply)); });
  }
  Result<Answer> patch(PatchKind kind, const std::string& body, const WriteOptions& options = {}) {
    return wait<Answer>(
        [&](auto reply) { client->patch(deployment, kind, body, options, std::move(reply)); });
  }

  const ResourceRef deployment{kinds::deployment, "shop", "api"};
};

TEST(Client, GetsAnObjectOrThatThereIsNone) {
  World world;
  world.http.on("GET", "https://api/apis/apps/v1/namespaces/shop/deployments/api")
      .reply(200, R"({"kind":"Deployment","metadata":{}})")
      .reply(404, status_body("NotFound", "gone"));
  EXPECT_EQ((*world.get(world.deployment))->text_or("/kind", ""), "Deployment");
  EXPECT_FALSE(world.get(world.deployment)->has_value());
  EXPECT_EQ(header_of(world.http.requests()[0], "Accept"), "application/json");
}

// Its path would be that of all objects of the kind.
TEST(Client, AReferenceWithoutANameOrNamespaceIsNeverSent) {
  World world;
  const auto remove = [&](const ResourceRef& ref) {
    return world.wait<Answer>([&](auto reply) { world.client->remove(ref, {}, std::move(reply)); });
  };
  EXPECT_EQ(remove({kinds::deployment, "shop", ""}).error(),
            (Error{ErrorKind::rejected, "delete Deployment shop/: a Deployment without a name"}));
  EXPECT_EQ(remove({kinds::deployment, "", "api"}).error().kind, ErrorKind::rejected);
  EXPECT_EQ(world.get({kinds::pod, "shop", ""}).error().kind, ErrorKind::rejected);
  EXPECT_TRUE(world.http.log().empty());
}

TEST(Client, ForeignNamesCannotLeaveTheirPlaceInThePath) {
  World world;
  world.http.on("GET", "https://api").reply(404, status_body("NotFound", ""));
  EXPECT_TRUE(world.get({kinds::pod, "a/b?c", "../x"}).has_value());
  EXPECT_EQ(world.http.log().front(), "GET https://api/api/v1/namespaces/a%2Fb%3Fc/pods/..%2Fx");
}

TEST(Client, ReadsAreTriedAgainWithinTheTimeOfOneRequest) {
  World world;
  world.http.on("GET", "https://api")
      .reply(503, "busy")
      .fail(ErrorKind::unavailable, "connection refused")
      .reply(200, R"({"kind":"Deployment","metadata":{}})");
  EXPECT_TRUE(world.get(world.deployment).has_value());
  EXPECT_EQ(world.http.log().size(), 3U);
  world.http.clear_log();
  world.http.on("GET", "https://api").reply(500, status_body("InternalError", "etcd"));
  EXPECT_EQ(world.get(world.deployment).error(),
            (Error{ErrorKind::unavailable, "get Deployment shop/api: etcd"}));
  EXPECT_EQ(world.http.log().size(), static_cast<std::size_t>(read_tries_max));
}

TEST(Client, ARequestThatHungIsNotTriedAgain) {
  World world;
  world.http.on("GET", "https://api").hang();
  const auto got = world.get(world.deployment);
  EXPECT_EQ(got.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(world.http.log().size(), 1U);
  EXPECT_EQ(world.http.requests()[0].timeout, request_time_max);
}

TEST(Client, RetryAfterIsHonouredWhereItFitsIntoTheTime) {
  World world;
  world.http.on("GET", "https://api")
      .reply(429, status_body("TooManyRequests", "slow down"), {{"Retry-After", "3"}})
      .reply(200, R"({"kind":"Deployment","metadata":{}})");
  const auto early = world.wait<std::optional<Tree>>(
      [&](auto reply) { world.client->get(world.deployment, std::move(reply)); },
      milliseconds(2900));
  EXPECT_EQ(early.error().message, "no reply came");
  EXPECT_EQ(world.http.log().size(), 1U);
}

TEST(Client, ARetryAfterBeyondTheTimeEndsTheTries) {
  World world;
  world.http.on("GET", "https://api").reply(503, "busy", {{"Retry-After", "60"}});
  EXPECT_EQ(world.get(world.deployment).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(world.http.log().size(), 1U);
}

TEST(Client, WritesAreNeverRepeated) {
  World world;
  for (const int code : {429, 500, 503, 504}) {
    world.http.on("PATCH", "https://api").reply(code, "busy");
    world.http.clear_log();
    EXPECT_EQ(world.patch(PatchKind::merge, "{}").error().kind, ErrorKind::unavailable) << code;
    EXPECT_EQ(world.http.log().size(), 1U) << code;
  }
  world.http.on("PATCH", "https://api").fail(ErrorKind::unavailable, "reset");
  world.http.clear_log();
  EXPECT_FALSE(world.patch(PatchKind::merge, "{}").has_value());
  EXPECT_EQ(world.http.log().size(), 1U);
}

TEST(Client, PatchesSayWhatTheyAreAndPassTheirBodyUnchanged) {
  World world;
  world.http.on("PATCH", "https://api").reply(200, R"({"kind":"Deployment","metadata":{}})");
  const std::string yaml = "kind: Deployment # as it is\n";
  EXPECT_TRUE(world
                  .patch(PatchKind::apply, yaml,
                         {.field_manager = "me & you",
                          .dry_run = true,
                          .strict = true,
                          .force = true,
                          .subresource = "scale"})
                  .has_value());
  const net::HttpRequest& apply = world.http.requests().back();
  EXPECT_EQ(
      apply.url,
      "https://api/apis/apps/v1/namespaces/shop/deployments/api/scale?fieldManager=me%20%26%20"
      "you&dryRun=All&fieldValidation=Strict&force=true");
  EXPECT_EQ(apply.body, yaml);
  const std::vector<std::pair<PatchKind, std::string>> types = {
      {PatchKind::json, "application/json-patch+json"},
      {PatchKind::merge, "application/merge-patch+json"},
      {PatchKind::strategic, "application/strategic-merge-patch+json"},
      {PatchKind::apply, "application/apply-patch+yaml"}};
  for (const auto& [kind, type] : types) {
    EXPECT_TRUE(world.patch(kind, "[]", {.force = true}).has_value());
    EXPECT_EQ(header_of(world.http.requests().back(), "Content-Type"), type);
    // The server refuses it elsewhere.
    EXPECT_EQ(world.http.requests().back().url.ends_with("force=true"), kind == PatchKind::apply);
  }
}

TEST(Client, AFailedTestOfAJsonPatchIsAConflictOfNothingElse) {
  World world;
  world.http.on("PATCH", "https://api").reply(422, status_body("Invalid", "test failed"));
  EXPECT_EQ(world.patch(PatchKind::json, "[]")->outcome, Answer::Outcome::conflict);
  EXPECT_EQ(world.patch(PatchKind::merge, "{}")->outcome, Answer::Outcome::refused);
}

TEST(Client, ADeletionCarriesItsPreconditions) {
  World world;
  world.http.on("DELETE", "https://api").reply(200, R"({"kind":"Status","status":"Success"})");
  const auto done = world.wait<Answer>([&](auto reply) {
    world.client->remove(world.deployment, {.uid = "u-1", .foreground = true, .dry_run = true},
                         std::move(reply));
  });
  EXPECT_EQ(done->outcome, Answer::Outcome::done);
  EXPECT_EQ(world.http.requests()[0].body,
            R"({"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Foreground",)"
            R"("preconditions":{"uid":"u-1"},"dryRun":["All"]})");
}

TEST(Client, A401MakesCredentialsFreshOnceForWritesToo) {
  UserAccess user;
  user.exec = ExecPlugin{.api_version = "client.authentication.k8s.io/v1", .argv = {"p"}};
  World world(user);
  int runs = 0;
  world.process.on({"p"}).handle([&](const os::ProcessSpec&) {
    return os::ProcessResult{.out = R"({"apiVersion":"client.authentication.k8s.io/v1","kind":)"
                                    R"("ExecCredential","status":{"token":"t)" +
                                    std::to_string(++runs) + "\"}}"};
  });
  world.http.on("PATCH", "https://api")
      .handle([](const net::HttpRequest& request) -> Result<net::HttpResponse> {
        if (request.authorization.reveal() == "Bearer t2") {
          return net::HttpResponse{.status = 200, .body = R"({"kind":"Deployment","metadata":{}})"};
        }
        return net::HttpResponse{.status = 401, .body = status_body("Unauthorized", "who?")};
      });
  EXPECT_EQ(world.patch(PatchKind::merge, "{}")->outcome, Answer::Outcome::done);
  EXPECT_EQ(runs, 2);
  world.http.on("PATCH", "https://api").reply(401, status_body("Unauthorized", "who?"));
  world.http.clear_log();
  EXPECT_EQ(world.patch(PatchKind::merge, "{}").error().kind, ErrorKind::rejected);
  EXPECT_EQ(world.http.log().size(), 2U) << "once more, not for ever";
}

TEST(Client, ListsAllPagesAndStartsAgainWhenTheListIsTooOld) {
  World world;
  const std::string pods = "https://api/api/v1/namespaces/shop/pods?limit=500&labelSelector=a%3Db";
  world.http.on("GET", pods)
      .reply(200, R"({"metadata":{"resourceVersion":"7","continue":"next/1"},"items":[{"a":1}]})");
  world.http.on("GET", pods + "&continue=next%2F1")
      .reply(410, status_body("Expired", "too old"))
      .reply(200, R"({"metadata":{"resourceVersion":"7"},"items":[{"a":2},{"a":3}]})");
  const auto listing = world.list({.label_selector = "a=b"});
  ASSERT_TRUE(listing.has_value()) << listing.error().message;
  EXPECT_EQ(listing->items.size(), 3U);
  EXPECT_EQ(listing->resource_version, "7");
  EXPECT_EQ(world.http.log().size(), 4U);
}

TEST(Client, AListThatNeverHoldsStillIsUnavailableAndOneWithoutEndMalformed) {
  World world;
  world.http.on("GET", "https://api").reply(410, status_body("Expired", "too old"));
  EXPECT_EQ(world.list().error(), (Error{ErrorKind::unavailable,
                                         "list pods in shop: changes faster than it can be read"}));
  world.http.on("GET", "https://api").reply(200, R"({"metadata":{"continue":"x"},"items":[]})");
  EXPECT_EQ(
      world
          .wait<Listing>(
              [&](auto reply) { world.client->list(kinds::pod, "shop", {}, std::move(reply)); },
              seconds(300))
          .error(),
      (Error{ErrorKind::malformed, "list pods in shop: the list does not end"}));
}

TEST(Client, AListWithoutItemsIsMalformed) {
  World world;
  for (const std::string body :
       {R"({"metadata":{}})", R"({"items":7})", R"({"items":[)", "<html>"}) {
    world.http.on("GET", "https://api").reply(200, body);
    EXPECT_EQ(world.list().error().kind, ErrorKind::malformed) << body;
  }
  world.http.on("GET", "https://api").reply(200, R"({"metadata":{},"items":null})");
  EXPECT_TRUE(world.list()->items.empty());
}

TEST(Client, MetadataOnlyListsSaySo) {
  World world;
  world.http.on("GET", "https://api").reply(200, R"({"items":[]})");
  EXPECT_TRUE(world.list({.metadata_only = true}).has_value());
  EXPECT_EQ(header_of(world.http.requests()[0], "Accept"),
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json");
}

TEST(Client, TextIsReadThroughAndAbsenceIsNoData) {
  World world;
  const auto text = [&] {
    return world.wait<std::string>(
        [&](auto reply) { world.client->get_text("/api/v1/x?a=b", 1000, std::move(reply)); });
  };
  world.http.on("GET", "https://api/api/v1/x").reply(200, "line\n");
  EXPECT_EQ(*text(), "line\n");
  EXPECT_EQ(world.http.requests()[0].body_bytes_max, 1000U);
  world.http.on("GET", "https://api/api/v1/x").reply(404, status_body("NotFound", "gone"));
  EXPECT_EQ(text().error(), (Error{ErrorKind::no_data, "get /api/v1/x: gone"}));
  world.http.on("GET", "https://api/api/v1/x").reply(403, status_body("Forbidden", "no"));
  EXPECT_EQ(text().error(), (Error{ErrorKind::rejected, "get /api/v1/x: no"}));
}

TEST(Client, AccessReviewsAnswerInOrderAndNeverGuess) {
  World world;
  std::string asked;
  world.http.on("POST", "https://api/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
      .handle([&](const net::HttpRequest& request) -> Result<net::HttpResponse> {
        asked = request.body;
        const bool allowed = request.body.find("\"get\"") != std::string::npos;
        return net::HttpResponse{
            .status = 201,
            .body = std::string(R"({"status":{"allowed":)") + (allowed ? "true" : "false") + "}}"};
      });
  const auto ask = [&](std::vector<AccessQuestion> questions) {
    return world.wait<std::vector<bool>>(
        [&](auto reply) { world.client->may_i(std::move(questions), std::move(reply)); });
  };
  const AccessQuestion get{.verb = "get", .kind = kinds::pod, .name_space = "shop"};
  const AccessQuestion remove{.verb = "delete", .kind = kinds::deployment, .name_space = "shop"};
  EXPECT_EQ(*ask({remove, get, remove}), (std::vector<bool>{false, true, false}));
  EXPECT_NE(asked.find(R"("group":"apps","resource":"deployments","namespace":"shop")"),
            std::string::npos);
  EXPECT_TRUE(ask({})->empty());
  world.http.on("POST", "https://api").reply(201, R"({"status":{}})");
  world.http.on("POST", "https://api/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
      .reply(201, R"({"status":{}})");
  EXPECT_EQ(ask({get}).error().kind, ErrorKind::malformed);
}

TEST(Client, VersionIsOfAnApiServerOnly) {
  World world;
  const auto version = [&] {
    return world.wait<std::string>([&](auto reply) { world.client->version(std::move(reply)); });
  };
  world.http.on("GET", "https://api/version").reply(200, R"({"gitVersion":"v1.34.1"})");
  EXPECT_EQ(*version(), "v1.34.1");
  world.http.on("GET", "https://api/version").reply(200, "{}");
  EXPECT_EQ(version().error().kind, ErrorKind::malformed);
}

TEST(Client, WarningsAreToldOnce) {
  World world;
  std::vector<std::string> told;
  world.client->on_warning([&](const std::string& text) { told.push_back(text); });
  world.http.on("GET", "https://api")
      .reply(200, R"({"kind":"Deployment","metadata":{}})",
             {{"warning", R"(299 - "unknown field \"colour\"")"},
              {"Warning", R"(299 - "and \u001b")"}});
  EXPECT_TRUE(world.get(world.deployment).has_value());
  EXPECT_TRUE(world.get(world.deployment).has_value());
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(told.at(0), R"(unknown field "colour")");
}

TEST(Client, AfterItsEndNothingIsSentAndNoReplyComes) {
  World world;
  world.http.on("GET", "https://api").reply(401, "").reply(200, "{}");
  for (int i = 0; i < 100; ++i) {
    world.client->get(world.deployment, [](auto) { ADD_FAILURE() << "a reply"; });
  }
  world.client.reset();
  world.timers.advance(seconds(60));
  EXPECT_TRUE(world.http.log().empty());
}

TEST(Client, RequestsBeyondTheBurstWaitAndUrgentOnesDoNot) {
  World world;
  world.http.on("GET", "https://api").reply(200, R"({"kind":"Deployment","metadata":{}})");
  world.http.on("PATCH", "https://api").reply(200, R"({"kind":"Deployment","metadata":{}})");
  for (int i = 0; i < 60; ++i) world.client->get(world.deployment, [](auto) {});
  world.timers.settle();
  EXPECT_EQ(world.http.log().size(), 40U);
  world.client->patch(world.deployment, PatchKind::merge, "{}", {.urgent = true}, [](auto) {});
  world.timers.settle();
  EXPECT_EQ(world.http.log().back().substr(0, 5), "PATCH");
  world.timers.advance(milliseconds(500));
  EXPECT_EQ(world.http.log().size(), 51U);
  world.timers.advance(milliseconds(500));
  EXPECT_EQ(world.http.log().size(), 61U);
}

TEST(Client, TooManyWaitingRequestsAreAnsweredAtOnce) {
  World world;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < Pace::waiting_max + 41; ++i) {
    world.client->get(world.deployment, [&](auto got) {
      if (!got && got.error().message.find("waiting already") != std::string::npos) ++refused;
    });
  }
  world.timers.settle();
  EXPECT_EQ(refused, 41U);
}

TEST(Client, RepeatedReadsAreSpreadByChance) {
  World world;
  fakes::FakeRandom random;
  Client client(
      world.http, world.timers, world.timers.clock(), world.client->access(),
      std::make_shared<Credentials>(UserAccess{}, "https://api", world.disk, world.process,
                                    world.wall, std::map<std::string, std::string>{}, nullptr),
      {.jitter = &random});
  world.http.on("GET", "https://api")
      .reply(503, "busy")
      .reply(200, R"({"kind":"Deployment","metadata":{}})");
  client.get(world.deployment, [](auto) {});
  world.timers.advance(milliseconds(200));
  EXPECT_EQ(world.http.log().size(), 1U) << "not after the bare wait";
  world.timers.advance(milliseconds(100));
  EXPECT_EQ(world.http.log().size(), 2U);
}

// By this the server's audit log tells whose request it was.
TEST(Client, EveryRequestSaysWhichProgramAsks) {
  World world;
  Client client(
      world.http, world.timers, world.timers.clock(), world.client->access(),
      std::make_shared<Credentials>(UserAccess{}, "https://api", world.disk, world.process,
                                    world.wall, std::map<std::string, std::string>{}, nullptr),
      {.user_agent = "program/1.2"});
  for (const std::string method : {"GET", "PATCH"}) {
    world.http.on(method, "https://api").reply(200, R"({"kind":"Deployment","metadata":{}})");
  }
  client.get(world.deployment, [](auto) {});
  client.patch(world.deployment, PatchKind::merge, "{}", {}, [](auto) {});
  std::unique_ptr<net::HttpStream> stream;
  client.open_stream({.path = "/watch"},
                     {.on_head = [](auto&) {}, .on_piece = [](auto) {}, .on_end = [](auto) {}},
                     [&](auto opened) { stream = std::move(opened); });
  world.timers.settle();
  ASSERT_EQ(world.http.requests().size(), 3U);
  for (const net::HttpRequest& request : world.http.requests()) {
    EXPECT_EQ(header_of(request, "User-Agent"), "program/1.2") << request.url;
  }
}

}  // namespace
}  // namespace kai::kubeapi
