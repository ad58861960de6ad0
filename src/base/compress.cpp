#include "base/compress.h"

#include <cstdlib>
#include <memory>

#include <zstd.h>

namespace fm {
namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::string compress(std::string_view text, int level) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  std::string out;
  out.resize(ZSTD_compressBound(text.size()));
  const std::size_t size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), text.data(), text.size(), level);
  if (ZSTD_isError(size) != 0) std::abort();  // the bound was given: only a lack of memory is left
  out.resize(size);
  return out;
}

Result<std::string> decompress(std::string_view packed, std::size_t max_bytes) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return fail(Code::invalid, "stored bytes are damaged");
  }
  if (size > max_bytes) return fail(Code::too_large, "stored bytes unpack to more than allowed");
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  std::string out(size, '\0');
  const std::size_t got = ZSTD_decompressDCtx(context.get(), out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) return fail(Code::invalid, "stored bytes are damaged");
  return out;
}

}  // namespace fm
