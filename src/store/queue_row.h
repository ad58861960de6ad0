// How a job lies in its row; shared by the queue's SQL.
#pragma once

#include "store/queue.h"

namespace fm::store {

// The columns that read_job() expects, in its order.
#define FM_JOB_COLUMNS                                                                                      \
  "id, kind, order_key, payload, event_id, last_error, state, attempts, max_attempts, run_at, lease_until," \
  " created_at, done_at, fence"

inline Job read_job(const Row& row) {
  Job job;
  job.id = row.text(0);
  job.kind = row.text(1);
  job.key = row.text(2);
  job.payload = row.text(3);
  job.event_id = row.text(4);
  job.last_error = row.text(5);
  job.state = static_cast<JobState>(row.integer(6));
  job.attempts = static_cast<int>(row.integer(7));
  job.max_attempts = static_cast<int>(row.integer(8));
  job.run_at = row.integer(9);
  job.lease_until = row.integer(10);
  job.created_at = row.integer(11);
  job.done_at = row.integer(12);
  job.fence = row.integer(13);
  return job;
}

}  // namespace fm::store
