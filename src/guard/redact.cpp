#include "guard/redact.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "guard/bytes.h"
#include "guard/hmac.h"

namespace fm::guard {
namespace {

// One kind of secret: a match holds one of the literals; group 1 of the expression is what is replaced.
struct Detector {
  std::string_view type;
  std::vector<std::string_view> literals;
  std::string_view expression;
  bool needs_entropy = false;  // the value must look random: words and placeholders stay
  std::unique_ptr<RE2> compiled = nullptr;
};

std::vector<Detector> make_detectors() {
  std::vector<Detector> all;
  const auto add = [&](std::string_view type, std::vector<std::string_view> literals, std::string_view expression,
                       bool entropy = false) {
    all.push_back({type, std::move(literals), expression, entropy, nullptr});
  };
  add("GITHUB_TOKEN", {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"},
      R"(\b((?:gh[pousr]_[A-Za-z0-9]{36,255})|(?:github_pat_[A-Za-z0-9_]{22,255})))");
  add("GITLAB_TOKEN", {"glpat-", "gldt-", "glrt-", "glcbt-"}, R"(\b(gl(?:pat|dt|rt|cbt)-[A-Za-z0-9_\-]{20,64}))");
  add("AWS_KEY_ID", {"AKIA", "ASIA"}, R"(\b((?:AKIA|ASIA)[A-Z2-7]{16})\b)");
  add("AWS_SECRET", {"aws_secret", "AWS_SECRET", "SecretAccessKey", "aws-secret"},
      R"re((?i)(?:aws[_-]secret[_-]access[_-]key|SecretAccessKey)["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})\b)re");
  add("GCP_KEY", {"AIza"}, R"(\b(AIza[0-9A-Za-z_\-]{35})\b)");
  add("AZURE_KEY", {"AccountKey=", "SharedAccessKey=", "sig="},
      R"((?:AccountKey=|SharedAccessKey=|[?&]sig=)([A-Za-z0-9%+/]{32,}={0,2}))");
  add("SLACK_TOKEN", {"xoxb-", "xoxp-", "xoxa-", "xoxr-", "xapp-", "xoxe"},
      R"(\b((?:xox[abpre]|xapp)(?:\.xox[bp])?-[A-Za-z0-9-]{10,}))");
  add("SLACK_WEBHOOK", {"hooks.slack.com/"},
      R"(hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_+\-]{20,}))");
  add("LLM_KEY", {"sk-ant-", "sk-proj-", "sk-svcacct-", "sk-", "hf_", "gsk_"},
      R"(\b((?:sk-(?:ant|proj|svcacct)-[A-Za-z0-9_\-]{20,})|(?:sk-[A-Za-z0-9]{32,})|(?:hf_[A-Za-z0-9]{30,})|(?:gsk_[A-Za-z0-9]{40,})))");
  add("PACKAGE_TOKEN", {"npm_", "pypi-", "dckr_pat_", "rubygems_", "oy2"},
      R"(\b((?:npm_[A-Za-z0-9]{36})|(?:pypi-[A-Za-z0-9_\-]{50,})|(?:dckr_pat_[A-Za-z0-9_\-]{20,})|(?:rubygems_[a-f0-9]{48})|(?:oy2[a-z0-9]{43})))");
  add("STRIPE_KEY", {"k_live_", "k_test_"}, R"(\b([rsp]k_(?:live|test)_[A-Za-z0-9]{10,99}))");
  add("SENDGRID_KEY", {"SG."}, R"(\b(SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64}))");
  add("JWT", {"eyJ"}, R"(\b(eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}))");
  add("AUTHORIZATION", {"uthorization", "UTHORIZATION"},
      R"re((?i)authorization["']?\s*[:=]\s*["']?(?:(?:basic|bearer|token|digest|negotiate|apikey)\s+)?([A-Za-z0-9+/=_\-.~:]{8,}))re");
  add("BEARER", {"earer "}, R"(\b[Bb]earer\s+([A-Za-z0-9+/=_\-.~]{16,}))", true);
  add("COOKIE", {"ookie:", "OOKIE:"}, R"((?i)\b(?:set-)?cookie:\s*(\S[^\r\n]{3,}))");
  add("URL_CREDENTIAL", {"://"}, R"re([A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s/:@'"<>]{0,100}:([^\s/@'"<>]{1,200})@)re");
  add("URL_CREDENTIAL", {"://"}, R"re(https?://([A-Za-z0-9_\-]{20,200})@)re");
  add("PASSWORD", {"assword", "ASSWORD", "asswd", "ASSWD", "passphrase", "PASSPHRASE", "PGPASS", "Pwd=", "pwd="},
      R"re((?i)(?:password|passwd|passphrase|\bpwd)["']?\s*(?:=|:|\s=>)\s*["']?([^\s"',;&<>$*{}()\[\]]{3,200}))re");
  add("SECRET",
      {"ecret", "ECRET", "oken", "OKEN", "api_key", "apikey", "apiKey", "ApiKey", "API_KEY", "APIKEY", "api-key",
       "access_key", "ACCESS_KEY", "private_key", "credential", "CREDENTIAL"},
      R"re((?i)(?:secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)[A-Za-z0-9_]{0,20}["']?\s*(?:=|:|=>)\s*["']?([A-Za-z0-9+/=_\-.~]{12,512}))re",
      true);
  for (Detector& detector : all) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(4 << 20);
    detector.compiled =
        std::make_unique<RE2>(re2::StringPiece(detector.expression.data(), detector.expression.size()), options);
  }
  return all;
}

const std::vector<Detector>& detectors() {
  static const std::vector<Detector> all = make_detectors();
  return all;
}

struct Span {
  size_t begin, end;
  std::string_view type;
};

// Shannon entropy in bits a character, and at least two of digit, upper, lower: words and names stay below.
bool looks_random(std::string_view value) {
  size_t seen[256] = {};
  bool digit = false;
  bool upper = false;
  bool lower = false;
  for (const char c : value) {
    ++seen[static_cast<unsigned char>(c)];
    digit |= c >= '0' && c <= '9';
    upper |= c >= 'A' && c <= 'Z';
    lower |= c >= 'a' && c <= 'z';
  }
  double entropy = 0;
  for (const size_t n : seen) {
    if (n == 0) continue;
    const double p = static_cast<double>(n) / static_cast<double>(value.size());
    entropy -= p * std::log2(p);
  }
  return digit && (upper || lower) && entropy >= 3.2;
}

bool is_placeholder(std::string_view value) {
  return value.starts_with("***") || value.starts_with("<") || value.starts_with("${") || value.starts_with("%") ||
         value == "null" || value == "undefined" || value == "None" || value == "true" || value == "false" ||
         value == "required";
}

// "<PASSWORD:24b502>" from an earlier pass: the value is its six digits.
bool is_pseudonym(std::string_view text, const Span& span) {
  return span.end - span.begin == 6 && span.end < text.size() && text[span.end] == '>' && span.begin > 0 &&
         text[span.begin - 1] == ':' &&
         text.substr(span.begin, 6).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void collect(const Detector& detector, std::string_view text, std::vector<Span>& spans) {
  size_t done_until = 0;  // a line is examined once, however many literals it holds
  for (const std::string_view literal : detector.literals) {
    done_until = 0;
    for (size_t at = 0;;) {
      const auto* hit =
          static_cast<const char*>(memmem(text.data() + at, text.size() - at, literal.data(), literal.size()));
      if (hit == nullptr) break;
      const auto position = static_cast<size_t>(hit - text.data());
      at = position + literal.size();
      if (position < done_until) continue;
      const size_t line_begin = [&] {
        const size_t before = position == 0 ? std::string_view::npos : text.find_last_of("\n\r", position - 1);
        return before == std::string_view::npos ? 0 : before + 1;
      }();
      // Very long lines (minified code) are searched in a window: secrets are short.
      const size_t from = std::max(line_begin, position > 4096 ? position - 4096 : 0);
      size_t line_end = text.find_first_of("\n\r", position);
      if (line_end == std::string_view::npos) line_end = text.size();
      const size_t to = std::min(line_end, position + 16384);
      re2::StringPiece rest(text.data() + from, to - from);
      const re2::StringPiece window = rest;
      size_t offset = 0;
      re2::StringPiece groups[2];
      while (detector.compiled->Match(window, offset, window.size(), RE2::UNANCHORED, groups, 2)) {
        const std::string_view value(groups[1].data(), groups[1].size());
        const auto begin = static_cast<size_t>(groups[1].data() - text.data());
        const Span span{begin, begin + value.size(), detector.type};
        if (!value.empty() && !is_placeholder(value) && !is_pseudonym(text, span) &&
            (!detector.needs_entropy || looks_random(value))) {
          spans.push_back(span);
        }
        const auto next = static_cast<size_t>(groups[0].data() + groups[0].size() - window.data());
        offset = std::max(next, offset + 1);
        if (offset >= window.size()) break;
      }
      done_until = to;
    }
  }
}

// The lines between -----BEGIN … PRIVATE KEY----- and its END, or 64 lines when the end is missing.
void collect_private_keys(std::string_view text, std::vector<Span>& spans) {
  for (size_t at = text.find("PRIVATE KEY-----"); at != std::string_view::npos;
       at = text.find("PRIVATE KEY-----", at + 1)) {
    const size_t begin_mark = text.rfind("-----BEGIN", at);
    if (begin_mark == std::string_view::npos || at - begin_mark > 40) continue;
    const size_t body = at + 16;
    size_t end = text.find("-----END", body);
    if (end == std::string_view::npos || end - body > 20'000) {
      end = body;
      for (int lines = 0; lines < 64 && end < text.size(); ++lines) {
        const size_t newline = text.find('\n', end);
        end = newline == std::string_view::npos ? text.size() : newline + 1;
      }
    }
    for (size_t from = body; from < end;) {
      size_t stop = std::min(end, text.find_first_of("\n\r", from));
      if (stop == std::string_view::npos) stop = end;
      if (stop > from && !text.substr(from).starts_with("<PRIVATE_KEY:")) spans.push_back({from, stop, "PRIVATE_KEY"});
      from = stop + 1;
    }
  }
}

}  // namespace

size_t Redacted::total() const {
  size_t sum = 0;
  for (const auto& [type, count] : counts) sum += count;
  return sum;
}

Redactor::Redactor(std::string key) : key_(std::move(key)) { detectors(); }

std::string Redactor::pseudonym(std::string_view type, std::string_view value) const {
  std::string message(type);
  message += '\0';
  message += value;
  return fmt::format("<{}:{}>", type, to_hex(hmac_sha256(key_, message)).substr(0, 6));
}

Redacted Redactor::redact(std::string_view text) const {
  std::vector<Span> spans;
  for (const Detector& detector : detectors()) collect(detector, text, spans);
  collect_private_keys(text, spans);
  // The longest of overlapping matches wins; of equal ones the more specific type (earlier in the table).
  std::stable_sort(spans.begin(), spans.end(),
                   [](const Span& a, const Span& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
  Redacted out;
  out.text.reserve(text.size());
  size_t at = 0;
  for (const Span& span : spans) {
    if (span.begin < at) continue;
    out.text.append(text.substr(at, span.begin - at));
    out.text += pseudonym(span.type, text.substr(span.begin, span.end - span.begin));
    ++out.counts[std::string(span.type)];
    at = span.end;
  }
  out.text.append(text.substr(at));
  return out;
}

}  // namespace fm::guard
