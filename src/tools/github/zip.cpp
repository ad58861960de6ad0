#include "tools/github/zip.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

namespace fm::tools::github {
namespace {

constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kEnd64LocatorSignature = 0x07064b50;
constexpr std::uint32_t kEntrySignature = 0x02014b50;
constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr size_t kEndSize = 22;
constexpr size_t kEnd64Size = 56;
constexpr size_t kEnd64LocatorSize = 20;
constexpr size_t kEntrySize = 46;
constexpr size_t kLocalSize = 30;
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::invalid, fmt::format("the zip archive is damaged: {}", what));
}

// Little-endian number of n bytes; the caller checked that they exist.
std::uint64_t number(std::string_view bytes, size_t at, size_t n) {
  std::uint64_t value = 0;
  for (size_t i = 0; i < n; ++i) value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}

bool fits(std::string_view bytes, std::uint64_t at, std::uint64_t n) {
  return at <= bytes.size() && n <= bytes.size() - at;
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

// The end record is the last thing but for a comment of up to 64 KiB.
std::optional<size_t> find_end(std::string_view bytes) {
  if (bytes.size() < kEndSize) return std::nullopt;
  const size_t lowest = bytes.size() - std::min(bytes.size(), kEndSize + 0xFFFF);
  for (size_t at = bytes.size() - kEndSize + 1; at-- > lowest;) {
    if (number(bytes, at, 4) == kEndSignature && at + kEndSize + number(bytes, at + 20, 2) == bytes.size()) return at;
  }
  return std::nullopt;
}

Result<Directory> read_end64(std::string_view bytes, size_t end) {
  if (end < kEnd64LocatorSize || number(bytes, end - kEnd64LocatorSize, 4) != kEnd64LocatorSignature) {
    return damaged("it needs a zip64 record and has none");
  }
  const std::uint64_t at = number(bytes, end - kEnd64LocatorSize + 8, 8);
  if (!fits(bytes, at, kEnd64Size) || number(bytes, at, 4) != kEnd64Signature)
    return damaged("its zip64 record is elsewhere");
  return Directory{number(bytes, at + 32, 8), number(bytes, at + 40, 8), number(bytes, at + 48, 8)};
}

Result<Directory> read_end(std::string_view bytes) {
  const std::optional<size_t> end = find_end(bytes);
  if (!end) return damaged("it has no directory (cut short, or no zip archive at all)");
  const std::uint64_t disk = number(bytes, *end + 4, 2);
  if (disk != 0 && disk != 0xFFFF) return damaged("it is one part of several");
  Directory directory{number(bytes, *end + 10, 2), number(bytes, *end + 12, 4), number(bytes, *end + 16, 4)};
  if (directory.entries == 0xFFFF || directory.size == kIn64 || directory.offset == kIn64)
    return read_end64(bytes, *end);
  return directory;
}

bool good_name(std::string_view name) {
  if (name.empty() || name.size() > 1024 || name.front() == '/' || name.find('\\') != std::string_view::npos)
    return false;
  if (name.size() > 1 && name[1] == ':') return false;
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }))
    return false;
  for (size_t from = 0; from <= name.size();) {
    const size_t slash = std::min(name.find('/', from), name.size());
    if (name.substr(from, slash - from) == "..") return false;
    from = slash + 1;
  }
  return true;
}

// Sizes and offset of large entries stand in extra field 1, in this order, each only when the plain field is full.
Result<void> read_extra64(std::string_view extra, ZipReader::Entry& entry) {
  while (extra.size() >= 4) {
    const size_t size = number(extra, 2, 2);
    if (size > extra.size() - 4) return damaged("an extra field is longer than its room");
    if (number(extra, 0, 2) == 1) {
      size_t at = 4;
      for (std::uint64_t* field : {&entry.size_bytes, &entry.packed_bytes, &entry.offset}) {
        if (*field != kIn64) continue;
        if (at + 8 > 4 + size) return damaged("a zip64 field is missing");
        *field = number(extra, at, 8);
        at += 8;
      }
      return {};
    }
    extra.remove_prefix(4 + size);
  }
  return {};
}

// raw DEFLATE (RFC 1951) of exactly `size` bytes.
Result<std::string> inflate_all(std::string_view packed, std::uint64_t size) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return fail(Code::unavailable, "no memory to unpack the zip archive");
  std::string out;
  // Grown as the data proves real, so that a declared size alone takes no memory; one byte more shows a lie.
  size_t used = 0;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  size_t left = packed.size();
  int state = Z_OK;
  while (state == Z_OK) {
    if (used == out.size()) out.resize(std::min<std::uint64_t>(size + 1, out.size() * 2 + 64 * 1024));
    const auto room = static_cast<uInt>(std::min<size_t>(out.size() - used, 1U << 30));
    const auto feed = static_cast<uInt>(std::min<size_t>(left, 1U << 30));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = room;
    stream.avail_in = feed;
    state = inflate(&stream, Z_NO_FLUSH);
    left -= feed - stream.avail_in;
    used += room - stream.avail_out;
    if (used > size) break;
    if (state == Z_BUF_ERROR) break;
  }
  inflateEnd(&stream);
  if (used > size) return damaged("an entry is larger than it says");
  if (state != Z_STREAM_END || used != size) return damaged("an entry does not unpack");
  out.resize(used);
  return out;
}

}  // namespace

Result<ZipReader> ZipReader::open(std::string_view bytes, ZipLimits limits) {
  TRY(const Directory directory, read_end(bytes));
  if (!fits(bytes, directory.offset, directory.size)) return damaged("its directory lies outside of it");
  if (directory.entries > limits.max_entries) {
    return fail(Code::too_large, fmt::format("the zip archive holds {} entries; at most {} are read", directory.entries,
                                             limits.max_entries));
  }
  ZipReader reader(bytes, limits);
  std::string_view rest = bytes.substr(directory.offset, directory.size);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  std::vector<std::string_view> names;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    if (rest.size() < kEntrySize || number(rest, 0, 4) != kEntrySignature) return damaged("its directory is cut short");
    const size_t name_size = number(rest, 28, 2), extra_size = number(rest, 30, 2), comment_size = number(rest, 32, 2);
    if (rest.size() - kEntrySize < name_size + extra_size + comment_size) return damaged("its directory is cut short");
    if ((number(rest, 8, 2) & kEncrypted) != 0) return fail(Code::invalid, "the zip archive is encrypted");
    const std::string_view name = rest.substr(kEntrySize, name_size);
    if (!good_name(name))
      return fail(Code::invalid, "the zip archive holds a file name that leads outside of it or is no text");
    Entry entry{.name = std::string(name),
                .packed_bytes = number(rest, 20, 4),
                .size_bytes = number(rest, 24, 4),
                .offset = number(rest, 42, 4),
                .crc32 = static_cast<std::uint32_t>(number(rest, 16, 4)),
                .method = static_cast<std::uint16_t>(number(rest, 10, 2))};
    TRY_VOID(read_extra64(rest.substr(kEntrySize + name_size, extra_size), entry));
    if (!fits(bytes, entry.offset, kLocalSize) || !fits(bytes, entry.offset + kLocalSize, entry.packed_bytes)) {
      return damaged("an entry lies outside of it");
    }
    ranges.emplace_back(entry.offset, entry.offset + kLocalSize + entry.packed_bytes);
    names.push_back(name);
    rest.remove_prefix(kEntrySize + name_size + extra_size + comment_size);
    if (!entry.name.ends_with('/')) reader.entries_.push_back(std::move(entry));
  }
  // Entries that share bytes are how one small file unpacks to a very large total.
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].second) return damaged("entries overlap");
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) return damaged("a name occurs twice");
  return reader;
}

Result<std::string> ZipReader::read(const Entry& entry) {
  constexpr std::uint64_t kSmall = 1024 * 1024;
  if (entry.size_bytes > limits_.max_total_bytes - std::min(unpacked_bytes_, limits_.max_total_bytes)) {
    return fail(Code::too_large, fmt::format("the zip archive unpacks to more than {} bytes", limits_.max_total_bytes));
  }
  if (entry.size_bytes > kSmall && entry.size_bytes / limits_.max_ratio > entry.packed_bytes) {
    return fail(Code::too_large, "the zip archive is packed tighter than any log: refused as a possible zip bomb");
  }
  if (!fits(bytes_, entry.offset, kLocalSize) || number(bytes_, entry.offset, 4) != kLocalSignature)
    return damaged("an entry has no header");
  const std::uint64_t data =
      entry.offset + kLocalSize + number(bytes_, entry.offset + 26, 2) + number(bytes_, entry.offset + 28, 2);
  if (!fits(bytes_, data, entry.packed_bytes)) return damaged("an entry lies outside of it");
  const std::string_view packed = bytes_.substr(data, entry.packed_bytes);
  std::string content;
  if (entry.method == 0) {
    if (packed.size() != entry.size_bytes) return damaged("a stored entry has two sizes");
    content = packed;
  } else if (entry.method == 8) {
    TRY(content, inflate_all(packed, entry.size_bytes));
  } else {
    return fail(Code::invalid,
                fmt::format("the zip archive uses compression method {}, which is not supported", entry.method));
  }
  unpacked_bytes_ += content.size();
  if (crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()) != entry.crc32)
    return damaged("a checksum does not match");
  return content;
}

}  // namespace fm::tools::github
