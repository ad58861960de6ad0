// Any bytes as a log: line index, envelope, tracebacks, blocks, rules, masking, both renderings.
//
//   fuzz_log_reader -max_total_time=15 tests/fuzz/corpus/log_reader
//
// A NUL byte parts the failing from the passing log; without one there is no passing log.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "logs/line_index.h"
#include "logs/mask.h"
#include "logs/triage.h"

namespace {

using namespace fm::logs;

const RuleSet& library() {
  static const RuleSet kRules = [] {
    std::vector<RuleSource> sources;
    for (const auto& entry : std::filesystem::directory_iterator(FM_SOURCE_DIR "/data/rules")) {
      std::ifstream in(entry.path(), std::ios::binary);
      auto some = parse_rules(std::string{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
      if (!some) continue;
      for (RuleSource& rule : *some) sources.push_back(std::move(rule));
    }
    auto built = RuleSet::build(std::move(sources));
    return built ? *std::move(built) : RuleSet();
  }();
  return kRules;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check_index(std::string_view log) {
  const LineIndex index(log);
  LineReader reader(log);
  std::string_view line;
  while (reader.next(line)) {
    const size_t n = reader.number();
    if (n % 17 == 1 || n < 4) {
      require(index.line(n) == line);
      require(index.line_at(index.offset(n)) == n);
    }
  }
  require(reader.number() == index.size());
}

void check_triage(std::string_view log, std::optional<std::string_view> passing) {
  const Triage answer = triage(log, passing, library());
  size_t before = 0;
  for (const Block& block : answer.blocks) {
    require(block.start > before && block.end >= block.start && block.end <= answer.lines);
    before = block.end;
  }
  size_t last = 0;
  for (const size_t line : answer.key_lines) {
    require(line > last && line <= answer.lines);
    last = line;
  }
  require(answer.key_lines.size() <= 12 && answer.fingerprint.size() == 32 && is_category(answer.cause.category));
  require(answer.cause.confidence >= 0 && answer.cause.confidence <= 1 && !answer.cause.summary.empty());
  require(static_cast<bool>(fm::parse_json(fm::to_json(fm::json::value(to_json(answer))))));
  require(render_text(answer, log, false).find('\x1b') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t part = bytes.find('\0');
  const std::string_view log = bytes.substr(0, part);
  check_index(log);
  check_triage(log, part == std::string_view::npos ? std::nullopt : std::optional(bytes.substr(part + 1)));
  (void)mask_line(bytes);
  (void)masked_hash(bytes);
  (void)template_hash(bytes);
  return 0;
}
