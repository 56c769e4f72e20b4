#include "edges/kube_store/kube_store.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/base64.h"
#include "codec/json.h"
#include "edges/kube_store/inputs_store.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/store_contract.h"

namespace kai::edges {
namespace {

using std::chrono::seconds;

Result<net::HttpResponse> refusal(int code, const std::string& reason) {
  return net::HttpResponse{
      .status = code, .body = R"({"kind":"Status","reason":")" + reason + R"(","message":"m"})"};
}

// Objects by path, compare-and-swap by resourceVersion: what an API server does with ours.
struct FakeServer {
  std::map<std::string, Tree> objects;
  int version = 0;
  bool lose_replies = false;  // of writes that were done
  int refuse_writes = 0;      // 409 this often, as if somebody else had written

  Result<net::HttpResponse> answer(const net::HttpRequest& request) {
    const std::string target = request.url.substr(std::string("https://api").size());
    const std::string path = target.substr(0, target.find('?'));
    if (request.method == "GET") return objects.contains(path) ? of(path) : list(path, target);
    if (request.method == "DELETE") {
      return objects.erase(path) > 0 ? net::HttpResponse{.status = 200, .body = "{}"}
                                     : refusal(404, "NotFound");
    }
    Tree sent = codec::parse_json(request.body).value();
    if (request.method == "POST") {
      const std::string place = path + "/" + sent.text_or("/metadata/name", "?");
      if (objects.contains(place)) return refusal(409, "AlreadyExists");
      return put(place, std::move(sent));
    }
    if (request.method == "PATCH") return put(path, std::move(sent));
    if (refuse_writes > 0) {
      --refuse_writes;
      return refusal(409, "Conflict");
    }
    if (!objects.contains(path)) return refusal(404, "NotFound");
    const bool current = sent.text_or("/metadata/resourceVersion", "?") ==
                         objects[path].text_or("/metadata/resourceVersion", "");
    return current ? put(path, std::move(sent)) : refusal(409, "Conflict");
  }
  Result<net::HttpResponse> put(const std::string& path, Tree object) {
    object.set_at("/metadata/resourceVersion", std::to_string(++version));
    objects[path] = std::move(object);
    if (lose_replies) return fail(ErrorKind::unavailable, "reset; the outcome is unknown");
    return of(path);
  }
  Result<net::HttpResponse> of(const std::string& path) {
    return net::HttpResponse{.status = 200, .body = codec::write_json(objects[path])};
  }
  // Selectors of one or more "key=value", percent-encoded.
  Result<net::HttpResponse> list(const std::string& path, const std::string& target) {
    const std::size_t at = target.find("labelSelector=");
    if (at == std::string::npos) return refusal(404, "NotFound");
    std::string selector = target.substr(at + 14);
    for (const auto& [code, sign] :
         {std::pair<std::string, std::string>{"%3D", "="}, {"%2C", ","}, {"%2F", "/"}}) {
      for (std::size_t i = 0; (i = selector.find(code)) != std::string::npos;)
        selector.replace(i, 3, sign);
    }
    Tree items = Tree::list();
    for (const auto& [place, object] : objects) {
      if (place.starts_with(path + "/") && matches(object, selector)) items.push_back(object);
    }
    Tree answer;
    answer.set("items", std::move(items));
    return net::HttpResponse{.status = 200, .body = codec::write_json(answer)};
  }
  static bool matches(const Tree& object, std::string selector) {
    while (!selector.empty()) {
      const std::string part = selector.substr(0, selector.find(','));
      const std::size_t equals = part.find('=');
      const std::string label = escape_pointer(part.substr(0, equals));
      if (object.text_or("/metadata/labels/" + label, "") != part.substr(equals + 1)) return false;
      selector.erase(0, std::min(selector.size(), part.size() + 1));
    }
    return true;
  }
  [[nodiscard]] std::vector<std::string> names(const std::string& plural) const {
    std::vector<std::string> found;
    for (const auto& [path, object] : objects) {
      if (path.find("/" + plural + "/") != std::string::npos) {
        found.push_back(object.text_or("/metadata/name", ""));
      }
    }
    return found;
  }
};

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  FakeServer server;
  kubeapi::Client client{
      http, timers, timers.clock(), kubeapi::ClusterAccess{.server = "https://api"},
      std::make_shared<kubeapi::Credentials>(kubeapi::UserAccess{}, "https://api", disk, process,
                                             wall, std::map<std::string, std::string>{}, nullptr)};

  World() {
    for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      http.on(method, "https://api").handle([this](const net::HttpRequest& request) {
        return server.answer(request);
      });
    }
  }
  KubeStore store() { return KubeStore(client, timers.clock(), wall, "shop", "kai"); }

  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> got;
    ask(Reply<T>([&](Result<T> result) { got = std::move(result); }));
    EXPECT_FALSE(got.has_value()) << "a reply before the asking call returned";
    timers.advance(seconds(5));
    if (!got) return fail(ErrorKind::malformed, "no reply came");
    return std::move(*got);
  }
  Result<std::optional<ports::Stored>> load(KubeStore& from) {
    return wait<std::optional<ports::Stored>>([&](auto reply) { from.load(std::move(reply)); });
  }
  Result<ports::SaveOutcome> save(KubeStore& to, const core::Record& record,
                                  const std::string& version) {
    return wait<ports::SaveOutcome>(
        [&](auto reply) { to.save(record, version, std::move(reply)); });
  }
  Result<Unit> submit(KubeStore& to, const std::string& id) {
    return wait<Unit>([&](auto reply) {
      to.submit({.id = id, .verb = core::Verb::abort, .who = "ann", .when = {}}, std::move(reply));
    });
  }
  Result<Unit> remember(KubeStore& to, const std::string& rollout, core::End end, WallTime at) {
    return wait<Unit>([&](auto reply) {
      to.remember(
          {.rollout = rollout, .release = "kai", .name_space = "shop", .end = end, .ended_at = at},
          std::move(reply));
    });
  }
};

core::Record sample(const std::string& password = "hunter2", const std::string& rollout = "r1") {
  core::Record record;
  record.epoch = 3;
  record.seq = 1;
  record.rollout = rollout;
  record.settled = false;
  record.plan.steps = {{core::Weight::from_hundredths(1000), std::chrono::minutes(2)}};
  record.release_plan.set("values", password);
  record.workload_plan.set("size", 2);
  record.workload_plan.set("edge", Tree(Tree::Map{{"secret", password}}));
  return record;
}

TEST(KubeStore, NoSecretIsInTheRecord) {
  World world;
  KubeStore store = world.store();
  EXPECT_TRUE(world.save(store, sample(), "").has_value());
  for (const auto& [path, object] : world.server.objects) {
    if (path.find("/secrets/") == std::string::npos) {
      EXPECT_EQ(codec::write_json(object).find("hunter2"), std::string::npos) << path;
    }
  }
  EXPECT_EQ(world.server.names("secrets").size(), 1U);
}

TEST(KubeStore, ARecordThatWasDeletedIsAConflict) {
  World world;
  KubeStore store = world.store();
  const auto first = world.save(store, sample(), "");
  world.server.objects.clear();
  EXPECT_TRUE(world.save(store, sample(), first->version)->conflict);
}

TEST(KubeStore, ALostReplyIsUnavailableAndTheNextLoadTells) {
  World world;
  KubeStore store = world.store();
  const auto first = world.save(store, sample(), "");
  core::Record next = sample();
  next.seq = 2;
  world.server.lose_replies = true;
  EXPECT_EQ(world.save(store, next, first->version).error().kind, ErrorKind::unavailable);
  world.server.lose_replies = false;
  EXPECT_EQ((*world.load(store))->record.seq, 2U);
}

TEST(KubeStore, TheInputsAreWrittenOnceAndNobodyOverwritesThem) {
  World world;
  KubeStore ours = world.store();
  auto version = world.save(ours, sample(), "")->version;
  world.http.clear_log();
  core::Record next = sample();
  next.seq = 2;
  EXPECT_FALSE(world.save(ours, next, version)->conflict);
  EXPECT_EQ(world.http.log().size(), 1U) << "the record alone";
  // One whose time is over writes other inputs for the same rollout, and loses the race.
  KubeStore theirs = world.store();
  EXPECT_TRUE(world.save(theirs, sample("other"), version)->conflict);
  KubeStore reader = world.store();
  EXPECT_EQ((*world.load(reader))->record, next);
  EXPECT_TRUE(world.remember(ours, "r1", core::End::promoted, world.wall.now()).has_value());
  world.timers.advance(seconds(5));
  EXPECT_TRUE(world.server.names("secrets").empty()) << "both go when the rollout ends";
}

TEST(KubeStore, WhoStartsSecondLeavesNoInputs) {
  World world;
  KubeStore ours = world.store();
  KubeStore theirs = world.store();
  EXPECT_FALSE(world.save(ours, sample(), "")->conflict);
  EXPECT_TRUE(world.save(theirs, sample("other", "r2"), "")->conflict);
  world.timers.advance(seconds(5));
  ASSERT_EQ(world.server.names("secrets").size(), 1U);
  KubeStore reader = world.store();
  EXPECT_EQ((*world.load(reader))->record, sample());
}

// A conflict with ourselves: the first try landed, and its record names what the second one wrote.
TEST(KubeStore, ASaveTriedAgainAfterALostReplyKeepsTheInputsThatTheRecordNames) {
  World world;
  KubeStore store = world.store();
  world.http.on("POST", "https://api").handle([&](const net::HttpRequest& request) {
    EXPECT_TRUE(world.server.answer(request).has_value()) << "it landed";
    return Result<net::HttpResponse>(fail(ErrorKind::unavailable, "reset"));
  });
  EXPECT_EQ(world.save(store, sample(), "").error().kind, ErrorKind::unavailable);
  world.http.on("POST", "https://api").handle([&](const net::HttpRequest& request) {
    return world.server.answer(request);
  });
  EXPECT_TRUE(world.save(store, sample(), "")->conflict);
  world.timers.advance(seconds(5));
  KubeStore reader = world.store();
  EXPECT_EQ((*world.load(reader))->record, sample());
}

// A command got in between: the owner loads and saves the same inputs once more, at once.
TEST(KubeStore, ASaveTriedAgainAfterACommandFindsItsInputsThoughRemovalsAreSlow) {
  World world;
  KubeStore store = world.store();
  const std::string version = world.save(store, sample(), "")->version;
  EXPECT_TRUE(world.submit(store, "c1").has_value());
  std::vector<net::HttpRequest> late;
  world.http.on("DELETE", "https://api").handle([&](const net::HttpRequest& request) {
    late.push_back(request);
    return Result<net::HttpResponse>(fail(ErrorKind::unavailable, "timed out"));
  });
  EXPECT_TRUE(world.save(store, sample("changed"), version)->conflict);
  const std::string newest = (*world.load(store))->version;
  EXPECT_FALSE(world.save(store, sample("changed"), newest)->conflict);
  for (const auto& request : late) EXPECT_TRUE(world.server.answer(request).has_value());
  KubeStore reader = world.store();
  EXPECT_EQ((*world.load(reader))->record, sample("changed"));
}

TEST(KubeStore, NoInputsAreRemovedWhileNobodyKnowsWhatTheRecordNames) {
  const std::string path = "/api/v1/namespaces/shop/configmaps/kai-canary-kai";
  for (const std::string fault : {"unreadable", "garbled", "gone"}) {
    World world;
    KubeStore ours = world.store();
    EXPECT_TRUE(world.save(ours, sample(), "").has_value());
    if (fault == "garbled") world.server.objects.at(path).set_at("/data/record", "{");
    if (fault == "unreadable")
      world.http.on("GET", "https://api" + path).fail(ErrorKind::rejected, "no");
    if (fault == "gone") world.server.objects.erase(path);
    KubeStore theirs = world.store();
    const std::string version = fault == "gone" ? "1" : "";
    EXPECT_TRUE(world.save(theirs, sample("other", "r2"), version)->conflict) << fault;
    world.timers.advance(seconds(30));
    EXPECT_EQ(world.server.names("secrets").size(), 2U) << fault;
  }
}

// Noise, since what is written is compressed.
std::string noise_of(std::size_t bytes) {
  fakes::FakeRandom random;
  std::string noise;
  while (noise.size() < bytes) noise += std::to_string(random.next());
  return noise;
}

TEST(KubeStore, LargeInputsAreKeptInPieces) {
  World world;
  KubeStore store = world.store();
  core::Record record = sample();
  record.release_plan.set("chart", noise_of(3'000'000));
  EXPECT_TRUE(world.save(store, record, "").has_value());
  EXPECT_GE(world.server.names("secrets").size(), 2U);
  KubeStore reader = world.store();
  EXPECT_EQ((*world.load(reader))->record, record);
  record.release_plan.set("chart", noise_of(20'000'000));
  const auto refused = world.save(store, record, "1");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::rejected);
}

TEST(KubeStore, RemovedInputsLeaveNoPiece) {
  World world;
  InputsStore inputs(world.client, "shop", "kai");
  const auto write = [&](const InputsName& name, const std::string& bytes) {
    return world.wait<Unit>([&](auto reply) { inputs.write(name, bytes, std::move(reply)); });
  };
  const InputsName large{.rollout = "r1", .digest = std::string(64, 'a')};
  const InputsName other{.rollout = "r1", .digest = std::string(64, 'b')};
  ASSERT_TRUE(write(large, noise_of(3'000'000)).has_value());
  ASSERT_TRUE(write(other, "small").has_value());
  ASSERT_GE(world.server.names("secrets").size(), 3U);
  inputs.remove(large);
  world.timers.advance(seconds(5));
  EXPECT_EQ(world.server.names("secrets"),
            std::vector<std::string>{"kai-canary-inputs-r1-bbbbbbbbbbbbbbbb"});
}

TEST(KubeStore, ARemovalThatWasCutShortIsFinishedByTheNext) {
  World world;
  InputsStore inputs(world.client, "shop", "kai");
  const InputsName name{.rollout = "r1", .digest = std::string(64, 'a')};
  ASSERT_TRUE(world
                  .wait<Unit>([&](auto reply) {
                    inputs.write(name, noise_of(3'000'000), std::move(reply));
                  })
                  .has_value());
  world.server.objects.erase("/api/v1/namespaces/shop/secrets/kai-canary-inputs-r1-" +
                             std::string(16, 'a'));
  ASSERT_FALSE(world.server.names("secrets").empty());
  inputs.remove(name);
  world.timers.advance(seconds(5));
  EXPECT_TRUE(world.server.names("secrets").empty());
}

TEST(KubeStore, LostOrForgedInputsAreToldNotGuessed) {
  for (const bool forged : {false, true}) {
    World world;
    KubeStore store = world.store();
    EXPECT_TRUE(world.save(store, sample(), "").has_value());
    const std::string name = world.server.names("secrets").front();
    const std::string path = "/api/v1/namespaces/shop/secrets/" + name;
    if (forged) {
      world.server.objects.at(path).set_at("/data/inputs", codec::base64_encode("{}"));
    } else {
      world.server.objects.erase(path);
    }
    KubeStore reader = world.store();
    const auto loaded = world.load(reader);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ((*loaded)->record.release_plan.bool_at("/inputsLost"), true);
    EXPECT_EQ((*loaded)->record.seq, 1U);
    EXPECT_FALSE(world.save(reader, (*loaded)->record, (*loaded)->version)->conflict);
  }
}

TEST(KubeStore, ARecordThatCannotBeReadIsAnErrorNeverAbsence) {
  World world;
  KubeStore store = world.store();
  EXPECT_TRUE(world.save(store, sample(), "").has_value());
  Tree& object = world.server.objects.at("/api/v1/namespaces/shop/configmaps/kai-canary-kai");
  for (const std::string text : {"{", "{}", "[]", "", R"({"schema":1})"}) {
    object.set_at("/data/record", text);
    const auto loaded = world.load(store);
    ASSERT_FALSE(loaded.has_value()) << text;
    EXPECT_EQ(loaded.error().kind, ErrorKind::malformed) << text;
  }
  object.get("data")->erase("record");
  EXPECT_EQ(world.load(store).error().kind, ErrorKind::malformed) << "somebody else's ConfigMap";
}

TEST(KubeStore, ACommandIsTriedAgainWhileTheOwnerWritesAndBounded) {
  World world;
  KubeStore store = world.store();
  EXPECT_EQ(world.submit(store, "c0").error().kind, ErrorKind::rejected) << "no rollout";
  EXPECT_TRUE(world.save(store, sample(), "").has_value());
  world.server.refuse_writes = 4;
  EXPECT_TRUE(world.submit(store, "c1").has_value());
  world.server.refuse_writes = 5;
  EXPECT_EQ(world.submit(store, "c2").error().kind, ErrorKind::unavailable);
  for (int i = 1; i < 64; ++i) {
    ASSERT_TRUE(world.submit(store, "d" + std::to_string(i)).has_value()) << i;
  }
  EXPECT_EQ(world.submit(store, "one too many").error().kind, ErrorKind::rejected);
}

TEST(KubeStore, TheClaimIsALeaseThatSaysWhoHoldsIt) {
  World world;
  KubeStore ours = world.store();
  KubeStore theirs = world.store();
  const auto claim = [&](KubeStore& store, const std::string& name) {
    return world.wait<ports::ClaimOutcome>([&](auto reply) {
      store.claim({.name = name, .host = "h", .process = 7, .since = {}}, std::move(reply));
    });
  };
  EXPECT_TRUE(claim(ours, "ann")->granted);
  const auto lost = claim(theirs, "bob");
  EXPECT_FALSE(lost->granted);
  EXPECT_EQ(lost->holder.name, "ann");
  EXPECT_EQ(lost->holder.process, 7);
  world.timers.advance(claim_term);
  const auto taken = claim(theirs, "bob");
  EXPECT_TRUE(taken->granted);
  EXPECT_EQ(taken->transitions, 2U);
  EXPECT_FALSE(*world.wait<bool>([&](auto reply) { ours.renew(std::move(reply)); }));
  const auto holder = world.wait<std::optional<ports::Holder>>(
      [&](auto reply) { theirs.holder(std::move(reply)); });
  EXPECT_EQ((*holder)->name, "bob");
}

// A save proves its owner alive as a renewal does; whoever sends commands proves nothing.
TEST(KubeStore, ASaveOfTheOwnerKeepsTheClaimAndACommandDoesNot) {
  World world;
  KubeStore ours = world.store();
  KubeStore theirs = world.store();
  const auto claim = [&](KubeStore& store, const std::string& name) {
    return world.wait<ports::ClaimOutcome>([&](auto reply) {
      store.claim({.name = name, .host = "h", .process = 7, .since = {}}, std::move(reply));
    });
  };
  ASSERT_TRUE(claim(ours, "ann")->granted);
  core::Record record = sample();
  auto saved = world.save(ours, record, "");
  ASSERT_FALSE(claim(theirs, "bob")->granted);
  for (int i = 0; i < 3; ++i) {
    world.timers.advance(claim_term / 2);
    record.total += claim_term / 2;
    saved = world.save(ours, record, saved->version);
    ASSERT_TRUE(saved.has_value() && !saved->conflict);
    const auto lost = claim(theirs, "bob");
    EXPECT_FALSE(lost->granted) << i;
    EXPECT_LT(lost->holder.silent, claim_term) << i;
  }
  ASSERT_TRUE(world.submit(theirs, "c1").has_value());
  world.timers.advance(claim_term / 2);
  ASSERT_TRUE(world.submit(theirs, "c2").has_value());
  world.timers.advance(claim_term / 2);
  EXPECT_TRUE(claim(theirs, "bob")->granted);
}

TEST(KubeStore, AFinishedRolloutLeavesItsHistoryAndNoInputs) {
  World world;
  KubeStore store = world.store();
  const auto saved = world.save(store, sample(), "");
  EXPECT_TRUE(world.remember(store, "r1", core::End::promoted, world.wall.now()).has_value());
  EXPECT_TRUE(world.server.names("secrets").empty());
  EXPECT_FALSE(world.save(store, sample(), saved->version)->conflict);
  EXPECT_TRUE(world.server.names("secrets").empty()) << "not written again";
  const auto history =
      world.wait<ports::History>([&](auto reply) { store.history(std::move(reply)); });
  ASSERT_EQ(history->entries.size(), 1U);
  EXPECT_EQ(history->entries.front().rollout, "r1");
  EXPECT_TRUE(history->unreadable.empty());
  KubeStore reader = world.store();
  EXPECT_EQ((*world.load(reader))->record.release_plan.bool_at("/inputsLost"), true);
}

TEST(KubeStore, OfOldHistoryTheNewestTwentyAndYoungFailuresStay) {
  World world;
  KubeStore store = world.store();
  const WallTime now = world.wall.now();
  EXPECT_TRUE(
      world.remember(store, "oldfail", core::End::aborted, now - std::chrono::hours(24 * 31))
          .has_value());
  EXPECT_TRUE(
      world.remember(store, "youngfail", core::End::aborted, now - std::chrono::hours(24 * 29))
          .has_value());
  for (int i = 0; i < 22; ++i) {
    EXPECT_TRUE(world
                    .remember(store, "p" + std::to_string(i), core::End::promoted,
                              now - std::chrono::minutes(100 - i))
                    .has_value());
  }
  world.timers.advance(seconds(30));
  const auto names = world.server.names("configmaps");
  const auto has = [&](const std::string& rollout) {
    return std::ranges::find(names, "kai-canary-kai." + rollout) != names.end();
  };
  EXPECT_FALSE(has("oldfail"));
  EXPECT_TRUE(has("youngfail"));
  EXPECT_FALSE(has("p0"));
  EXPECT_FALSE(has("p1"));
  EXPECT_TRUE(has("p2"));
  EXPECT_EQ(names.size(), 21U);
}

// A ConfigMap with the marks of ours, and `text` where the record or the entry should be.
Tree config_map(const std::string& name, const std::string& label, const std::string& key,
                const std::string& text) {
  Tree object(Tree::Map{{"kind", "ConfigMap"}});
  object.set_at("/metadata/name", name);
  object.set_at("/metadata/namespace", "shop");
  object.set_at("/metadata/labels/app.kubernetes.io~1managed-by", "kai-canary");
  object.set_at("/metadata/labels/kai-canary.dev~1release", "kai");
  object.set_at("/metadata/labels/kai-canary.dev~1" + label, "true");
  object.set_at("/data/" + key, text);
  return object;
}

TEST(KubeStore, AllThatIsKnownOfANamespaceIsFoundAndWhatIsUnreadableIsNamed) {
  World world;
  KubeStore store = world.store();
  EXPECT_TRUE(world.save(store, sample(), "").has_value());
  EXPECT_TRUE(world.remember(store, "r0", core::End::aborted, world.wall.now()).has_value());
  const std::string maps = "/api/v1/namespaces/shop/configmaps/";
  world.server.objects[maps + "broken"] = config_map("broken", "record", "record", "{");
  world.server.objects[maps + "empty"] = config_map("empty", "history", "other", "");
  world.server.objects[maps + "theirs"] = config_map("theirs", "clone", "app.ini", "a=b");
  const auto known = world.wait<ports::KnownRollouts>(
      [&](auto reply) { known_rollouts(world.client, "shop", std::move(reply)); });
  ASSERT_TRUE(known.has_value()) << known.error().message;
  EXPECT_EQ(known->records.size(), 1U);
  EXPECT_EQ(known->history.entries.size(), 1U);
  ASSERT_EQ(known->unreadable.size(), 1U);
  EXPECT_TRUE(known->unreadable.front().starts_with("ConfigMap shop/broken: "));
  EXPECT_EQ(known->history.unreadable,
            std::vector<std::string>{"ConfigMap shop/empty: ConfigMap empty has no key entry"});
}

TEST(KubeStore, AnEntryThatCannotBeReadHidesNoOtherAndIsNamed) {
  World world;
  KubeStore store = world.store();
  EXPECT_TRUE(world.remember(store, "r0", core::End::aborted, world.wall.now()).has_value());
  world.server.objects["/api/v1/namespaces/shop/configmaps/kai-canary-kai.r1"] =
      config_map("kai-canary-kai.r1", "history", "entry", "{}");
  const auto history =
      world.wait<ports::History>([&](auto reply) { store.history(std::move(reply)); });
  ASSERT_TRUE(history.has_value()) << history.error().message;
  EXPECT_EQ(history->entries.size(), 1U);
  ASSERT_EQ(history->unreadable.size(), 1U);
  EXPECT_TRUE(history->unreadable.front().starts_with("ConfigMap shop/kai-canary-kai.r1: history"))
      << history->unreadable.front();
}

// The sentences that hold for every store.
struct ContractWorld : World {
  std::unique_ptr<ports::RolloutStore> make_store() {
    return std::make_unique<KubeStore>(client, timers.clock(), wall, "shop", "kai");
  }
  Tree& record() { return server.objects.at("/api/v1/namespaces/shop/configmaps/kai-canary-kai"); }
  std::string record_text() { return record().text_or("/data/record", "?"); }
  // As somebody who writes it: the version moves.
  void set_record_text(const std::string& text) {
    record().set_at("/data/record", text);
    record().set_at("/metadata/resourceVersion", std::to_string(++server.version));
  }
  void spoil_entry(const std::string& rollout) {
    server.objects.at("/api/v1/namespaces/shop/configmaps/kai-canary-kai." + rollout)
        .set_at("/data/entry", "{");
  }
  [[nodiscard]] static std::size_t record_bytes_max() { return std::size_t{768} << 10U; }
};

}  // namespace
}  // namespace kai::edges

namespace kai::fakes {
INSTANTIATE_TYPED_TEST_SUITE_P(KubeStore, StoreContract, edges::ContractWorld);
}  // namespace kai::fakes
