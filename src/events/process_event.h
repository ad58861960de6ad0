// What a worker does with one stored event: a failure is analysed, a success may be a recovery.
//
// Called by: the job queue ("github_event", "refetch_log"). Hands to: events/analyse_ci, notify's outbox.
//
// workflow_run, workflow_job and check_run of one (repository, run, attempt, job) meet in one occurrence: whoever comes
// first analyses, the others find it known. An event is done when its analysis and its notice are committed.
#pragma once

#include <functional>
#include <string>

#include "base/context.h"
#include "events/analyse_ci.h"
#include "events/ingest.h"
#include "store/queue.h"

namespace fm::events {

inline constexpr std::string_view kRefetchLogJob = "refetch_log";

class EventProcessor {
 public:
  EventProcessor(store::Db& db, const Clock& clock, const Ingest& ingest, tools::github::Client& github,
                 CiAnalysis& analysis, const guard::Redactor& redactor);

  store::Outcome process(const Context& context, const store::Job& job);
  // Tries again to get a log that could not be had when its failure was told.
  store::Outcome refetch(const Context& context, const store::Job& job);

 private:
  // What one event came to, to be committed with the end of its job.
  struct Work {
    std::vector<Finding> findings;
    std::string summary;  // of the event, when it changes
    store::WriteFn also;  // recovery; may be empty
  };
  Result<Work> work_for(const Context& context, const store::Job& job, const GitHubEvent& event, bool demo);
  Result<Work> on_failed_run(const Context& context, const store::Job& job, const GitHubEvent& event, bool demo);
  Result<Work> on_failed_job(const Context& context, const store::Job& job, const GitHubEvent& event, bool demo);
  Result<Work> on_failed_check(const Context& context, const store::Job& job, const GitHubEvent& event, bool demo);
  Work on_success(const GitHubEvent& event) const;
  Result<bool> known_with_log(const JobRef& ref) const;
  store::Outcome outcome_of(const store::Job& job, Work work);

  store::Db& db_;
  const Clock& clock_;
  const Ingest& ingest_;
  tools::github::Client& github_;
  CiAnalysis& analysis_;
  const guard::Redactor& redactor_;
};

}  // namespace fm::events
