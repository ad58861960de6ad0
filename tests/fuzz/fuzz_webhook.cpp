// What a webhook's body may do: decoding under any kind, the words made of it, and the redaction of anything. The first
// byte chooses the kind, or that the rest is text for the redactor alone.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "events/github_event.h"
#include "guard/redact.h"

namespace {

using fm::events::GitHubEvent;
using fm::events::Relevance;

constexpr std::array<std::string_view, 9> kKinds = {
    "workflow_run", "workflow_job", "check_run", "push", "pull_request", "issues", "release", "ping", "unheard_of"};

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_text(std::string_view text) { return fm::clean_utf8(text) == text; }

void check_redaction(const fm::guard::Redactor& redactor, std::string_view text) {
  const fm::guard::Redacted once = redactor.redact(text);
  require(std::count(text.begin(), text.end(), '\n') == std::count(once.text.begin(), once.text.end(), '\n'));
  require(std::count(text.begin(), text.end(), '\r') == std::count(once.text.begin(), once.text.end(), '\r'));
  require((once.total() == 0) == (once.text == text));
  const fm::guard::Redacted twice = redactor.redact(once.text);
  require(twice.text == once.text);
  require(twice.total() == 0);
}

void check_event(const GitHubEvent& event, const fm::guard::Redactor& redactor) {
  const bool ci = event.kind == "workflow_run" || event.kind == "workflow_job" || event.kind == "check_run";
  if (ci) require(!event.repository.empty() && (event.run_id != 0 || event.job_id != 0));
  require(event.run_attempt >= 1);
  require(event.title.size() <= 300 && event.output.size() <= 4000);
  const Relevance relevance = fm::events::relevance_of(event);
  if (relevance != Relevance::none) require(ci && event.action == "completed" && !event.conclusion.empty());
  const std::string summary = fm::events::summary_of(event);
  require(!summary.empty() && summary.size() <= 400);
  check_redaction(redactor, summary);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fm::guard::Redactor redactor(std::string(32, 'k'));
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 10 == 9) {
    check_redaction(redactor, rest);
    return 0;
  }
  const std::string_view kind = kKinds[data[0] % 10];
  const std::string tight(rest);
  std::string roomy(rest);
  roomy.reserve(rest.size() + 64);
  const auto event = fm::events::decode_github_event(kind, roomy);
  const auto again = fm::events::decode_github_event(kind, tight);
  require(event.has_value() == again.has_value());
  if (!event) {
    require(event.error().code == fm::Code::invalid && is_text(event.error().message) && !event.error().remedy.empty());
    return 0;
  }
  require(fm::events::summary_of(*event) == fm::events::summary_of(*again));
  check_event(*event, redactor);
  return 0;
}
