#include "benchmark_run/final_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <numeric>
#include <vector>

#include "text/utf8.h"

namespace routellm::benchmark_run {
namespace {

constexpr char kGroupSpace = '\x01';  // a space that divides groups of digits

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// One spelling for each sign: '-' for minus, '$' for currency, kGroupSpace for spaces in numbers.
std::string Normalise(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kLatex = {
      {{"{,}", ","}, {"\\,", "\x01"}, {"\\!", ""}, {"\\$", "$"}, {"\\%", "%"}}};
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto latex = std::find_if(kLatex.begin(), kLatex.end(),
                                    [&](const auto& pair) { return text.starts_with(pair.first); });
    if (latex != kLatex.end()) {
      out.append(latex->second);
      text.remove_prefix(latex->first.size());
      continue;
    }
    const auto [code_point, bytes] = text::DecodeUtf8(text);
    switch (code_point) {
      case 0x2011:  // non-breaking hyphen
      case 0x2013:  // en dash
      case 0x2212:  // minus sign
      case 0xFF0D:  // full-width hyphen-minus
        out.push_back('-');
        break;
      case 0x00A3:  // pound
      case 0x00A5:  // yen
      case 0x20AC:  // euro
      case 0x20B9:  // rupee
        out.push_back('$');
        break;
      case 0x00A0:  // no-break space
      case 0x2009:  // thin space
      case 0x202F:  // narrow no-break space
        out.push_back(kGroupSpace);
        break;
      default:
        out.append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return out;
}

// A number without its sign, as read.
struct Token {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool negative = false;
  std::string whole;        // digits
  std::string fraction;     // digits behind the point
  std::string denominator;  // of a fraction WHOLE/DENOMINATOR; empty if there is none
};

std::string WithSign(const Token& token, const std::string& magnitude) {
  return token.negative && magnitude != "0" ? "-" + magnitude : magnitude;
}

std::string Decimal(std::string whole, std::string fraction) {
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  if (whole.empty()) whole = "0";
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? whole : whole + "." + fraction;
}

std::optional<std::uint64_t> SmallInteger(const std::string& digits) {
  constexpr std::uint64_t kLargest = 1'000'000'000;  // products of two fit
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || value > kLargest) return std::nullopt;
  return value;
}

// numerator/denominator; denominator > 0.
std::string Ratio(std::uint64_t numerator, std::uint64_t denominator) {
  const std::uint64_t divisor = std::gcd(numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  std::uint64_t rest = denominator;
  while (rest % 2 == 0) rest /= 2;
  while (rest % 5 == 0) rest /= 5;
  if (rest != 1) return std::to_string(numerator) + "/" + std::to_string(denominator);
  std::string fraction;
  for (std::uint64_t remainder = numerator % denominator; remainder != 0;) {
    remainder *= 10;
    fraction.push_back(static_cast<char>('0' + remainder / denominator));
    remainder %= denominator;
  }
  return Decimal(std::to_string(numerator / denominator), fraction);
}

// Nothing for a fraction of huge numbers or by zero. `whole_part` is that of a mixed number.
std::optional<ExactNumber> Value(const Token& token, const Token* whole_part) {
  if (token.denominator.empty()) {
    return ExactNumber{WithSign(token, Decimal(token.whole, token.fraction))};
  }
  const auto numerator = SmallInteger(token.whole);
  const auto denominator = SmallInteger(token.denominator);
  if (!numerator || !denominator || *denominator == 0) return std::nullopt;
  if (whole_part != nullptr && *numerator < *denominator) {
    if (const auto whole = SmallInteger(whole_part->whole)) {
      return ExactNumber{
          WithSign(*whole_part, Ratio(*whole * *denominator + *numerator, *denominator))};
    }
  }
  return ExactNumber{WithSign(token, Ratio(*numerator, *denominator))};
}

// Finds the numbers of a normalised text, one after the other.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // The next number; nothing behind the last.
  std::optional<Token> Next() {
    while (position_ < text_.size()) {
      if (!BeginsNumber()) {
        ++position_;
        continue;
      }
      Token token;
      token.begin = position_;
      token.negative = HasMinus(position_);
      const bool number = Read(token) && !IsIndex(token.begin);
      token.end = position_;
      if (number) return token;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] char At(std::size_t index) const {
    return index < text_.size() ? text_[index] : '\0';
  }

  [[nodiscard]] bool BeginsNumber() const {
    if (IsDigit(text_[position_])) return true;
    if (text_[position_] != '.' || !IsDigit(At(position_ + 1))) return false;
    return position_ == 0 || (!IsDigit(text_[position_ - 1]) && !IsLetter(text_[position_ - 1]));
  }

  // Whether the number at `begin` has a minus sign, over a currency sign on either side of it.
  [[nodiscard]] bool HasMinus(std::size_t begin) const {
    if (begin > 0 && text_[begin - 1] == '$') --begin;
    if (begin == 0 || text_[begin - 1] != '-') return false;
    if (begin == 1) return true;
    const char before = text_[begin - 2];
    return !IsDigit(before) && !IsLetter(before) && before != ')' && before != ']' &&
           before != '}' && before != '%' && before != '-' && before != '.' &&
           static_cast<unsigned char>(before) < 0x80;
  }

  // x^2, x^{2}, x_1, x_{1}
  [[nodiscard]] bool IsIndex(std::size_t begin) const {
    if (begin > 0 && text_[begin - 1] == '{') --begin;
    if (begin == 0) return false;
    if (text_[begin - 1] == '^') return true;
    return text_[begin - 1] == '_' && begin > 1 && IsLetter(text_[begin - 2]);
  }

  std::string Digits() {
    const std::size_t begin = position_;
    while (IsDigit(At(position_))) ++position_;
    return std::string(text_.substr(begin, position_ - begin));
  }

  [[nodiscard]] bool AtGroup() const {
    return (At(position_) == ',' || At(position_) == kGroupSpace) && IsDigit(At(position_ + 1)) &&
           IsDigit(At(position_ + 2)) && IsDigit(At(position_ + 3)) && !IsDigit(At(position_ + 4));
  }

  // From the first digit or point on; false for what only looks like a number. Always moves on.
  bool Read(Token& token) {
    token.whole = Digits();
    const bool can_have_groups = !token.whole.empty() && token.whole.size() <= 3;
    while (can_have_groups && AtGroup()) {
      ++position_;
      token.whole += Digits();
    }
    bool number = true;
    if (At(position_) == '.' && IsDigit(At(position_ + 1))) {
      ++position_;
      token.fraction = Digits();
      while (At(position_) == '.' && IsDigit(At(position_ + 1))) {
        number = false;  // 1.2.3
        ++position_;
        Digits();
      }
    } else if (At(position_) == '/' && IsDigit(At(position_ + 1))) {
      ++position_;
      token.denominator = Digits();
      while (At(position_) == '/' && IsDigit(At(position_ + 1))) {
        number = false;  // 1/2/2024
        ++position_;
        Digits();
      }
    }
    return number;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

bool IsMixed(const Token& whole, const Token& fraction, std::string_view text) {
  return !fraction.denominator.empty() && !fraction.negative && whole.denominator.empty() &&
         whole.fraction.empty() && whole.end + 1 == fraction.begin && text[whole.end] == ' ';
}

std::optional<ExactNumber> LastNumber(std::string_view text) {
  Scanner scanner(text);
  std::optional<ExactNumber> last;
  std::optional<Token> previous;
  while (auto token = scanner.Next()) {
    const bool mixed = previous && IsMixed(*previous, *token, text);
    if (auto value = Value(*token, mixed ? &*previous : nullptr)) last = std::move(value);
    previous = std::move(token);
  }
  return last;
}

// "#### 2. Then ..." and "#### 2) Then ..." are headings.
bool IsHeading(std::string_view behind_number) {
  if (behind_number.size() < 3) return false;
  return (behind_number[0] == '.' || behind_number[0] == ')' || behind_number[0] == ':') &&
         behind_number[1] == ' ' && (IsLetter(behind_number[2]) || behind_number[2] == '*');
}

// The number right behind "####" on its line.
std::optional<ExactNumber> MarkedNumber(std::string_view line) {
  Scanner scanner(line);
  const auto first = scanner.Next();
  if (!first || std::any_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(first->begin),
                            IsLetter)) {
    return std::nullopt;
  }
  if (IsHeading(line.substr(first->end))) return std::nullopt;
  const auto second = scanner.Next();
  return second && IsMixed(*first, *second, line) ? Value(*second, &*first)
                                                  : Value(*first, nullptr);
}

std::optional<ExactNumber> LastMarkedNumber(std::string_view text) {
  constexpr std::string_view kMarker = "####";
  std::size_t end = text.size();
  for (;;) {
    const std::size_t marker = text.substr(0, end).rfind(kMarker);
    if (marker == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(marker + kMarker.size());
    line = line.substr(0, line.find('\n'));
    if (auto number = MarkedNumber(line)) return number;
    end = marker;
  }
}

std::optional<ExactNumber> LastBoxedNumber(std::string_view text) {
  constexpr std::string_view kBox = "\\boxed{";
  const std::size_t box = text.rfind(kBox);
  if (box == std::string_view::npos) return std::nullopt;
  std::size_t end = box + kBox.size();
  for (int depth = 1; end < text.size(); ++end) {
    if (text[end] == '{') ++depth;
    if (text[end] == '}' && --depth == 0) break;
  }
  return LastNumber(text.substr(box + kBox.size(), end - box - kBox.size()));
}

}  // namespace

std::optional<ExactNumber> FinalNumber(std::string_view answer) {
  answer = answer.substr(0, answer.find("\nQuestion:"));
  const std::string text = Normalise(answer);
  if (auto number = LastMarkedNumber(text)) return number;
  if (auto number = LastBoxedNumber(text)) return number;
  return LastNumber(text);
}

}  // namespace routellm::benchmark_run
