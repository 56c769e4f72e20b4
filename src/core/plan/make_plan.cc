#include "core/plan/make_plan.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/plan/ladder.h"
#include "core/plan/local_options.h"
#include "core/plan/names.h"
#include "core/plan/reader.h"
#include "core/plan/service_file.h"

namespace kai::core {
namespace {

const Weight weight_worth_a_warning = Weight::from_hundredths(5000);

Target read_target(Reader& reader) {
  Target target{.release = reader.text("release").value_or("kai"),
                .name_space = reader.text("namespace").value_or(""),
                .context = reader.text("context").value_or(""),
                .kubeconfig = reader.text("kubeconfig").value_or("")};
  if (const auto home = reader.text("release-namespace")) target.name_space = *home;
  if (!is_dns_label(target.release, release_name_max)) {
    reader.mistake_in(
        "release",
        fmt::format("'{}' is no release name: lower-case letters, digits and '-', at most {}",
                    target.release, release_name_max));
  }
  if (!target.name_space.empty() && !is_dns_label(target.name_space)) {
    reader.mistake_in("namespace", fmt::format("'{}' is no namespace name", target.name_space));
  }
  return target;
}

void add_values(Reader& reader, ChartInputs& inputs) {
  using Input = ValueInput::Kind;
  const std::pair<std::string_view, Input> kinds[] = {{"values", Input::file},
                                                      {"set", Input::set},
                                                      {"set-string", Input::set_string},
                                                      {"set-json", Input::set_json}};
  // The order on the command line is kept over all kinds: Helm gives the last word to the last one.
  for (const auto& [name, value] : reader.sources().flags) {
    for (const auto& [option, kind] : kinds) {
      if (name == option) inputs.values.push_back({.kind = kind, .text = value});
    }
  }
}

void read_tag(Reader& reader, ChartInputs& inputs, bool canary) {
  inputs.tag = reader.text("tag").value_or("");
  if (inputs.tag.empty() && canary) {
    reader.mistake("--tag", "a canary needs the image tag of the new version: --tag=v1.2.3");
  }
  if (!inputs.tag.empty() && !is_tag(inputs.tag)) {
    reader.mistake_in(
        "tag", fmt::format("'{}' is no image tag: letters, digits, '_', '.', '-', at most {}",
                           inputs.tag, tag_max));
  }
  inputs.allow_mutable_tag = reader.yes_no("allow-mutable-tag").value_or(false);
  if (canary && inputs.tag == "latest" && !inputs.allow_mutable_tag) {
    reader.mistake_in("tag",
                      "'latest' can change between analysis and promotion; name a version, or pass "
                      "--allow-mutable-tag");
  }
}

ChartInputs read_inputs(Reader& reader, bool canary) {
  ChartInputs inputs{.chart = reader.text("chart").value_or("./helm-charts/kai"),
                     .chart_version = reader.text("version").value_or(""),
                     .environment = reader.text("env").value_or(""),
                     .values = {},
                     .tag = {},
                     .tag_keys = {"global.image.tag"},
                     .registry = reader.text("registry").value_or(""),
                     .registry_keys = {"global.registry.url"}};
  add_values(reader, inputs);
  read_tag(reader, inputs, canary);
  std::ranges::copy(reader.list("tag-key"), std::back_inserter(inputs.tag_keys));
  std::ranges::copy(reader.list("registry-key"), std::back_inserter(inputs.registry_keys));
  inputs.allow_nondeterministic = reader.yes_no("allow-nondeterministic").value_or(false);
  if (!inputs.environment.empty() && !is_dns_label(inputs.environment)) {
    reader.mistake_in("env",
                      fmt::format("'{}' is no environment name such as staging or production",
                                  inputs.environment));
  }
  return inputs;
}

// A service of the `canary:` block: name, port, path.
std::optional<CriticalService> read_service(Reader& reader, const Tree& item,
                                            const std::string& origin) {
  const std::string name = item.text_or("/name", item.as_text() != nullptr ? *item.as_text() : "");
  if (!is_dns_label(name)) {
    reader.mistake(origin, fmt::format("a service needs a name: '{}' is none", name));
    return std::nullopt;
  }
  CriticalService service{.name = name, .port = {}, .path = item.text_or("/path", "/health")};
  if (item.at("/port") == nullptr) return service;
  const auto port = item.int_at("/port");
  if (port && *port > 0 && *port <= 65535) {
    service.port = static_cast<std::uint16_t>(*port);
  } else {
    reader.mistake(origin, name + ": the port is no number from 1 to 65535");
  }
  return service;
}

std::vector<CriticalService> services_of_block(Reader& reader) {
  const ConfigNode node = find_node(reader.sources(), "services");
  if (node.node == nullptr) return {};
  std::vector<CriticalService> services;
  const Tree::List* const items = node.node->as_list();
  if (items == nullptr || items->empty()) {
    reader.mistake(
        node.origin,
        "an empty list of services is never healthy: name at least one, or remove the key");
    return {};
  }
  for (const Tree& item : *items) {
    if (auto service = read_service(reader, item, node.origin))
      services.push_back(std::move(*service));
  }
  return services;
}

std::vector<CriticalService> services_of_flag(Reader& reader,
                                              const std::vector<CriticalService>& known) {
  std::vector<CriticalService> services;
  for (const std::string& name : reader.list("critical-services")) {
    if (!is_dns_label(name)) {
      reader.mistake_in(
          "critical-services",
          name.empty() ? "an empty list of services is never healthy: name at least one service"
                       : fmt::format("'{}' is no name of a Service", name));
      continue;
    }
    const auto same = std::ranges::find(known, name, &CriticalService::name);
    services.push_back(same != known.end() ? *same : CriticalService{.name = name, .port = {}});
  }
  return services;
}

void drop_doubles(std::vector<CriticalService>& services) {
  std::set<std::string> seen;
  std::erase_if(services,
                [&](const CriticalService& service) { return !seen.insert(service.name).second; });
}

void read_services(Reader& reader, Plan& plan) {
  const std::vector<CriticalService> of_block = services_of_block(reader);
  const bool named = !reader.list("critical-services").empty();
  plan.services = named ? services_of_flag(reader, of_block) : of_block;
  drop_doubles(plan.services);
  plan.services_auto = reader.word("services").value_or("") == "auto";
  if (!plan.services.empty() || plan.services_auto || named) return;
  plan.services_by_default = true;
  plan.services = {{.name = "api-server", .port = {}}, {.name = "coordinator-service", .port = {}}};
}

void read_latency(Reader& reader, Limits& limits) {
  auto text = reader.text("latency-threshold");
  if (!text || *text == "off" || *text == "0") return;
  const std::size_t at = text->find("@p");
  if (at != std::string::npos) {
    const auto quantile = parse_duration(text->substr(at + 2),
                                         std::chrono::seconds(1));  // a bare number, strictly read
    const double percent = quantile ? seconds_of(*quantile) : 0;
    if (percent > 0 && percent < 100) {
      limits.latency_quantile = percent / 100;
    } else {
      reader.mistake_in("latency-threshold",
                        fmt::format("'{}' names no quantile such as p95", *text));
    }
    text = text->substr(0, at);
  }
  limits.latency_max = parse_duration(*text, std::chrono::milliseconds(1));
  if (!limits.latency_max || *limits.latency_max == Duration::zero()) {
    reader.mistake_in(
        "latency-threshold",
        fmt::format("'{}' is no latency such as 500 (milliseconds) or 500@p99", *text));
  }
}

// A bare number before its unit.
std::optional<double> number_before(std::string_view text, std::string_view unit) {
  text.remove_suffix(unit.size());
  const bool bare = text.find_first_not_of("0123456789.") == std::string_view::npos;
  const auto value = parse_duration(text, std::chrono::seconds(1));  // strictly read
  return bare && value ? std::optional(seconds_of(*value)) : std::nullopt;
}

// "1.1x+0.1pp", or one of the two alone: then nothing of the other.
bool read_tolerance(std::string_view text, Limits& limits) {
  std::optional<double> factor, points;
  while (true) {
    const std::size_t plus = text.find('+');
    const std::string_view part = text.substr(0, plus);
    if (part.ends_with("pp") && !points) {
      points = number_before(part, "pp");
      if (!points || *points >= 100) return false;
    } else if (part.ends_with("x") && !factor) {
      factor = number_before(part, "x");
      if (!factor || *factor < 1) return false;
    } else {
      return false;
    }
    if (plus == std::string_view::npos) break;
    text.remove_prefix(plus + 1);
  }
  limits.tolerance_factor = factor.value_or(1);
  limits.tolerance_points = points.value_or(0);
  return true;
}

void check_sequential(Reader& reader, const Limits& limits) {
  if (!(limits.success_percent_min >= 10 && limits.success_percent_min <= 99.9999)) {
    reader.mistake_in("health-threshold",
                      "the sequential judge can hold a limit of 10 to 99.9999 percent");
  }
  if (!(limits.false_alarm_percent > 0 && limits.false_alarm_percent <= 20))
    reader.mistake_in("false-alarm", "the chance must be above 0 and at most 20 percent");
  if (limits.persist != 0 && (limits.persist < 2 || limits.persist > 12))
    reader.mistake_in("persist", "2 to 12 intervals can agree");
}

void read_judge(Reader& reader, Limits& limits) {
  const bool sequential = reader.word("judge").value_or("threshold") == "sequential";
  if (!sequential) {
    for (const std::string_view option : {"tolerance", "false-alarm", "persist", "warm-up"}) {
      if (reader.text(option))
        reader.mistake_in(option, "the threshold judge has none; it needs --judge=sequential");
    }
    return;
  }
  limits.judge = JudgeRule::sequential;
  const auto tolerance = reader.text("tolerance");
  if (tolerance && !read_tolerance(*tolerance, limits)) {
    reader.mistake_in(
        "tolerance",
        fmt::format("'{}' is no tolerance such as 1.1x+0.1pp, 1.2x or 0.5pp", *tolerance));
  }
  limits.false_alarm_percent = reader.number("false-alarm").value_or(limits.false_alarm_percent);
  const auto persist = reader.whole("persist");
  if (persist == 0U) reader.mistake_in("persist", "2 to 12 intervals can agree");
  limits.persist = persist.value_or(0);
  limits.warm_up = reader.duration("warm-up").value_or(limits.warm_up);
  check_sequential(reader, limits);
}

Limits read_limits(Reader& reader, std::vector<std::string>& warnings) {
  Limits limits;
  limits.success_percent_min =
      reader.number("health-threshold").value_or(limits.success_percent_min);
  if (!(limits.success_percent_min > 0 && limits.success_percent_min <= 100)) {
    reader.mistake_in("health-threshold",
                      "the success rate must be above 0 and at most 100 percent");
  }
  if (limits.success_percent_min == 100) {
    warnings.push_back(reader.origin("health-threshold") + ": 100% fails on the first error");
  }
  read_latency(reader, limits);
  read_judge(reader, limits);
  return limits;
}

template <typename T>
T choose(const std::optional<std::string>& word,
         std::initializer_list<std::pair<std::string_view, T>> meanings, T otherwise) {
  for (const auto& [name, meaning] : meanings) {
    if (word == name) return meaning;
  }
  return otherwise;
}

// Keys of the original block that have no flag.
std::optional<bool> block_yes_no(Reader& reader, std::string_view key) {
  const ConfigNode node = find_node(reader.sources(), key);
  if (node.node == nullptr) return std::nullopt;
  if (node.node->as_bool() != nullptr) return *node.node->as_bool();
  reader.mistake(node.origin, "is neither true nor false");
  return std::nullopt;
}

Policy read_policy(Reader& reader) {
  Policy policy;
  policy.on_fail = choose(
      reader.word("on-fail"), {{"rollback", OnFail::rollback}, {"freeze", OnFail::freeze}},
      block_yes_no(reader, "autoRollback").value_or(true) ? OnFail::rollback : OnFail::freeze);
  policy.on_inconclusive =
      choose(reader.word("on-inconclusive"),
             {{"rollback", OnInconclusive::rollback}, {"promote", OnInconclusive::promote}},
             OnInconclusive::pause);
  policy.on_unknown =
      choose(reader.word("on-unknown"),
             {{"hold", OnUnknown::hold}, {"rollback", OnUnknown::rollback}}, OnUnknown::pause);
  policy.first_install = choose(reader.word("first-install"), {{"refuse", FirstInstall::refuse}},
                                FirstInstall::install);
  policy.unknown_budget = reader.duration("unknown-budget").value_or(policy.unknown_budget);
  policy.promote_by_itself =
      choose(reader.word("approve"), {{"none", true}, {"before-promotion", false}},
             block_yes_no(reader, "autoPromote").value_or(true));
  // Known words with one meaning only: read so that a wrong one is a mistake.
  for (const std::string_view option :
       {"on-interrupt", "on-unfinished", "strategy", "router", "platform"}) {
    static_cast<void>(reader.word(option));
  }
  if (reader.yes_no("wait") == false)
    reader.mistake_in("wait", "cannot be off yet: this process is who watches the canary");
  return policy;
}

void require_above_zero(Reader& reader, std::string_view option, Duration duration) {
  if (duration <= Duration::zero()) reader.mistake_in(option, "must be longer than 0");
}

Timing read_timing(Reader& reader, const Limits& limits) {
  Timing timing;
  timing.interval = reader.duration("interval").value_or(timing.interval);
  timing.canary_time = reader.duration("canary-time").value_or(timing.canary_time);
  timing.final_bake = reader.duration("final-bake").value_or(timing.final_bake);
  timing.ready_within = reader.duration("ready-timeout").value_or(timing.ready_within);
  timing.drain = reader.duration("drain-timeout").value_or(timing.drain);
  timing.helm_timeout = reader.duration("helm-timeout").value_or(timing.helm_timeout);
  // The sequential judge may take a step's time twice before it says "not proved".
  const int times = limits.judge == JudgeRule::sequential ? 2 : 1;
  timing.timeout =
      reader.duration("timeout").value_or(times * timing.canary_time + std::chrono::minutes(15));
  require_above_zero(reader, "interval", timing.interval);
  require_above_zero(reader, "helm-timeout", timing.helm_timeout);
  require_above_zero(reader, "ready-timeout", timing.ready_within);
  if (timing.canary_time < 2 * timing.interval || timing.canary_time == Duration::zero()) {
    reader.mistake_in(
        "canary-time",
        fmt::format("{} is too short: at least two check intervals of {} are needed",
                    format_duration(timing.canary_time), format_duration(timing.interval)));
  }
  return timing;
}

MetricsInputs read_metrics(Reader& reader) {
  MetricsInputs metrics;
  metrics.enabled = block_yes_no(reader, "metrics.prometheus.enabled").value_or(true);
  metrics.address = reader.text("prometheus").value_or(metrics.address);
  metrics.preset = reader.text("metrics-preset").value_or("");
  metrics.allow_idle = reader.yes_no("allow-idle").value_or(false);
  if (!metrics.address.starts_with("http://") && !metrics.address.starts_with("https://")) {
    reader.mistake_in("prometheus", fmt::format("'{}' is no http or https URL", metrics.address));
  }
  return metrics;
}

void read_helm(Reader& reader, Plan& plan) {
  if (reader.text("platform") == "local")
    reader.mistake_in("platform", std::string(needs_service_file));
  plan.target = read_target(reader);
  plan.inputs = read_inputs(reader, plan.canary);
  read_services(reader, plan);
  plan.metrics = read_metrics(reader);
}

// Every service of the file is canaried and judged, and the splitter itself counts.
void read_local(Reader& reader, const ServiceFile& file, Plan& plan) {
  refuse_foreign_options(reader, file, plan.warnings);
  if (!plan.canary)
    reader.mistake("--no-canary", "not yet: on one machine every deploy is a canary");
  plan.target = {.release = read_release_name(reader, file),
                 .name_space = std::string(local_name_space),
                 .context = "",
                 .kubeconfig = ""};
  read_tag(reader, plan.inputs, plan.canary);
  plan.local = read_local_release(reader, file);
  for (const LocalService& service : plan.local->services)
    plan.services.push_back({.name = service.name, .port = {}, .path = service.health_path});
  plan.metrics = {.enabled = true,
                  .address = "",
                  .preset = "",
                  .allow_idle = reader.yes_no("allow-idle").value_or(false)};
}

// Where a mistake stands: outside of the files, or the line of one of them.
std::pair<std::size_t, std::uint32_t> place_of(const Sources& sources, std::string_view where) {
  for (std::size_t i = 0; i < sources.configs.size(); ++i) {
    const std::string file = sources.configs[i].file + ":";
    if (!where.starts_with(file)) continue;
    where.remove_prefix(file.size());
    std::uint32_t line = 0;  // without one: the file as a whole
    std::from_chars(where.data(), where.data() + where.size(), line);
    return {i + 1, line};
  }
  return {};
}

// Options first, then file by file from top to bottom, as a person mends them.
void sort_by_place(const Sources& sources, std::vector<Mistake>& mistakes) {
  std::ranges::stable_sort(
      mistakes, {}, [&](const Mistake& mistake) { return place_of(sources, mistake.where); });
}

}  // namespace

bool is_canary(const Sources& sources) {
  Reader reader(sources);
  return reader.yes_no("canary").value_or(false);
}

std::expected<Plan, std::vector<Mistake>> make_plan(const Sources& sources) {
  Reader reader(sources);
  Plan plan;
  std::vector<Mistake> mistakes = unknown_words(sources, plan.warnings);
  plan.canary = reader.yes_no("canary").value_or(false);
  if (sources.service_file) {
    read_local(reader, *sources.service_file, plan);
  } else {
    read_helm(reader, plan);
  }
  plan.limits = read_limits(reader, plan.warnings);
  plan.policy = read_policy(reader);
  plan.timing = read_timing(reader, plan.limits);
  plan.steps = read_ladder(reader, plan.timing);
  plan.canary_replicas = reader.whole("canary-replicas").value_or(0);
  plan.skipped_checks = reader.list("skip-check");
  plan.reason = reader.text("reason").value_or("");
  if (!plan.skipped_checks.empty() && plan.reason.empty()) {
    reader.mistake("--skip-check", "say why: --reason=\"...\" is recorded with your name");
  }
  if (!plan.steps.empty() && plan.steps.front().weight > weight_worth_a_warning) {
    plan.warnings.push_back(reader.origin("canary-weight") +
                            ": more than half of the traffic goes to an unproven version");
  }
  std::ranges::move(reader.take_mistakes(), std::back_inserter(mistakes));
  sort_by_place(sources, mistakes);
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return plan;
}

}  // namespace kai::core
