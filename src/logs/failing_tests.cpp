#include "logs/failing_tests.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "logs/line_class.h"

namespace fm::logs {
namespace {

std::string_view until(std::string_view text, std::string_view end) {
  const size_t at = text.find(end);
  return at == std::string_view::npos ? text : text.substr(0, at);
}

/// "name (1.2 s)", "name [0.1s]", "name 12ms": without its time.
std::string_view without_time(std::string_view name) {
  for (const char open : {'(', '['}) {
    const size_t at = name.rfind(open);
    if (at == std::string_view::npos || at == 0 || name[at - 1] != ' ') continue;
    const std::string_view inside = name.substr(at + 1);
    const bool time = inside.find_first_of("0123456789") != std::string_view::npos &&
                      inside.find_first_not_of("0123456789. msecondin])%") == std::string_view::npos;
    if (time) name = trim(name.substr(0, at));
  }
  return name;
}

bool plausible(std::string_view name) {
  return name.size() >= 3 && name.size() <= 300 &&
         name.find_first_not_of("0123456789.,:;=- ") != std::string_view::npos;
}

std::optional<std::string> named(std::string_view name) {
  name = without_time(trim(name));
  if (!plausible(name)) return std::nullopt;
  return clean_utf8(name);
}

std::optional<std::string> after_head(std::string_view t) {
  if (t.starts_with("FAILED ") || t.starts_with("ERROR ")) {  // pytest: "FAILED path::test - message"
    const std::string_view name = until(t.substr(t.find(' ') + 1), " - ");
    if (name.find("::") != std::string_view::npos ||
        (name.find(".py") != std::string_view::npos && name.find(' ') == std::string_view::npos))
      return named(name);
    return std::nullopt;
  }
  if (t.starts_with("--- FAIL: ")) return named(t.substr(10));
  if (t.starts_with("[  FAILED  ] ")) {
    const std::string_view name = until(t.substr(13), ",");
    return name.find('.') != std::string_view::npos && name.find(' ') == std::string_view::npos
               ? named(name)
               : (name.find(" (") != std::string_view::npos && name.find('.') < name.find(' ')
                      ? named(until(name, " ("))
                      : std::nullopt);
  }
  if (t.starts_with("not ok ")) {
    std::string_view name = t.substr(7);
    name.remove_prefix(std::min(name.size(), name.find_first_not_of("0123456789 -")));
    return named(until(name, " # "));
  }
  if ((t.starts_with("FAIL: ") || t.starts_with("ERROR: ")) && t.find(" (") != std::string_view::npos &&
      begins(t.substr(t.find(' ') + 1), "test")) {
    return named(t.substr(t.find(' ') + 1));  // unittest: "FAIL: test_x (module.Class)"
  }
  if (t.starts_with("\xE2\x97\x8F ")) {  // jest
    const std::string_view name = t.substr(4);
    return begins(name, "console.") || begins(name, "test suite failed") || begins(name, "validation ") ? std::nullopt
                                                                                                        : named(name);
  }
  if (t.starts_with("FAIL ") && t.find(" > ") != std::string_view::npos) return named(t.substr(5));  // vitest
  if (t.starts_with("rspec ./")) return named(until(t.substr(6), " #"));
  return std::nullopt;
}

std::optional<std::string> before_verdict(std::string_view t) {
  if (t.starts_with("test ") && (t.ends_with("... FAILED")))
    return named(t.substr(5, t.size() - 5 - 10));               // cargo test
  if (t.starts_with("FAIL [") || t.starts_with("TIMEOUT [")) {  // nextest
    const size_t close = t.find("] ");
    std::string_view name = close == std::string_view::npos ? std::string_view{} : trim(t.substr(close + 2));
    if (name.starts_with('(')) name = trim(name.substr(std::min(name.size(), name.find(')') + 1)));
    return named(name);
  }
  if (t.find("<<< FAIL") != std::string_view::npos || t.find("<<< ERROR") != std::string_view::npos) {  // Maven
    std::string_view name = until(t, "<<<");
    if (name.starts_with("[ERROR]")) name = trim(name.substr(7));
    if (name.starts_with("Tests run")) return std::nullopt;
    return named(until(name, "  Time elapsed"));
  }
  if (t.ends_with(" FAILED") && t.find(" > ") != std::string_view::npos && !t.starts_with("> "))
    return named(t.substr(0, t.size() - 7));  // Gradle
  const size_t starred = t.find("***Failed");
  if (starred != std::string_view::npos &&
      t.find("Test") != std::string_view::npos) {  // CTest: "3/9 Test #3: name ....***Failed"
    const size_t colon = t.find(": ");
    if (colon != std::string_view::npos && colon < starred)
      return named(until(t.substr(colon + 2, starred - colon - 2), " ."));
  }
  if (t.starts_with("Failed ") && t.find('[') != std::string_view::npos && t.ends_with("]"))
    return named(t.substr(7));  // dotnet
  const size_t failed = t.find(" FAILED");
  if (failed != std::string_view::npos && t.find("::") < failed && t.find(' ') == failed)
    return named(t.substr(0, failed));  // pytest -v
  return std::nullopt;
}

}  // namespace

std::optional<std::string> failing_test_in(std::string_view text) {
  const std::string_view t = trim(text);
  if (auto name = after_head(t)) return name;
  return before_verdict(t);
}

std::vector<std::string> find_failing_tests(LogView& log, const Evidence& evidence, size_t limit) {
  std::vector<std::string> tests;
  std::set<std::string, std::less<>> seen;
  for (const Hit& hit : evidence.hits) {
    if (hit.known || (hit.is.kind != LineKind::test && hit.is.kind != LineKind::error)) continue;
    auto name = failing_test_in(log.plain(hit.line));
    if (!name || !seen.insert(*name).second) continue;
    tests.push_back(std::move(*name));
    if (tests.size() == limit) break;
  }
  // The inner runner's name of a test that the outer one has named in full.
  std::erase_if(tests, [&tests](const std::string& inner) {
    return std::ranges::any_of(tests, [&inner](const std::string& full) {
      return full.size() > inner.size() + 1 && full.ends_with(" " + inner);
    });
  });
  return tests;
}

}  // namespace fm::logs
