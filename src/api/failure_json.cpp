#include "api/failure_json.h"

#include <fmt/format.h>

#include "notify/outbox.h"

namespace fm::api {
namespace {

json::value number_as_text(std::int64_t number) {
  return number == 0 ? json::value(nullptr) : json::value(json::string(std::to_string(number)));
}

template <class Row>
json::object cause_json(const Row& row) {
  return {{"summary", row.cause},
          {"category", row.category},
          {"confidence", row.confidence},
          {"rule", text_or_null(row.rule)}};
}

json::value commit_json(const std::string& sha, const std::string& repository, const std::string& web_url) {
  if (sha.empty()) return nullptr;
  return {
      {"sha", sha},
      {"url", web_url.empty() ? json::value(nullptr)
                              : json::value(json::string(fmt::format("{}/{}/commit/{}", web_url, repository, sha)))}};
}

}  // namespace

json::value stored_json(std::string_view text, json::value fallback) {
  auto value = text.empty() ? Result<json::value>(std::move(fallback)) : parse_json(text);
  return value ? *std::move(value) : json::value(nullptr);
}

json::object failure_json(const events::FailureRow& f, const std::vector<int>& sparkline,
                          std::optional<double> flake_rate, const std::string& web_url) {
  return {{"id", f.id},
          {"fingerprint", f.fingerprint},
          {"repository", f.repository},
          {"workflow", f.workflow},
          {"job", f.job},
          {"step", text_or_null(f.step)},
          {"branch", text_or_null(f.branch)},
          {"state", f.state},
          {"cause", cause_json(f)},
          {"occurrence_count", f.occurrence_count},
          {"flake_rate", flake_rate ? json::value(*flake_rate) : json::value(nullptr)},
          {"first_seen", time_or_null(f.first_seen)},
          {"last_seen", time_or_null(f.last_seen)},
          {"first_commit", commit_json(f.first_sha, f.repository, web_url)},
          {"last_commit", commit_json(f.last_sha, f.repository, web_url)},
          {"sparkline", json::array(sparkline.begin(), sparkline.end())},
          {"latest_occurrence_id", text_or_null(f.latest_occurrence_id)},
          {"demo", f.demo}};
}

json::object occurrence_json(const events::OccurrenceRow& o) {
  const bool timed = o.completed_at >= o.started_at && o.started_at > 0;
  return {{"id", o.id},
          {"failure_id", o.failure_id},
          {"run_id", std::to_string(o.run_id)},
          {"run_number", o.run_number == 0 ? json::value(nullptr) : json::value(o.run_number)},
          {"attempt", o.attempt},
          {"job_id", number_as_text(o.job_id)},
          {"branch", text_or_null(o.branch)},
          {"sha", o.sha},
          {"url", text_or_null(o.url)},
          {"started_at", time_or_null(o.started_at)},
          {"duration_ms", timed ? json::value(o.completed_at - o.started_at) : json::value(nullptr)},
          {"state", o.state},
          {"recovered_by", text_or_null(o.recovered_by)},
          {"passing_run_id", number_as_text(o.passing_run_id)},
          {"log_lines", o.log_lines},
          {"log_state", o.log_state},
          {"log_reason", text_or_null(o.log_reason)},
          {"analyses", o.analyses}};
}

json::object occurrence_detail_json(const events::OccurrenceRow& o) {
  json::object body = occurrence_json(o);
  body["repository"] = o.repository;
  body["workflow"] = o.workflow;
  body["job"] = o.job;
  body["step"] = text_or_null(o.step);
  body["cause"] = cause_json(o);
  body["fix"] = stored_json(o.fix, nullptr);
  body["suspects"] = stored_json(o.suspects, json::array());
  body["blocks"] = stored_json(o.blocks, json::array());
  body["key_lines"] = stored_json(o.key_lines, json::array());
  body["demo"] = o.demo;
  return body;
}

Result<json::value> notice_json(store::Db& db, const std::optional<events::OccurrenceRow>& occurrence,
                                const std::string& channel) {
  if (channel.empty())
    return json::value{
        {"channel", ""}, {"state", "off"}, {"permalink", nullptr}, {"detail", "no channel is configured"}};
  if (!occurrence) return json::value(nullptr);
  TRY(const auto notices,
      notify::load_notices_of_run(db, fmt::format("{}/{}", occurrence->repository, occurrence->run_id)));
  if (notices.empty()) return json::value(nullptr);
  const notify::NoticeState& notice = notices.front();
  std::string detail = notice.last_error;
  if (notice.maybe_repeated)
    detail += detail.empty() ? "possibly sent twice: the program stopped while sending" : "; possibly sent twice";
  return json::value{{"channel", notice.channel},
                     {"state", notice.state},
                     {"permalink", text_or_null(notice.permalink)},
                     {"detail", text_or_null(detail)}};
}

}  // namespace fm::api
