#include "telemetry/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include <fmt/format.h>

namespace fm::telemetry {
namespace {

constexpr size_t kMaxLabelSets = 1000;

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string label_text(const Labels& labels) {
  if (labels.empty()) return {};
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ',';
    out += fmt::format("{}=\"{}\"", name, escape(value));
  }
  return out + "}";
}

std::string with_le(const std::string& labels, std::string_view bound) {
  if (labels.empty()) return fmt::format("{{le=\"{}\"}}", bound);
  return fmt::format("{},le=\"{}\"}}", labels.substr(0, labels.size() - 1), bound);
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

template <class Instrument>
struct Family {
  std::string help;
  std::map<std::string, std::unique_ptr<Instrument>, std::less<>> by_labels;
};

// The instrument of these labels; beyond kMaxLabelSets all new ones share one.
template <class Instrument, class Make>
Instrument& pick(Family<Instrument>& family, const Labels& labels, const Make& make) {
  std::string key = label_text(labels);
  if (!family.by_labels.contains(key) && family.by_labels.size() >= kMaxLabelSets) key = "{overflow=\"true\"}";
  auto& slot = family.by_labels[key];
  if (!slot) slot = make();
  return *slot;
}

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : bounds_(std::move(upper_bounds)), counts_(new std::atomic<std::uint64_t>[bounds_.size() + 1] {}) {}

void Histogram::observe(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

struct Registry::Impl {
  mutable std::mutex mutex;  // guards the maps; instruments themselves are atomic
  std::map<std::string, Family<Counter>, std::less<>> counters;
  std::map<std::string, Family<Gauge>, std::less<>> gauges;
  std::map<std::string, Family<Histogram>, std::less<>> histograms;
  std::map<std::string, std::pair<std::string, std::function<double()>>, std::less<>> callbacks;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = impl_->counters[std::string(name)];
  family.help = help;
  return pick(family, labels, [] { return std::make_unique<Counter>(); });
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  auto& family = impl_->gauges[std::string(name)];
  family.help = help;
  return pick(family, labels, [] { return std::make_unique<Gauge>(); });
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, const Labels& labels,
                               const std::vector<double>& upper_bounds) {
  static const std::vector<double> seconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                           0.5,   1,      2.5,   5,    10,    30,   60};
  const std::lock_guard lock(impl_->mutex);
  auto& family = impl_->histograms[std::string(name)];
  family.help = help;
  return pick(family, labels,
              [&] { return std::make_unique<Histogram>(upper_bounds.empty() ? seconds : upper_bounds); });
}

void Registry::gauge_callback(std::string_view name, std::string_view help, std::function<double()> value) {
  const std::lock_guard lock(impl_->mutex);
  impl_->callbacks[std::string(name)] = {std::string(help), std::move(value)};
}

std::string Registry::render() const {
  std::string out;
  const auto head = [&](std::string_view name, std::string_view help, std::string_view type) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escape(help), name, type);
  };
  std::vector<std::pair<std::string, std::pair<std::string, std::function<double()>>>> callbacks;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, family] : impl_->counters) {
      head(name, family.help, "counter");
      for (const auto& [labels, counter] : family.by_labels)
        out += fmt::format("{}{} {}\n", name, labels, counter->value());
    }
    for (const auto& [name, family] : impl_->gauges) {
      head(name, family.help, "gauge");
      for (const auto& [labels, gauge] : family.by_labels)
        out += fmt::format("{}{} {}\n", name, labels, number(gauge->value()));
    }
    for (const auto& [name, family] : impl_->histograms) {
      head(name, family.help, "histogram");
      for (const auto& [labels, histogram] : family.by_labels) {
        std::uint64_t below = 0;
        for (size_t i = 0; i <= histogram->bounds_.size(); ++i) {
          below += histogram->counts_[i].load(std::memory_order_relaxed);
          const std::string bound = i < histogram->bounds_.size() ? number(histogram->bounds_[i]) : "+Inf";
          out += fmt::format("{}_bucket{} {}\n", name, with_le(labels, bound), below);
        }
        out += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, labels, number(histogram->sum_.load()), name, labels,
                           below);
      }
    }
    callbacks.assign(impl_->callbacks.begin(), impl_->callbacks.end());
  }
  // Asked without the lock: a callback may look up an instrument.
  for (const auto& [name, callback] : callbacks) {
    head(name, callback.first, "gauge");
    out += fmt::format("{} {}\n", name, number(callback.second()));
  }
  return out;
}

}  // namespace fm::telemetry
