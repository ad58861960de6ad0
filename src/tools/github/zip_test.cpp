#include "tools/github/zip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace fm::tools::github {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::string deflated(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(compressBound(text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Writes archives, right ones and wrong ones.
class Archive {
 public:
  Archive& add(const std::string& name, const std::string& content, std::uint16_t method = 8) {
    Parts part{name,
               method == 8 ? deflated(content) : content,
               content.size(),
               static_cast<std::uint32_t>(
                   crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()))),
               method,
               0};
    parts_.push_back(part);
    return *this;
  }
  Archive& declare_size(std::uint64_t size) {
    parts_.back().size = size;
    return *this;
  }
  Archive& declare_crc(std::uint32_t crc) {
    parts_.back().crc = crc;
    return *this;
  }
  Archive& encrypted() {
    flags_ = 1;
    return *this;
  }
  Archive& in_zip64() {
    zip64_ = true;
    return *this;
  }
  Archive& share_offset() {
    shared_ = true;
    return *this;
  }

  std::string bytes() {
    std::string out;
    for (Parts& part : parts_) {
      part.offset = shared_ ? 0 : out.size();
      put(out, 0x04034b50, 4), put(out, 20, 2), put(out, flags_, 2), put(out, part.method, 2), put(out, 0, 4),
          put(out, part.crc, 4);
      put(out, part.packed.size(), 4), put(out, part.size, 4), put(out, part.name.size(), 2), put(out, 0, 2);
      out += part.name + part.packed;
    }
    const size_t directory = out.size();
    for (const Parts& part : parts_) {
      put(out, 0x02014b50, 4), put(out, 20, 2), put(out, 20, 2), put(out, flags_, 2), put(out, part.method, 2),
          put(out, 0, 4), put(out, part.crc, 4);
      put(out, zip64_ ? 0xFFFFFFFF : part.packed.size(), 4), put(out, zip64_ ? 0xFFFFFFFF : part.size, 4);
      put(out, part.name.size(), 2), put(out, zip64_ ? 28 : 0, 2), put(out, 0, 2), put(out, 0, 4), put(out, 0, 4);
      put(out, zip64_ ? 0xFFFFFFFF : part.offset, 4);
      out += part.name;
      if (zip64_)
        put(out, 1, 2), put(out, 24, 2), put(out, part.size, 8), put(out, part.packed.size(), 8),
            put(out, part.offset, 8);
    }
    const size_t size = out.size() - directory;
    if (zip64_) {
      const size_t end = out.size();
      put(out, 0x06064b50, 4), put(out, 44, 8), put(out, 45, 2), put(out, 45, 2), put(out, 0, 8),
          put(out, parts_.size(), 8), put(out, parts_.size(), 8);
      put(out, size, 8), put(out, directory, 8);
      put(out, 0x07064b50, 4), put(out, 0, 4), put(out, end, 8), put(out, 1, 4);
    }
    put(out, 0x06054b50, 4), put(out, 0, 4);
    put(out, zip64_ ? 0xFFFF : parts_.size(), 2), put(out, zip64_ ? 0xFFFF : parts_.size(), 2);
    put(out, zip64_ ? 0xFFFFFFFF : size, 4), put(out, zip64_ ? 0xFFFFFFFF : directory, 4), put(out, 0, 2);
    return out;
  }

 private:
  struct Parts {
    std::string name, packed;
    std::uint64_t size;
    std::uint32_t crc;
    std::uint16_t method;
    std::uint64_t offset;
  };
  std::vector<Parts> parts_;
  std::uint16_t flags_ = 0;
  bool zip64_ = false;
  bool shared_ = false;
};

Code open_error(const std::string& bytes, ZipLimits limits = {}) {
  const auto zip = ZipReader::open(bytes, limits);
  return zip ? Code::internal : zip.error().code;
}

Code read_error(const std::string& bytes, ZipLimits limits = {}) {
  auto zip = ZipReader::open(bytes, limits);
  if (!zip) {
    ADD_FAILURE() << zip.error().full();
    return Code::internal;
  }
  Code code = Code::internal;
  for (const auto& entry : zip->entries()) {
    if (const auto text = zip->read(entry); !text) code = text.error().code;
  }
  return code;
}

TEST(Zip, ReadsDeflatedAndStoredEntriesAndSkipsFolders) {
  for (const bool large : {false, true}) {
    Archive archive;
    archive.add("0_build.txt", std::string(100'000, 'a'))
        .add("build/", "", 0)
        .add("build/1_Set up job.txt", "one\n", 0)
        .add("empty.txt", "");
    if (large) archive.in_zip64();
    const std::string bytes = archive.bytes();
    auto zip = ZipReader::open(bytes);
    ASSERT_TRUE(zip) << zip.error().full();
    ASSERT_EQ(zip->entries().size(), 3U);
    EXPECT_EQ(zip->read(zip->entries()[0]).value(), std::string(100'000, 'a'));
    EXPECT_EQ(zip->entries()[1].name, "build/1_Set up job.txt");
    EXPECT_EQ(zip->read(zip->entries()[1]).value(), "one\n");
    EXPECT_EQ(zip->read(zip->entries()[2]).value(), "");
  }
}

TEST(Zip, RefusesNamesThatLeadOutside) {
  for (const char* name : {"../x", "a/../../x", "/etc/passwd", "C:/x", "a\\b", "a/..", "x\ny", "x\x7f"}) {
    EXPECT_EQ(open_error(Archive().add(name, "x").bytes()), Code::invalid) << name;
  }
  EXPECT_EQ(open_error(Archive().add("a", "x").add("a", "y").bytes()), Code::invalid);
  EXPECT_TRUE(ZipReader::open(Archive().add("a..b/..c", "x").bytes()));
}

TEST(Zip, RefusesBombs) {
  const std::string zeros(4 * 1024 * 1024, '\0');
  EXPECT_EQ(read_error(Archive().add("bomb", zeros).bytes()), Code::too_large) << "packed 1:1000";
  EXPECT_EQ(read_error(Archive().add("lie", zeros).declare_size(10).bytes()), Code::invalid) << "larger than it says";
  EXPECT_EQ(read_error(Archive().add("small", "x").declare_size(900'000).bytes()), Code::invalid)
      << "smaller than it says";
  EXPECT_EQ(read_error(Archive().add("a", "12345678").add("b", "12345678").bytes(), {.max_total_bytes = 12}),
            Code::too_large);
  EXPECT_EQ(open_error(Archive().add("a", "x").add("b", "x").add("c", "x").bytes(), {.max_entries = 2}),
            Code::too_large);
  EXPECT_EQ(open_error(
                Archive().add("a", std::string(200, 'x'), 0).add("b", std::string(200, 'x'), 0).share_offset().bytes()),
            Code::invalid)
      << "overlap";
}

TEST(Zip, RefusesWhatIsDamaged) {
  const std::string good = Archive().add("a.txt", "some text that is long enough").bytes();
  EXPECT_EQ(open_error(""), Code::invalid);
  EXPECT_EQ(open_error("PK no zip at all, but long enough to look for an end record"), Code::invalid);
  EXPECT_EQ(open_error(good.substr(0, good.size() - 10)), Code::invalid);
  EXPECT_EQ(open_error(good.substr(20)), Code::invalid);
  EXPECT_EQ(open_error(Archive().add("a", "x").encrypted().bytes()), Code::invalid);
  EXPECT_EQ(read_error(Archive().add("a", "text").declare_crc(1).bytes()), Code::invalid);
  EXPECT_EQ(read_error(Archive().add("a", "text", 12).bytes()), Code::invalid);
}

TEST(Zip, NoByteFlippedMakesItCrashOrLie) {
  const std::string text = "2026-01-01T00:00:00Z a line of a log, and another one, and another one\n";
  const std::string good = Archive().add("0_build.txt", text).bytes();
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      auto zip = ZipReader::open(bad);
      if (!zip) continue;
      for (const auto& entry : zip->entries()) {
        if (const auto got = zip->read(entry)) {
          EXPECT_TRUE(*got == text || got->empty()) << at;
        }
      }
    }
  }
}

}  // namespace
}  // namespace fm::tools::github
