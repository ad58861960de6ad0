#include "logs/line_index.h"

#include <algorithm>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace fm::logs {

const char* find_line_break(const char* begin, const char* end) {
#if defined(__SSE2__)
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  for (; end - begin >= 16; begin += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(begin));
    const __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr));
    const auto bits = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (bits != 0) return begin + std::countr_zero(bits);
  }
#endif
  while (begin != end && *begin != '\n' && *begin != '\r') ++begin;
  return begin;
}

bool LineReader::next(std::string_view& line) {
  const char* const end = text_.data() + text_.size();
  if (next_ == end) return false;
  const char* const stop = find_line_break(next_, end);
  line = {next_, static_cast<size_t>(stop - next_)};
  next_ = stop;
  if (next_ != end) {
    const bool crlf = *next_ == '\r' && next_ + 1 != end && next_[1] == '\n';
    next_ += crlf ? 2 : 1;
  }
  ++number_;
  return true;
}

LineIndex LineIndex::while_reading(std::string_view text) { return {text, Empty{}}; }

LineIndex::LineIndex(std::string_view text) : text_(text) {
  LineReader reader(text);
  std::string_view line;
  for (size_t offset = 0; reader.next(line); offset = reader.offset()) add(reader.number(), offset);
}

LineReader LineIndex::from(size_t number) const {
  number = std::max<size_t>(number, 1);
  if (number > count_) return LineReader(text_.substr(text_.size()), number);
  const size_t slot = (number - 1) / kStride;
  size_t at = slot * kStride + 1;
  LineReader reader(text_.substr(offsets_[slot]), at);
  std::string_view skipped;
  while (at < number && reader.next(skipped)) ++at;
  return reader;
}

std::string_view LineIndex::line(size_t number) const {
  if (number == 0 || number > count_) return {};
  std::string_view found;
  LineReader reader = from(number);
  return reader.next(found) ? found : std::string_view{};
}

size_t LineIndex::offset(size_t number) const {
  if (number == 0) return 0;
  if (number > count_) return text_.size();
  return static_cast<size_t>(line(number).data() - text_.data());
}

size_t LineIndex::line_at(size_t offset) const {
  if (count_ == 0) return 0;
  if (offset >= text_.size()) return count_;
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), offset);
  const size_t slot = static_cast<size_t>(after - offsets_.begin()) - 1;
  size_t number = slot * kStride;
  LineReader reader(text_.substr(offsets_[slot]), number + 1);
  std::string_view skipped;
  while (offsets_[slot] + reader.offset() <= offset && reader.next(skipped)) ++number;
  return number;
}

}  // namespace fm::logs
