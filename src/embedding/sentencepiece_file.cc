#include "embedding/sentencepiece_file.h"

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "data/text_file.h"
#include "text/utf8.h"

namespace routellm::embedding {
namespace {

constexpr std::string_view kBlank = "\u2581";

// A field of a protocol buffer: its number, and what its wire type leaves of it.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;      // of a varint, or of four or eight bytes
  std::string_view bytes = {};  // of a length-delimited one
};

// Reads a protocol buffer field by field.
class Message {
 public:
  explicit Message(std::string_view bytes) : rest_(bytes) {}

  // None at the end and after an error.
  std::optional<Field> Next() {
    if (rest_.empty() || broken_) return std::nullopt;
    const std::uint64_t key = Varint();
    Field field{static_cast<std::uint32_t>(key >> 3U)};
    switch (key & 7U) {
      case 0:
        field.value = Varint();
        break;
      case 1:
        field.value = Fixed(8);
        break;
      case 2:
        field.bytes = Take(Varint());
        break;
      case 5:
        field.value = Fixed(4);
        break;
      default:
        broken_ = true;
    }
    return broken_ ? std::nullopt : std::optional(field);
  }

  [[nodiscard]] bool broken() const { return broken_; }

 private:
  std::string_view Take(std::uint64_t size) {
    if (size > rest_.size()) broken_ = true;
    const std::string_view taken = rest_.substr(0, broken_ ? 0 : size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::uint64_t Fixed(std::size_t size) {
    const std::string_view bytes = Take(size);
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = value << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return value;
  }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = Take(1);
      if (byte.empty()) return 0;
      const auto bits = static_cast<std::uint64_t>(static_cast<unsigned char>(byte[0]));
      value |= (bits & 0x7FU) << shift;
      if (bits < 0x80U) return value;
    }
    broken_ = true;
    return 0;
  }

  std::string_view rest_;
  bool broken_ = false;
};

// Numbers of fields, types and kinds in sentencepiece_model.proto.
enum ModelField : std::uint32_t { kPieces = 1, kTrainer = 2, kNormalizer = 3 };
enum PieceField : std::uint32_t { kText = 1, kScore = 2, kType = 3 };
enum PieceType : std::uint64_t { kNormal = 1, kUnknown = 2, kControl = 3, kUnused = 5 };
enum TrainerField : std::uint32_t { kModelType = 3, kBlankBehind = 24 };
enum NormalizerField : std::uint32_t {
  kCharactersMap = 2,
  kAddPrefix = 3,
  kRemoveExtraBlanks = 4,
  kEscapeBlanks = 5
};
constexpr std::uint64_t kUnigram = 1;

// What a file says, as far as it has been read; `problem` is empty while all is well.
struct Contents {
  std::vector<Piece> pieces;
  std::optional<TokenId> unknown;
  SentencePieceNormalizer normalizer;
  std::string problem;
};

void ReadPiece(std::string_view bytes, Contents& contents) {
  Message message(bytes);
  Piece piece{{}, 0.0F};
  std::uint64_t type = kNormal;
  while (const auto field = message.Next()) {
    if (field->number == kText) piece.text = field->bytes;
    if (field->number == kScore) {
      piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(field->value));
    }
    if (field->number == kType) type = field->value;
  }
  const std::string name = "piece " + std::to_string(contents.pieces.size());
  if (message.broken()) contents.problem = name + " is broken";
  if (type == kUnknown && contents.unknown) contents.problem = "has two pieces for the unknown";
  if (type == kUnknown) contents.unknown = static_cast<TokenId>(contents.pieces.size());
  if (type != kNormal && type != kUnknown && type != kControl && type != kUnused) {
    contents.problem = name + " is of the user's or of bytes, which is not supported";
  }
  piece.usable = type == kNormal;
  contents.pieces.push_back(std::move(piece));
}

void ReadTrainer(std::string_view bytes, Contents& contents) {
  Message message(bytes);
  while (const auto field = message.Next()) {
    if (field->number == kModelType && field->value != kUnigram) {
      contents.problem = "is of another type than Unigram";
    }
    if (field->number == kBlankBehind && field->value != 0) {
      contents.problem = "has blanks behind its words, which is not supported";
    }
  }
  if (message.broken()) contents.problem = "the settings of its training are broken";
}

void ReadNormalizer(std::string_view bytes, Contents& contents) {
  Message message(bytes);
  SentencePieceNormalizer& normalizer = contents.normalizer;
  while (const auto field = message.Next()) {
    if (field->number == kCharactersMap && !field->bytes.empty()) {
      normalizer.map = CharactersMap::Parse(field->bytes);
      if (!normalizer.map) contents.problem = "has an unusable table of characters";
    }
    if (field->number == kAddPrefix) normalizer.add_prefix = field->value != 0;
    if (field->number == kRemoveExtraBlanks) normalizer.remove_extra_blanks = field->value != 0;
    if (field->number == kEscapeBlanks && field->value == 0) {
      contents.problem = "leaves blanks as they are, which is not supported";
    }
  }
  if (message.broken()) contents.problem = "the settings of its normalizer are broken";
}

Contents ReadContents(std::string_view bytes) {
  Contents contents;
  Message message(bytes);
  while (const auto field = message.Next()) {
    if (field->number == kPieces) ReadPiece(field->bytes, contents);
    if (field->number == kTrainer) ReadTrainer(field->bytes, contents);
    if (field->number == kNormalizer) ReadNormalizer(field->bytes, contents);
    if (!contents.problem.empty()) return contents;
  }
  if (message.broken()) contents.problem = "is cut off or no model of SentencePiece";
  if (contents.problem.empty() && !contents.unknown) {
    contents.problem = "has no piece for the unknown";
  }
  return contents;
}

// Takes the first character off `text`, or as many as the table replaces together, and returns what
// they become.
std::string_view TakeNormalized(const std::optional<CharactersMap>& map, std::string_view& text) {
  if (map) {
    if (const auto found = map->FindLongest(text)) {
      text.remove_prefix(found->bytes);
      return found->becomes;
    }
  }
  const std::string_view character = text.substr(0, text::DecodeUtf8(text).bytes);
  text.remove_prefix(character.size());
  return character;
}

}  // namespace

std::string SentencePieceNormalizer::Apply(std::string_view text) const {
  if (remove_extra_blanks) {
    for (std::string_view rest = text; !rest.empty() && TakeNormalized(map, rest) == " ";) {
      text = rest;
    }
  }
  if (text.empty()) return {};
  std::string out(add_prefix ? kBlank : "");
  bool after_blank = remove_extra_blanks;
  while (!text.empty()) {
    std::string_view part = TakeNormalized(map, text);
    while (after_blank && part.starts_with(' ')) part.remove_prefix(1);
    for (const char c : part) c == ' ' ? out += kBlank : out += c;
    if (!part.empty()) after_blank = remove_extra_blanks && part.ends_with(' ');
  }
  while (remove_extra_blanks && out.ends_with(kBlank)) out.resize(out.size() - kBlank.size());
  return out;
}

Result<SentencePieceFile> LoadSentencePieceFile(const std::filesystem::path& file) {
  const auto bytes = data::ReadTextFile(file);
  if (!bytes) return tl::unexpected(bytes.error());
  Contents contents = ReadContents(*bytes);
  const auto invalid = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalidData, file.string() + ": " + what);
  };
  if (!contents.problem.empty()) return invalid(contents.problem);
  auto model =
      UnigramModel::Make(std::move(contents.pieces), *contents.unknown, ScoreSums::kSingle);
  if (!model) return invalid(model.error().public_message);
  return SentencePieceFile{std::move(contents.normalizer), *std::move(model), *contents.unknown};
}

}  // namespace routellm::embedding
