#include "text/words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "text/character_kind.h"
#include "text/utf8.h"

namespace routellm::text {
namespace {

static_assert(std::endian::native == std::endian::little, "the first byte of eight is the lowest");

constexpr std::uint64_t kEachByte = 0x0101010101010101;

// The first `count` bytes of `text`, no more than 8 and no more than there are, and zeros.
std::uint64_t LoadBytes(std::string_view text, std::size_t count) {
  std::uint64_t bytes = 0;
  if (text.size() >= sizeof bytes) {
    std::memcpy(&bytes, text.data(), sizeof bytes);
    return count >= 8 ? bytes : bytes & ~(~std::uint64_t{0} << (8 * count));
  }
  for (std::size_t i = std::min(text.size(), count); i-- > 0;)
    bytes = (bytes << 8) | static_cast<unsigned char>(text[i]);
  return bytes;
}

// Sets the top bit of each byte that may be of a word: a letter of ASCII or a byte outside ASCII.
constexpr std::uint64_t InRun(std::uint64_t bytes) {
  const std::uint64_t lower = (bytes | (0x20 * kEachByte)) & (0x7F * kEachByte);
  const std::uint64_t from_a = lower + (0x80 - 'a') * kEachByte;
  const std::uint64_t after_z = lower + (0x7F - 'z') * kEachByte;
  return ((from_a & ~after_z) | bytes) & (0x80 * kEachByte);
}

// The same of the first 64 bytes of `text`, one bit for each, the first one lowest.
std::uint64_t InRun(std::string_view text) {
  std::array<std::uint64_t, 8> bytes{};
  text.copy(reinterpret_cast<char*>(bytes.data()), sizeof bytes);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bits |= ((InRun(bytes[i]) >> 7) * 0x0102040810204080 >> 56) << (8 * i);
  return bits;
}

// HashWord of a word that comes character by character.
class WordHash {
 public:
  void Add(char32_t c) {
    const auto tail = [&](unsigned shift) { return 0x80 | ((c >> shift) & 0x3F); };
    if (c < 0x80) {
      AddBytes(c, 8);
    } else if (c < 0x800) {
      AddBytes((0xC0 | (c >> 6)) | (tail(0) << 8), 16);
    } else if (c < 0x10000) {
      AddBytes((0xE0 | (c >> 12)) | (tail(6) << 8) | (tail(0) << 16), 24);
    } else {
      AddBytes((0xF0 | (c >> 18)) | (tail(12) << 8) | (tail(6) << 16) | (tail(0) << 24), 32);
    }
  }

  [[nodiscard]] std::uint64_t Finish() const {
    return internal::Finish(bits_ == 0 ? hash_ : internal::AddBytes(hash_, bytes_));
  }

 private:
  void AddBytes(std::uint64_t bytes, unsigned bits) {
    bytes_ |= bytes << bits_;
    bits_ += bits;
    if (bits_ < 64) return;
    hash_ = internal::AddBytes(hash_, bytes_);
    bits_ -= 64;
    bytes_ = bytes >> (bits - bits_);
  }

  std::uint64_t hash_ = internal::kHashStart;
  std::uint64_t bytes_ = 0;  // not yet in the hash
  unsigned bits_ = 0;        // of bytes_, less than 64
};

constexpr bool IsLetter(char32_t c) { return c < 0x80 || WideKind(c) == CharacterKind::kLetter; }

// Whether these three bytes are an ideograph; of those only rare ones have another number of bytes.
constexpr bool IsIdeograph3(std::uint64_t bytes) {
  const auto part = [&](unsigned shift) { return static_cast<char32_t>((bytes >> shift) & 0x3F); };
  return (bytes & 0xC0C0F0) == 0x8080E0 &&
         IsIdeograph(((part(0) & 0xF) << 12) | (part(8) << 6) | part(16));
}

void AddWord(std::uint64_t hash, std::size_t begin, std::size_t end, std::vector<Word>& words) {
  words.push_back({hash, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
}

// Of the bytes from `at` to `end`: letters of ASCII and any characters outside ASCII.
void SplitWideRun(std::string_view text, std::size_t at, std::size_t end,
                  std::vector<Word>& words) {
  const std::string_view run = text.substr(0, end);
  while (at < end) {
    const std::size_t begin = at;
    const std::uint64_t bytes = LoadBytes(run.substr(at), 3);
    if (IsIdeograph3(bytes)) {
      at += 3;
      AddWord(internal::Finish(internal::AddBytes(internal::kHashStart, bytes)), begin, at, words);
      continue;
    }
    WordHash hash;
    DecodedChar character{};
    for (; at < end; at += character.bytes) {
      character = DecodeUtf8(run.substr(at));
      if (!IsLetter(character.code_point)) break;
      hash.Add(ToLower(character.code_point));
    }
    if (at == begin) {
      at += character.bytes;
      if (!IsIdeograph(character.code_point)) continue;
      hash.Add(character.code_point);
    }
    AddWord(hash.Finish(), begin, at, words);
  }
}

// Of bytes that InRun sets, between others: one word, if all are of ASCII.
void SplitRun(std::string_view text, std::size_t begin, std::size_t end, std::vector<Word>& words) {
  std::uint64_t hash = internal::kHashStart;
  for (std::size_t at = begin; at < end; at += 8) {
    const std::uint64_t bytes = LoadBytes(text.substr(at), end - at);
    if ((bytes & (0x80 * kEachByte)) != 0) return SplitWideRun(text, begin, end, words);
    const std::uint64_t letters = (bytes >> 6) & kEachByte;
    hash = internal::AddBytes(hash, bytes | (0x20 * letters));
  }
  AddWord(internal::Finish(hash), begin, end, words);
}

}  // namespace

void SplitWords(std::string_view text, std::vector<Word>& words) {
  words.clear();
  text = text.substr(0, kMaxWordBytes);
  bool inside = false;
  std::size_t begin = 0;
  // The last block reaches beyond the text, so that a run at its end ends.
  for (std::size_t block = 0; block <= text.size(); block += 64) {
    const std::uint64_t in_run = InRun(text.substr(block));
    std::uint64_t edges = in_run ^ (in_run << 1 | (inside ? 1 : 0));
    for (; edges != 0; edges &= edges - 1) {
      const std::size_t at = block + static_cast<std::size_t>(std::countr_zero(edges));
      if (inside) SplitRun(text, begin, at, words);
      inside = !inside;
      begin = at;
    }
  }
}

std::string LowerWord(std::string_view text, const Word& word) {
  std::string lower;
  for (std::string_view rest = text.substr(word.begin, word.end - word.begin); !rest.empty();) {
    const DecodedChar decoded = DecodeUtf8(rest);
    AppendUtf8(ToLower(decoded.code_point), lower);
    rest.remove_prefix(decoded.bytes);
  }
  return lower;
}

}  // namespace routellm::text
