#include "cli/route_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace routellm::cli {
namespace {

// The win rate is the number of bytes in hundredths.
class LengthRouter final : public routing::Router {
 public:
  [[nodiscard]] const routing::RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const routing::Query& query,
                                      const routing::Evidence&) const override {
    return WinRate::Clamped(static_cast<double>(query.prompt.size()) / 100.0);
  }

 private:
  routing::RouterInfo info_;
};

class RouteLinesTest : public ::testing::Test {
 protected:
  LineOutput Route(std::string line, PromptFormat format = PromptFormat::kAuto) {
    const std::size_t size = line.size();
    line.append(kLinePadding, '#');
    LineOutput output;
    const std::array<Line, 1> lines{{{std::string_view(line).substr(0, size), 7}}};
    RouteLines(decider_, format, failed_)(lines, output);
    return output;
  }

  std::string Results(const std::string& line, PromptFormat format = PromptFormat::kAuto) {
    const LineOutput output = Route(line, format);
    EXPECT_EQ(output.diagnostics, "");
    return output.results;
  }

  evidence_client::Scorer scorer_{std::make_unique<const LengthRouter>()};
  Decider decider_{&scorer_, "length", *Threshold::Create(0.05), "big \"one\"", "small", 10};
  std::atomic<bool> failed_ = false;
};

TEST_F(RouteLinesTest, APlainLine) {
  EXPECT_EQ(Results("abcd"),
            R"({"id":7,"win_rate":0.04,"model":"small","router":"length","threshold":0.05})"
            "\n");
  EXPECT_EQ(Results("abcde"),
            R"({"id":7,"win_rate":0.05,"model":"big \"one\"","router":"length","threshold":0.05})"
            "\n");
  EXPECT_THAT(Results("a line longer than what is scored"),
              ::testing::HasSubstr(R"("win_rate":0.1,)"));
  EXPECT_FALSE(failed_);
}

TEST_F(RouteLinesTest, JsonWithItsId) {
  EXPECT_THAT(Results(R"({"prompt":"abc","id":"q-1"})"),
              ::testing::StartsWith(R"({"id":"q-1","win_rate":0.03,)"));
  EXPECT_THAT(Results(R"({"id":12.50,"prompt":"abc"})"),
              ::testing::StartsWith(R"({"id":12.50,"win_rate":0.03,)"));
  EXPECT_THAT(Results(R"({"prompt":"abc"})"), ::testing::StartsWith(R"({"id":7,"win_rate":0.03,)"));
}

TEST_F(RouteLinesTest, TheLastUserTurnIsScored) {
  EXPECT_THAT(
      Results(
          R"({"messages":[{"role":"user","content":"first"},{"role":"assistant","content":"yes"},)"
          R"({"role":"user","content":[{"type":"text","text":"ab"},)"
          R"({"type":"image_url","image_url":{"url":"http://x"}}]}]})"),
      ::testing::HasSubstr(R"("win_rate":0.02,)"));
}

TEST_F(RouteLinesTest, TheFormatCanBeGiven) {
  EXPECT_THAT(Results(R"({"a})", PromptFormat::kLines),
              ::testing::HasSubstr(R"("win_rate":0.04,)"));
  EXPECT_THAT(Results(R"(  {"prompt":"abc"})", PromptFormat::kJsonl),
              ::testing::HasSubstr(R"("win_rate":0.03,)"));
}

TEST_F(RouteLinesTest, ABadLineSaysSo) {
  for (const char* line :
       {"", "{", R"({"prompt":5})", R"({"prompt":""})", R"({"messages":[]})", R"({"id":7})",
        R"({"messages":[{"role":"assistant","content":"x"}]})", "{\"prompt\":\"\xFF\"}"}) {
    failed_ = false;
    const LineOutput output = Route(line);
    EXPECT_THAT(output.results, ::testing::StartsWith(R"({"id":7,"error":")")) << line;
    EXPECT_TRUE(output.results.ends_with("\"}\n")) << output.results;
    EXPECT_THAT(output.diagnostics, ::testing::StartsWith("routellm: line 7: "));
    EXPECT_TRUE(failed_) << line;
  }
}

TEST_F(RouteLinesTest, AnErrorKeepsTheId) {
  EXPECT_EQ(Route(R"({"prompt":"","id":"q-9"})").results,
            R"({"id":"q-9","error":"there is no text to score"})"
            "\n");
}

}  // namespace
}  // namespace routellm::cli
