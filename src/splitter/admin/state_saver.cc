#include "splitter/admin/state_saver.h"

#include <utility>

#include "base/clock.h"
#include "base/reply.h"
#include "net/loop.h"
#include "splitter/admin/state_file.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {

StateSaver::StateSaver(StateFile& file, net::Loop& loop, const SteadyClock& clock,
                       Reactor::OnBug on_bug)
    : file_(file),
      loop_(loop),
      disk_loop_(clock, std::move(on_bug)),
      thread_([this] { disk_loop_.run(); }) {}

StateSaver::~StateSaver() {
  disk_loop_.post([this] { disk_loop_.stop(); });
}

void StateSaver::save(const SnapshotSpec& spec, Reply<Unit> saved) {
  disk_loop_.post([this, spec, saved = std::move(saved)]() mutable {
    loop_.post([result = file_.save(spec), saved = std::move(saved)]() mutable {
      saved(std::move(result));
    });
  });
}

}  // namespace kai::splitter
