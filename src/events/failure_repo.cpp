#include "events/failure_repo.h"

#include <fmt/format.h>

#include "events/log_store.h"

namespace fm::events {
namespace {

using store::null_if_empty;
using store::Row;
using store::Tx;
using Text = std::string_view;

constexpr Text kFailureColumns =
    "id, repository, workflow, job, fingerprint, step, branch, state, category, cause, rule, fix, confidence, "
    "occurrence_count,"
    " first_seen, last_seen, first_sha, last_sha, latest_occurrence_id, demo";

FailureRow failure_from(const Row& row) {
  FailureRow f;
  std::string* texts[] = {&f.id,     &f.repository, &f.workflow, &f.job,   &f.fingerprint, &f.step,
                          &f.branch, &f.state,      &f.category, &f.cause, &f.rule,        &f.fix};
  int column = 0;
  for (std::string* text : texts) *text = row.text(column++);
  f.confidence = row.real(12);
  f.occurrence_count = row.integer(13);
  f.first_seen = row.integer(14);
  f.last_seen = row.integer(15);
  f.first_sha = row.text(16);
  f.last_sha = row.text(17);
  f.latest_occurrence_id = row.text(18);
  f.demo = row.integer(19) != 0;
  return f;
}

constexpr Text kOccurrenceColumns =
    "id, failure_id, repository, workflow, job, branch, sha, url, state, recovered_by, log_state, log_reason, step, "
    "category, cause,"
    " rule, fix, suspects, blocks, key_lines, steps, run_id, run_number, job_id, passing_run_id, attempt, started_at, "
    "completed_at,"
    " analysed_at, analyses, log_lines, confidence, demo, new_lines";

OccurrenceRow occurrence_from(const Row& row) {
  OccurrenceRow o;
  std::string* texts[] = {&o.id,     &o.failure_id, &o.repository, &o.workflow,     &o.job,       &o.branch,
                          &o.sha,    &o.url,        &o.state,      &o.recovered_by, &o.log_state, &o.log_reason,
                          &o.step,   &o.category,   &o.cause,      &o.rule,         &o.fix,       &o.suspects,
                          &o.blocks, &o.key_lines,  &o.steps};
  std::int64_t* numbers[] = {&o.run_id,     &o.run_number,   &o.job_id,      &o.passing_run_id, &o.attempt,
                             &o.started_at, &o.completed_at, &o.analysed_at, &o.analyses,       &o.log_lines};
  int column = 0;
  for (std::string* text : texts) *text = row.text(column++);
  for (std::int64_t* number : numbers) *number = row.integer(column++);
  o.confidence = row.real(column++);
  o.demo = row.integer(column++) != 0;
  o.new_lines = row.text(column);
  return o;
}

// The pattern's row, made or brought up to date. Fills saved.failure_id and what it says of the past.
Result<void> upsert_failure(Tx& tx, const Finding& f, const std::string& fix, Text new_id, Saved& saved) {
  const UnixMs seen = f.job.completed_at;
  saved.failure_id = new_id;
  saved.new_failure = true;
  TRY_VOID(
      tx.run("SELECT id, first_seen, occurrence_count FROM failures WHERE repository = $1 AND workflow = $2 AND job = "
             "$3 AND fingerprint = $4",
             {Text(f.job.repository), Text(f.job.workflow), Text(f.job.job), Text(f.fingerprint)}, [&](const Row& row) {
               saved.failure_id = row.text(0);
               saved.first_seen = row.integer(1);
               saved.occurrence_count = row.integer(2);
               saved.new_failure = false;
             }));
  if (saved.new_failure) {
    saved.first_seen = seen;
    return tx.run(
        "INSERT INTO failures (id, repository, workflow, job, fingerprint, step, branch, state, category, cause, "
        "confidence, rule, fix,"
        " occurrence_count, first_seen, last_seen, first_sha, last_sha, demo) VALUES "
        "($1,$2,$3,$4,$5,$6,$7,'open',$8,$9,$10,$11,$12,0,$13,$13,$14,$14,$15)",
        {Text(saved.failure_id), Text(f.job.repository), Text(f.job.workflow), Text(f.job.job), Text(f.fingerprint),
         null_if_empty(f.step), null_if_empty(f.job.branch), Text(f.cause.category), Text(f.cause.summary),
         f.cause.confidence, null_if_empty(f.cause.rule), null_if_empty(fix), seen, null_if_empty(f.job.sha),
         std::int64_t{f.job.demo}});
  }
  return tx.run(
      "UPDATE failures SET step = $2, branch = $3, state = 'open', category = $4, cause = $5, confidence = $6, rule = "
      "$7, fix = $8,"
      " first_sha = CASE WHEN $9 < first_seen THEN $10 ELSE first_sha END, last_sha = CASE WHEN $9 >= last_seen THEN "
      "$10 ELSE last_sha END,"
      " first_seen = CASE WHEN $9 < first_seen THEN $9 ELSE first_seen END, last_seen = CASE WHEN $9 > last_seen THEN "
      "$9 ELSE last_seen END WHERE id = $1",
      {Text(saved.failure_id), null_if_empty(f.step), null_if_empty(f.job.branch), Text(f.cause.category),
       Text(f.cause.summary), f.cause.confidence, null_if_empty(f.cause.rule), null_if_empty(fix), seen,
       null_if_empty(f.job.sha)});
}

Result<void> write_occurrence(Tx& tx, const Finding& f, const std::string& fix, UnixMs now, const Saved& saved) {
  const std::string suspects = fm::to_json(json::value(to_json(f.suspects)));
  const std::string blocks = fm::to_json(json::value(to_json(f.blocks)));
  const std::string key_lines = fm::to_json(json::value(to_json(f.key_lines)));
  const std::string steps = fm::to_json(json::value(to_json(f.steps)));
  const std::string new_lines = fm::to_json(json::value(to_json(f.new_lines)));
  return tx.run(
      "INSERT INTO occurrences (id, failure_id, repository, workflow, job, run_id, run_number, attempt, job_id, "
      "branch, sha, url, started_at, completed_at,"
      " state, passing_run_id, log_lines, log_state, log_reason, step, category, cause, confidence, rule, fix, "
      "suspects, blocks, key_lines, steps,"
      " analysed_at, analyses, demo, new_lines) VALUES "
      "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,'failed',$15,$16,$17,$18,$19,$20,$21,$22,$23,$24,$25,$26,$27,$"
      "28,$29,1,$30,$31)"
      " ON CONFLICT (repository, run_id, attempt, job) DO UPDATE SET failure_id = excluded.failure_id, workflow = "
      "excluded.workflow,"
      " run_number = excluded.run_number, job_id = excluded.job_id, branch = excluded.branch, sha = excluded.sha, url "
      "= excluded.url,"
      " passing_run_id = excluded.passing_run_id, log_lines = excluded.log_lines, log_state = excluded.log_state, "
      "log_reason = excluded.log_reason,"
      " step = excluded.step, category = excluded.category, cause = excluded.cause, confidence = excluded.confidence, "
      "rule = excluded.rule,"
      " fix = excluded.fix, suspects = excluded.suspects, blocks = excluded.blocks, key_lines = excluded.key_lines, "
      "steps = excluded.steps, new_lines = excluded.new_lines,"
      " analysed_at = excluded.analysed_at, analyses = occurrences.analyses + 1",
      {Text(saved.occurrence_id),
       Text(saved.failure_id),
       Text(f.job.repository),
       Text(f.job.workflow),
       Text(f.job.job),
       f.job.run_id,
       f.job.run_number,
       std::int64_t{f.job.attempt},
       f.job.job_id,
       null_if_empty(f.job.branch),
       null_if_empty(f.job.sha),
       null_if_empty(f.job.url),
       f.job.started_at,
       f.job.completed_at,
       f.passing_run_id == 0 ? store::Value(nullptr) : store::Value(f.passing_run_id),
       static_cast<std::int64_t>(f.log_lines),
       to_string(f.log_state),
       null_if_empty(f.log_reason),
       null_if_empty(f.step),
       Text(f.cause.category),
       Text(f.cause.summary),
       f.cause.confidence,
       null_if_empty(f.cause.rule),
       null_if_empty(fix),
       Text(suspects),
       Text(blocks),
       Text(key_lines),
       Text(steps),
       now,
       std::int64_t{f.job.demo},
       f.compared ? store::Value(Text(new_lines)) : store::Value(nullptr)});
}

}  // namespace

// Counts what is there instead of counting up: a repeated analysis never counts twice.
Result<void> recount_failure(Tx& tx, Text failure_id) {
  return tx.run(
      "UPDATE failures SET occurrence_count = (SELECT COUNT(*) FROM occurrences WHERE failure_id = $1),"
      " latest_occurrence_id = (SELECT id FROM occurrences WHERE failure_id = $1 ORDER BY started_at DESC, id DESC "
      "LIMIT 1),"
      " state = CASE WHEN EXISTS (SELECT 1 FROM occurrences WHERE failure_id = $1 AND state = 'failed') THEN 'open' "
      "ELSE 'recovered' END"
      " WHERE id = $1",
      {failure_id});
}

Result<Saved> save_finding(Tx& tx, const Finding& finding, UnixMs now, Text new_failure_id, Text new_occurrence_id) {
  Saved saved;
  saved.occurrence_id = new_occurrence_id;
  saved.first_time = true;
  std::string moved_from;
  TRY_VOID(tx.run(
      "SELECT id, failure_id FROM occurrences WHERE repository = $1 AND run_id = $2 AND attempt = $3 AND job = $4",
      {Text(finding.job.repository), finding.job.run_id, std::int64_t{finding.job.attempt}, Text(finding.job.job)},
      [&](const Row& row) {
        saved.occurrence_id = row.text(0);
        moved_from = row.text(1);
        saved.first_time = false;
      }));
  const std::string fix = finding.has_fix ? fm::to_json(json::value(to_json(finding.fix))) : std::string();
  TRY_VOID(upsert_failure(tx, finding, fix, new_failure_id, saved));
  TRY_VOID(write_occurrence(tx, finding, fix, now, saved));
  TRY_VOID(recount_failure(tx, saved.failure_id));
  if (!moved_from.empty() && moved_from != saved.failure_id) {
    // The first look had no log; now it belongs to another pattern. A pattern without occurrences is none.
    TRY_VOID(recount_failure(tx, moved_from));
    TRY_VOID(tx.run("DELETE FROM failures WHERE id = $1 AND occurrence_count = 0", {Text(moved_from)}));
  }
  TRY_VOID(tx.run("SELECT occurrence_count FROM failures WHERE id = $1", {Text(saved.failure_id)},
                  [&](const Row& row) { saved.occurrence_count = row.integer(0); }));
  return saved;
}

Result<std::optional<Known>> find_known(store::Db& db, Text repository, std::int64_t run_id, std::int64_t attempt,
                                        Text job) {
  std::optional<Known> known;
  TRY_VOID(
      db.read("SELECT id, failure_id, log_state FROM occurrences WHERE repository = $1 AND run_id = $2 AND attempt = "
              "$3 AND job = $4",
              {repository, run_id, attempt, job}, [&](const Row& row) {
                known = Known{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))};
              }));
  return known;
}

Result<std::vector<Recovered>> mark_recovered(Tx& tx, const Pass& pass, Text by) {
  std::vector<Recovered> recovered;
  TRY_VOID(
      tx.run("UPDATE occurrences SET state = 'recovered', recovered_by = $1, recovered_same_sha = CASE WHEN sha = $2 "
             "THEN 1 ELSE 0 END"
             " WHERE state = 'failed' AND repository = $3 AND workflow = $4 AND branch = $5 AND ($6 = '' OR job = $6)"
             " AND (run_id < $7 OR (run_id = $7 AND attempt < $8)) RETURNING id, failure_id, run_id",
             {by, Text(pass.sha), Text(pass.repository), Text(pass.workflow), Text(pass.branch), Text(pass.job),
              pass.run_id, std::int64_t{pass.attempt}},
             [&](const Row& row) {
               recovered.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2)});
             }));
  for (const Recovered& one : recovered) TRY_VOID(recount_failure(tx, one.failure_id));
  return recovered;
}

Result<std::vector<FailureRow>> list_failures(store::Db& db, const FailureFilter& filter) {
  std::vector<FailureRow> rows;
  const std::string like = filter.q.empty() ? "" : store::like_contains(filter.q);
  const std::string sql = fmt::format(
      "SELECT {} FROM failures WHERE ($1 = '' OR repository = $1) AND ($2 = '' OR workflow = $2) AND ($3 = '' OR job = "
      "$3) AND ($4 = '' OR category = $4)"
      " AND ($5 = '' OR state = $5) AND ($6 = '' OR branch = $6) AND ($7 = '' OR (cause || '\n' || COALESCE(step, '') "
      "|| '\n' || job || '\n' || repository || '\n' || workflow || '\n' || fingerprint) LIKE $7 ESCAPE '!')"
      " AND last_seen >= $8 AND ($9 = 0 OR last_seen < $9 OR (last_seen = $9 AND id < $10)) ORDER BY last_seen DESC, "
      "id DESC LIMIT $11",
      kFailureColumns);
  TRY_VOID(db.read(sql,
                   {Text(filter.repository), Text(filter.workflow), Text(filter.job), Text(filter.category),
                    Text(filter.state), Text(filter.branch), Text(like), filter.since, filter.before_seen,
                    Text(filter.before_id), static_cast<std::int64_t>(filter.limit)},
                   [&](const Row& row) { rows.push_back(failure_from(row)); }));
  return rows;
}

Result<std::optional<FailureRow>> load_failure(store::Db& db, Text id) {
  std::optional<FailureRow> found;
  TRY_VOID(db.read(fmt::format("SELECT {} FROM failures WHERE id = $1", kFailureColumns), {id},
                   [&](const Row& row) { found = failure_from(row); }));
  return found;
}

Result<std::vector<OccurrenceRow>> list_occurrences(store::Db& db, Text failure_id, UnixMs before, Text before_id,
                                                    std::size_t limit) {
  std::vector<OccurrenceRow> rows;
  TRY_VOID(db.read(fmt::format("SELECT {} FROM occurrences WHERE failure_id = $1 AND ($2 = 0 OR started_at < $2 OR "
                               "(started_at = $2 AND id < $3))"
                               " ORDER BY started_at DESC, id DESC LIMIT $4",
                               kOccurrenceColumns),
                   {failure_id, before, before_id, static_cast<std::int64_t>(limit)},
                   [&](const Row& row) { rows.push_back(occurrence_from(row)); }));
  return rows;
}

Result<std::vector<OccurrenceRow>> list_run(Tx& tx, Text repository, std::int64_t run_id) {
  std::vector<OccurrenceRow> rows;
  TRY_VOID(tx.run(fmt::format("SELECT {} FROM occurrences WHERE repository = $1 AND run_id = $2 ORDER BY attempt, id",
                              kOccurrenceColumns),
                  {repository, run_id}, [&](const Row& row) { rows.push_back(occurrence_from(row)); }));
  return rows;
}

Result<std::optional<OccurrenceRow>> load_occurrence(store::Db& db, Text id) {
  std::optional<OccurrenceRow> found;
  TRY_VOID(db.read(fmt::format("SELECT {} FROM occurrences WHERE id = $1", kOccurrenceColumns), {id},
                   [&](const Row& row) { found = occurrence_from(row); }));
  return found;
}

Result<std::vector<int>> load_sparkline(store::Db& db, Text failure_id, UnixMs now, int days) {
  constexpr UnixMs kDay = 24LL * 3600 * 1000;
  std::vector<int> counts(static_cast<std::size_t>(days), 0);
  const UnixMs first_day = now / kDay - days + 1;
  TRY_VOID(
      db.read("SELECT started_at / $1, COUNT(*) FROM occurrences WHERE failure_id = $2 AND started_at >= $3 GROUP BY 1",
              {kDay, failure_id, first_day * kDay}, [&](const Row& row) {
                const std::int64_t at = row.integer(0) - first_day;
                if (at >= 0 && at < days) counts[static_cast<std::size_t>(at)] = static_cast<int>(row.integer(1));
              }));
  return counts;
}

Result<std::optional<double>> load_flake_rate(store::Db& db, Text failure_id) {
  std::optional<double> rate;
  TRY_VOID(
      db.read("SELECT COUNT(*), SUM(recovered_same_sha) FROM occurrences WHERE failure_id = $1 AND state = 'recovered'",
              {failure_id}, [&](const Row& row) {
                if (row.integer(0) > 0)
                  rate = static_cast<double>(row.integer(1)) / static_cast<double>(row.integer(0));
              }));
  return rate;
}

Result<FailureCounts> count_failures(store::Db& db) {
  FailureCounts counts;
  TRY_VOID(
      db.read("SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END), 0), "
              "COALESCE(SUM(occurrence_count), 0) FROM failures",
              {}, [&](const Row& row) { counts = {row.integer(1), row.integer(0), row.integer(2)}; }));
  return counts;
}

}  // namespace fm::events
