// `logs triage` alone, for measuring: the analysis without the program around it.
//
//   triage_cli logs triage FILE [--passing FILE] [-o json|text] [--rules DIR] [--time] [--repeat N]
//
// Prints what `firstmate logs triage` prints; --time adds milliseconds and MB/s of the analysis on stderr.
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "logs/triage.h"

namespace {

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// The rules of a folder; a file that is wrong is named and left out.
fm::logs::RuleSet load_rules(const std::string& folder) {
  std::vector<fm::logs::RuleSource> sources;
  if (!std::filesystem::is_directory(folder)) return {};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    auto some = fm::logs::parse_rules(read_all(entry.path()), entry.path().filename().string());
    if (some) {
      if (auto alone = fm::logs::RuleSet::build(*some); !alone) some = std::unexpected(alone.error());
    }
    if (!some) {
      fmt::print(stderr, "triage_cli: left out: {}\n", some.error().full());
      continue;
    }
    for (auto& rule : *some) sources.push_back(std::move(rule));
  }
  auto built = fm::logs::RuleSet::build(std::move(sources));
  if (built) return *std::move(built);
  fmt::print(stderr, "triage_cli: no rules: {}\n", built.error().full());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::string file, passing, output = "text", rules_folder = "data/rules";
  bool time = false;
  int repeat = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
    if (arg == "logs" || arg == "triage") continue;
    if (arg == "--passing")
      passing = value();
    else if (arg == "-o")
      output = value();
    else if (arg == "--rules")
      rules_folder = value();
    else if (arg == "--time")
      time = true;
    else if (arg == "--repeat")
      repeat = std::stoi(value());
    else
      file = arg;
  }
  const fm::logs::RuleSet rules = load_rules(rules_folder);
  const std::string log = read_all(file);
  const std::optional<std::string> passed = passing.empty() ? std::nullopt : std::optional(read_all(passing));
  fm::logs::Triage answer;
  for (int round = 0; round < repeat; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    answer = fm::logs::triage(log, passed ? std::optional<std::string_view>(*passed) : std::nullopt, rules);
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    const double cpu_ms = 1000.0 * static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    const double megabytes = static_cast<double>(log.size()) / 1e6;
    if (time) {
      fmt::print(stderr, "{} lines, {:.1f} MB, {} rules: {:.0f} ms, {:.0f} MB/s; {:.0f} ms of CPU, {:.0f} MB/s\n",
                 answer.lines, megabytes, rules.size(), ms, megabytes * 1000 / ms, cpu_ms, megabytes * 1000 / cpu_ms);
    }
  }
  if (output == "json")
    fmt::print("{}\n", fm::to_json(fm::json::value(to_json(answer))));
  else
    fmt::print("{}", fm::logs::render_text(answer, log, true));
}
