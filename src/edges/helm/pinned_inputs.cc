#include "edges/helm/pinned_inputs.h"

#include <array>
#include <utility>

#include "codec/base64.h"
#include "codec/digest.h"
#include "codec/quote.h"

namespace kai::edges {
namespace {

using Kind = core::ValueInput::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 4> kind_words = {{
    {Kind::file, "file"},
    {Kind::set, "set"},
    {Kind::set_string, "set-string"},
    {Kind::set_json, "set-json"},
}};

std::string_view word_of(Kind kind) {
  for (const auto& [value, word] : kind_words) {
    if (value == kind) return word;
  }
  return "file";
}

std::string environment_file(const core::ChartInputs& inputs) {
  const std::string_view slash = inputs.chart.ends_with('/') ? "" : "/";
  return inputs.chart + std::string(slash) + "values-" + inputs.environment + ".yaml";
}

Result<PinnedValue> pin_file(os::Disk& disk, const std::string& path, std::string_view remedy) {
  Result<std::string> bytes = disk.read(path, value_file_bytes_max);
  if (bytes) return PinnedValue{.kind = Kind::file, .text = std::move(*bytes), .origin = path};
  const std::string what =
      bytes.error().kind == ErrorKind::no_data ? "there is no values file " : "values file ";
  std::string message = what + codec::quote(path);
  if (bytes.error().kind != ErrorKind::no_data) message += ": " + bytes.error().message;
  return fail(ErrorKind::rejected, message + std::string(remedy));
}

void add_settings(std::vector<PinnedValue>& values, const std::vector<std::string>& keys,
                  const std::string& value) {
  if (value.empty()) return;
  for (const std::string& key : keys) {
    values.push_back({.kind = Kind::set_string, .text = set_string_text(key, value)});
  }
}

enum class ChartForm { directory, archive, reference };

// What looks like a path is one, so that a mistyped path is not looked up in a repository.
Result<ChartForm> form_of(os::Disk& disk, const std::string& chart) {
  if (disk.list(chart)) return ChartForm::directory;
  const bool path = chart.starts_with('.') || chart.starts_with('/') || chart.ends_with(".tgz");
  if (!path || chart.find("://") != std::string::npos) return ChartForm::reference;
  const Result<std::string> bytes = disk.read(chart, chart_bytes_max);
  if (bytes) return ChartForm::archive;
  if (bytes.error().kind != ErrorKind::no_data)
    return std::unexpected(in_context("chart " + codec::quote(chart), bytes.error()));
  return fail(ErrorKind::rejected,
              "there is no chart at " + codec::quote(chart) + "; name it with --chart");
}

Result<std::string> read_only_archive(os::Disk& disk, const std::string& directory) {
  const auto entries = disk.list(directory);
  if (!entries) return std::unexpected(entries.error());
  for (const os::DirectoryEntry& entry : *entries) {
    if (entry.name.ends_with(".tgz"))
      return disk.read(directory + "/" + entry.name, chart_bytes_max);
  }
  return fail(ErrorKind::malformed, "helm left no archive of the chart");
}

Argv archive_argv(const Helm& helm, const core::ChartInputs& inputs, ChartForm form,
                  const std::string& destination) {
  if (form == ChartForm::directory) return package_argv(helm.binary, inputs.chart, destination);
  return pull_argv(helm.binary, inputs.chart, inputs.chart_version, destination);
}

void pin_now(const Helm& helm, const core::ChartInputs& inputs, Reply<PinnedInputs> reply) {
  const Result<ChartForm> form = form_of(helm.disk, inputs.chart);
  if (!form) return reply(std::unexpected(form.error()));
  Result<std::vector<PinnedValue>> values = pin_values(helm.disk, inputs);
  if (!values) return reply(std::unexpected(values.error()));
  PinnedInputs pinned{.chart_origin = inputs.chart, .values = std::move(*values)};
  if (*form == ChartForm::archive) {
    Result<std::string> bytes = helm.disk.read(inputs.chart, chart_bytes_max);
    if (!bytes) {
      return reply(
          std::unexpected(in_context("chart " + codec::quote(inputs.chart), bytes.error())));
    }
    pinned.chart = std::move(*bytes);
    return reply(std::move(pinned));
  }
  const auto directory = PrivateDirectory::make(helm.disk);
  if (!directory) return reply(std::unexpected(directory.error()));
  run_helm(helm, archive_argv(helm, inputs, *form, (*directory)->path()),
           [&disk = helm.disk, directory = *directory, pinned = std::move(pinned),
            reply = std::move(reply)](Result<std::string> output) mutable {
             const std::string where = "chart " + codec::quote(pinned.chart_origin);
             if (!output) return reply(std::unexpected(in_context(where, output.error())));
             Result<std::string> bytes = read_only_archive(disk, directory->path());
             if (!bytes) return reply(std::unexpected(in_context(where, bytes.error())));
             pinned.chart = std::move(*bytes);
             reply(std::move(pinned));
           });
}

Result<std::string> write_file(os::Disk& disk, const PrivateDirectory& directory,
                               const std::string& name, std::string_view bytes) {
  std::string path = directory.path() + "/" + name;
  const Result<Unit> written = disk.write_new(path, bytes);
  if (!written) return std::unexpected(written.error());
  return path;
}

bool fits_the_record(const PinnedInputs& inputs) {
  std::size_t bytes = inputs.chart.size();
  for (const PinnedValue& value : inputs.values) bytes += value.text.size();
  return bytes <= carried_bytes_max / 4 * 3;
}

Tree bytes_to_tree(const std::string& bytes, const std::string& path, bool carried) {
  Tree tree = Tree::map();
  tree.set("sha256", codec::sha256_hex(bytes));
  if (carried) {
    tree.set("bytes", codec::base64_encode(bytes));
  } else {
    tree.set("path", path);
  }
  return tree;
}

Result<std::string> bytes_from_tree(os::Disk& disk, const Tree& tree, std::size_t bytes_max) {
  const std::string* const digest = tree.text_at("/sha256");
  const std::string* const carried = tree.text_at("/bytes");
  const std::string* const path = tree.text_at("/path");
  if (digest == nullptr || (carried == nullptr && path == nullptr)) {
    return fail(ErrorKind::malformed, "pinned inputs in the record are incomplete");
  }
  Result<std::string> bytes =
      carried != nullptr ? codec::base64_decode(*carried) : disk.read(*path, bytes_max);
  if (!bytes) {
    return fail(ErrorKind::rejected,
                "a pinned input is gone (" + bytes.error().message +
                    "); it was too large for the record, so only the process that planned the "
                    "rollout has it: abort, and start again");
  }
  if (codec::sha256_hex(*bytes) != *digest) {
    return fail(ErrorKind::rejected,
                "a pinned input is not what it was when it was judged; abort, and start again");
  }
  return bytes;
}

Result<PinnedValue> value_from_tree(os::Disk& disk, const Tree& tree) {
  const std::string word = tree.text_or("/kind", "");
  for (const auto& [kind, known] : kind_words) {
    if (word != known) continue;
    if (kind != Kind::file) return PinnedValue{.kind = kind, .text = tree.text_or("/text", "")};
    Result<std::string> bytes = bytes_from_tree(disk, tree, value_file_bytes_max);
    if (!bytes) return std::unexpected(bytes.error());
    return PinnedValue{
        .kind = kind, .text = std::move(*bytes), .origin = tree.text_or("/origin", "")};
  }
  return fail(ErrorKind::malformed, "unknown kind of values in the record: " + codec::quote(word));
}

}  // namespace

Result<std::shared_ptr<PrivateDirectory>> PrivateDirectory::make(os::Disk& disk) {
  Result<std::string> path = disk.make_private_directory("kai-helm-");
  if (!path) return std::unexpected(path.error());
  return std::make_shared<PrivateDirectory>(disk, std::move(*path));
}

PrivateDirectory::~PrivateDirectory() {
  ignore(disk_.remove_private_directory(path_),
         "it is private, and the system's place for temporary files is swept");
}

Result<std::vector<PinnedValue>> pin_values(os::Disk& disk, const core::ChartInputs& inputs) {
  std::vector<PinnedValue> values;
  if (!inputs.environment.empty()) {
    const auto file = pin_file(disk, environment_file(inputs),
                               "; --env=" + inputs.environment +
                                   " needs it, or leave --env out and name the files with -f");
    if (!file) return std::unexpected(file.error());
    values.push_back(*file);
  }
  for (const core::ValueInput& input : inputs.values) {
    if (input.kind != Kind::file) {
      values.push_back({.kind = input.kind, .text = input.text});
      continue;
    }
    const auto file = pin_file(disk, input.text, "");
    if (!file) return std::unexpected(file.error());
    values.push_back(*file);
  }
  add_settings(values, inputs.registry_keys, inputs.registry);
  add_settings(values, inputs.tag_keys, inputs.tag);
  return values;
}

void pin_inputs(const Helm& helm, const core::ChartInputs& inputs, Reply<PinnedInputs> reply) {
  later(helm, [helm, inputs, reply = std::move(reply)]() mutable {
    pin_now(helm, inputs, std::move(reply));
  });
}

Result<WrittenInputs> write_inputs(os::Disk& disk, const PinnedInputs& inputs) {
  const auto directory = PrivateDirectory::make(disk);
  if (!directory) return std::unexpected(directory.error());
  WrittenInputs written{.directory = *directory};
  const auto chart = write_file(disk, **directory, "chart.tgz", inputs.chart);
  if (!chart) return std::unexpected(chart.error());
  written.chart = *chart;
  for (const PinnedValue& value : inputs.values) {
    std::string text = value.text;
    if (value.kind == Kind::file) {
      const auto path =
          write_file(disk, **directory, "values-" + std::to_string(written.values.size()) + ".yaml",
                     value.text);
      if (!path) return std::unexpected(path.error());
      text = *path;
    }
    written.values.push_back({.kind = value.kind, .text = std::move(text)});
  }
  return written;
}

Tree inputs_to_tree(const PinnedInputs& inputs, const WrittenInputs& written) {
  const bool carried = fits_the_record(inputs);
  Tree chart = bytes_to_tree(inputs.chart, written.chart, carried);
  chart.set("origin", inputs.chart_origin);
  Tree values = Tree::list();
  for (std::size_t i = 0; i < inputs.values.size(); ++i) {
    const PinnedValue& value = inputs.values[i];
    const bool file = value.kind == Kind::file;
    Tree entry = file ? bytes_to_tree(value.text, written.values[i].text, carried) : Tree::map();
    entry.set("kind", word_of(value.kind));
    if (file) {
      entry.set("origin", value.origin);
    } else {
      entry.set("text", value.text);
    }
    values.push_back(std::move(entry));
  }
  Tree tree = Tree::map();
  tree.set("chart", std::move(chart));
  tree.set("values", std::move(values));
  return tree;
}

Result<PinnedInputs> inputs_from_tree(os::Disk& disk, const Tree& tree) {
  const Tree* const chart = tree.get("chart");
  const Tree::List* const values = tree.list_at("/values");
  if (chart == nullptr || values == nullptr)
    return fail(ErrorKind::malformed, "the record has no pinned inputs");
  Result<std::string> bytes = bytes_from_tree(disk, *chart, chart_bytes_max);
  if (!bytes) return std::unexpected(bytes.error());
  PinnedInputs inputs{.chart = std::move(*bytes), .chart_origin = chart->text_or("/origin", "")};
  for (const Tree& entry : *values) {
    Result<PinnedValue> value = value_from_tree(disk, entry);
    if (!value) return std::unexpected(value.error());
    inputs.values.push_back(std::move(*value));
  }
  return inputs;
}

}  // namespace kai::edges
