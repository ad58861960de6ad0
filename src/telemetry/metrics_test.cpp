#include "telemetry/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fm::telemetry {
namespace {

using testing::HasSubstr;

TEST(Metrics, RendersTheTextFormat) {
  Registry registry;
  registry.counter("fm_events_total", "Events.", {{"kind", "a\"b"}}).add(3);
  registry.gauge("fm_depth", "Depth.").set(1.5);
  registry.gauge_callback("fm_live", "Live.", [] { return 2.0; });
  Histogram& seconds = registry.histogram("fm_seconds", "Seconds.", {{"route", "/"}}, {0.1, 1});
  seconds.observe(0.05);
  seconds.observe(0.5);
  seconds.observe(5);
  const std::string text = registry.render();
  EXPECT_THAT(text, HasSubstr("# TYPE fm_events_total counter\nfm_events_total{kind=\"a\\\"b\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("fm_depth 1.5\n"));
  EXPECT_THAT(text, HasSubstr("fm_live 2\n"));
  EXPECT_THAT(text, HasSubstr("fm_seconds_bucket{route=\"/\",le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("fm_seconds_bucket{route=\"/\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("fm_seconds_count{route=\"/\"} 3\n"));
}

TEST(Metrics, LabelSetsAreBounded) {
  Registry registry;
  for (int i = 0; i < 1500; ++i) registry.counter("fm_x", "X.", {{"id", std::to_string(i)}}).add();
  EXPECT_EQ(registry.counter("fm_x", "X.", {{"overflow", "true"}}).value(), 500U);
}

}  // namespace
}  // namespace fm::telemetry
