// Replaces secrets in text by consistent pseudonyms before anything is stored, shown or sent:
//   "token=ghp_16C7e42F292c6912E7710c838347Ae178B4a" → "token=<GITHUB_TOKEN:a3f9c1>"
// The pseudonym is a keyed HMAC of type and value, the same across lines, files and machines that share the key; it
// cannot be turned back. Line structure is kept: as many line ends as before, each at the end of the same line.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace fm::guard {

struct Redacted {
  std::string text;
  std::map<std::string, size_t> counts;  // by type: {"GITHUB_TOKEN": 2}
  size_t total() const;
};

// Thread-safe after construction; idempotent: pseudonyms are left as they are.
// Speed: the text is searched for the literals that every secret of a kind must hold; expressions run only there.
class Redactor {
 public:
  // key: the installation's (32 bytes in the data directory), or random for one run.
  explicit Redactor(std::string key);
  Redacted redact(std::string_view text) const;
  // For short texts where only the result matters (messages, commit titles).
  std::string redact_text(std::string_view text) const { return redact(text).text; }

 private:
  std::string pseudonym(std::string_view type, std::string_view value) const;
  std::string key_;
};

}  // namespace fm::guard
