#include <array>

#include "store/queue.h"

namespace fm::store {
namespace {

// seq is the order of enqueueing. head says that no unfinished job of the same key comes before: only such jobs are in
// the index of due jobs, so that a claim never walks over a backlog that has to wait. State numbers as in JobState.
constexpr Migration kMigrations[] = {
    {100, "jobs", R"sql(
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  order_key TEXT,
  payload TEXT NOT NULL,
  idempotency_key TEXT,
  event_id TEXT,
  state INTEGER NOT NULL DEFAULT 0,
  head INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  run_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  fence BIGINT NOT NULL DEFAULT 0,
  worker TEXT,
  last_error TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  done_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX jobs_id ON jobs (id);
CREATE UNIQUE INDEX jobs_idempotency ON jobs (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_due ON jobs (run_at, seq) WHERE state = 0 AND head = 1;
CREATE INDEX jobs_leased ON jobs (lease_until, seq) WHERE state = 1;
CREATE INDEX jobs_order ON jobs (order_key, seq) WHERE state < 2 AND order_key IS NOT NULL;
CREATE INDEX jobs_open ON jobs (state, id) WHERE state <> 2;
CREATE INDEX jobs_done ON jobs (done_at) WHERE state = 2;
)sql"},
};

}  // namespace

std::span<const Migration> queue_migrations() { return kMigrations; }

}  // namespace fm::store
