// The record of a release is a file that its user may edit: no bytes of it may do more than be
// refused, and what is refused stays. The input is read as it is, and once more behind a digest
// that fits, which a fuzzer does not find.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/digest.h"
#include "edges/file_store/claim.h"
#include "edges/file_store/record_file.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_file_locks.h"

namespace {

using kai::ErrorKind;

std::string sealed(std::string_view content) {
  return R"({"sha256":")" + kai::codec::sha256_hex(content) + "\"}\n" + std::string(content);
}

void look_at_record(const std::string& bytes) {
  kai::fakes::FakeDisk disk;
  disk.files["/r/record.json"] = bytes;
  kai::edges::RecordFile file(disk, "/r");
  const auto stored = file.load();
  if (!stored) {
    const ErrorKind kind = stored.error().kind;
    KAI_CHECK(kind == ErrorKind::malformed || kind == ErrorKind::rejected);
    const auto saved = file.save({}, "");
    KAI_CHECK(!saved || saved->conflict);
    KAI_CHECK(disk.files["/r/record.json"] == bytes);
    return;
  }
  KAI_CHECK(stored->has_value());
  const auto saved = file.save((*stored)->record, (*stored)->version);
  KAI_CHECK(saved.has_value() && !saved->conflict);
  const auto again = file.load();
  KAI_CHECK(again.has_value() && again->has_value());
}

// Whatever names the holder, the lock alone says whether there is one.
void look_at_holder(const std::string& bytes) {
  kai::fakes::FakeDisk disk;
  kai::fakes::FakeFileLocks locks;
  disk.files["/r/holder.json"] = bytes;
  kai::edges::Claim ours(disk, locks, "/r");
  KAI_CHECK(!ours.holder()->has_value());
  const auto taken = ours.take({.name = "ann", .host = "h", .process = 1, .since = {}});
  KAI_CHECK(taken.has_value() && taken->granted && taken->transitions > 0);
  KAI_CHECK((*ours.holder())->name == "ann");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const std::string& file : {bytes, sealed(bytes)}) {
    look_at_record(file);
    look_at_holder(file);
  }
  return 0;
}
