// The names that dashboards and alerts are built on: every metric that a source file registers by name.
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/text.h"

namespace fm::app {
namespace {

// The first quoted text behind a call, if it looks like a metric's name.
std::string name_behind(std::string_view source, std::size_t at) {
  const std::size_t begin = source.find('"', at);
  if (begin == std::string_view::npos || begin - at > 60) return {};
  const std::string_view name = source.substr(begin + 1, source.find('"', begin + 1) - begin - 1);
  return name.starts_with("firstmate_") || name.starts_with("http_") ? std::string(name) : std::string();
}

std::set<std::string> registered() {
  std::set<std::string> names;
  for (const auto& file : std::filesystem::recursive_directory_iterator(FM_SOURCE_DIR "/src")) {
    const std::string path = file.path().string();
    if (!path.ends_with(".cpp") || path.ends_with("_test.cpp") || contains(path, "/telemetry/")) continue;
    const std::string source = read_file(path).value();
    for (const char* call : {"counter(", "gauge(", "histogram(", "gauge_callback("}) {
      for (std::size_t at = source.find(call); at != std::string::npos; at = source.find(call, at + 1)) {
        const std::string name = name_behind(source, at + std::string_view(call).size());
        if (!name.empty()) names.insert(name);
      }
    }
  }
  return names;
}

TEST(MetricNames, GoldenList) {
  const std::set<std::string> expected = {
      "firstmate_ci_analysis_degraded_total",
      "firstmate_ci_analysis_seconds",
      "firstmate_http_body_bytes",
      "firstmate_http_connections",
      "firstmate_jobs_total",
      "firstmate_notice_seconds",
      "firstmate_notices_maybe_repeated_total",
      "firstmate_notices_total",
      "firstmate_outbox_waiting",
      "firstmate_queue_{}",  // queued, running, dead
      "firstmate_store_size_bytes",
      "firstmate_store_waiting_writes",
      "firstmate_webhooks_total",
      "http_request_duration_seconds",
  };
  EXPECT_EQ(registered(), expected);
}

TEST(MetricNames, FollowPrometheusRules) {
  for (const std::string& name : registered()) {
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_{}"), std::string::npos) << name;
    EXPECT_FALSE(name.ends_with("_")) << name;
  }
}

}  // namespace
}  // namespace fm::app
