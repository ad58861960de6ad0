// What a CI system wraps around each line, taken off: colours, byte order mark, job/step columns, timestamps,
// buildkit's step prefix; and what its markers say (group, end, error, warning, command).
//
// Understood: `gh run view --log` (job<TAB>step<TAB>time), GitHub and Azure raw logs (ISO time), `##[marker]`,
// `::marker::`, GitLab (time and stream column, section_start/_end), Jenkins' Timestamper, Travis folds, Buildkite
// groups. Stateless, pure.
#pragma once

#include <string>
#include <string_view>

namespace fm::logs {

enum class Marker { none, group, endgroup, error, warning, notice, debug, command };

struct Peeled {
  std::string_view text;    // into the line or into `scratch`
  std::string_view marked;  // the same with its marker still on
  Marker marker = Marker::none;
  std::string_view job;  // columns of `gh run view --log`, else empty
  std::string_view step;
};

/// Takes the envelope off. `scratch` holds the text where colours had to be cut out: valid until its next use.
Peeled peel(std::string_view line, std::string& scratch);

/// `line` without escape sequences (CSI, OSC, APC, two-byte); the line itself when it has none.
std::string_view strip_ansi(std::string_view line, std::string& scratch);

/// The command's own text of a line of `docker build` ("#12 0.512 fatal: …" → "fatal: …"), else the line.
std::string_view strip_buildkit(std::string_view text);

}  // namespace fm::logs
