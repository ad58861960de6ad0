#include "events/schema.h"

namespace fm::events {
namespace {

constexpr store::Migration kMigrations[] = {
    // An event is a delivery that was accepted. Its state is its job's (jobs.id = job_id); without a job it is done.
    // payload is the sealed body, kept until the job is done.
    {401, "events",
     "CREATE TABLE events (id TEXT PRIMARY KEY, source TEXT NOT NULL, delivery_id TEXT NOT NULL, kind TEXT NOT NULL,"
     " action TEXT, repository TEXT, ref TEXT, branch TEXT, sha TEXT, actor TEXT, run_id BIGINT, summary TEXT NOT NULL,"
     " job_id TEXT, failure_id TEXT, received_at BIGINT NOT NULL, done_at BIGINT NOT NULL DEFAULT 0, size_bytes BIGINT "
     "NOT NULL,"
     " redelivered BIGINT NOT NULL DEFAULT 0, demo BIGINT NOT NULL DEFAULT 0, payload BLOB);"
     "CREATE UNIQUE INDEX events_delivery ON events (delivery_id, source)"},
    // A failure is one pattern: the same fingerprint in the same job. An occurrence is one failed job of one run
    // attempt.
    {402, "failures",
     "CREATE TABLE failures (id TEXT PRIMARY KEY, repository TEXT NOT NULL, workflow TEXT NOT NULL, job TEXT NOT NULL,"
     " fingerprint TEXT NOT NULL, step TEXT, branch TEXT, state TEXT NOT NULL, category TEXT NOT NULL, cause TEXT NOT "
     "NULL,"
     " confidence DOUBLE PRECISION NOT NULL, rule TEXT, fix TEXT, occurrence_count BIGINT NOT NULL, first_seen BIGINT "
     "NOT NULL,"
     " last_seen BIGINT NOT NULL, first_sha TEXT, last_sha TEXT, latest_occurrence_id TEXT, demo BIGINT NOT NULL "
     "DEFAULT 0);"
     "CREATE UNIQUE INDEX failures_pattern ON failures (repository, workflow, job, fingerprint);"
     "CREATE INDEX failures_last_seen ON failures (last_seen, id);"
     "CREATE TABLE occurrences (id TEXT PRIMARY KEY, failure_id TEXT NOT NULL, repository TEXT NOT NULL, workflow TEXT "
     "NOT NULL,"
     " job TEXT NOT NULL, run_id BIGINT NOT NULL, run_number BIGINT NOT NULL, attempt BIGINT NOT NULL, job_id BIGINT "
     "NOT NULL,"
     " branch TEXT, sha TEXT, url TEXT, started_at BIGINT NOT NULL, completed_at BIGINT NOT NULL, state TEXT NOT NULL,"
     " recovered_by TEXT, recovered_same_sha BIGINT NOT NULL DEFAULT 0, passing_run_id BIGINT, log_lines BIGINT NOT "
     "NULL,"
     " log_state TEXT NOT NULL, log_reason TEXT, step TEXT, category TEXT NOT NULL, cause TEXT NOT NULL,"
     " confidence DOUBLE PRECISION NOT NULL, rule TEXT, fix TEXT, suspects TEXT NOT NULL, blocks TEXT NOT NULL,"
     " key_lines TEXT NOT NULL, steps TEXT NOT NULL, new_lines TEXT, analysed_at BIGINT NOT NULL, analyses BIGINT NOT "
     "NULL,"
     " demo BIGINT NOT NULL DEFAULT 0);"
     "CREATE UNIQUE INDEX occurrences_job ON occurrences (repository, run_id, attempt, job);"
     "CREATE INDEX occurrences_failure ON occurrences (failure_id, started_at);"
     "CREATE INDEX occurrences_open ON occurrences (repository, workflow, branch) WHERE state = 'failed';"
     "CREATE TABLE log_chunks (occurrence_id TEXT NOT NULL, first_line BIGINT NOT NULL, line_count BIGINT NOT NULL,"
     " size_bytes BIGINT NOT NULL, data BLOB NOT NULL);"
     "CREATE UNIQUE INDEX log_chunks_line ON log_chunks (occurrence_id, first_line)"},
    // Small facts that outlive a process: how far polling and reconciling got.
    {403, "marks", "CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL)"},
};

}  // namespace

std::span<const store::Migration> event_migrations() { return kMigrations; }

}  // namespace fm::events
