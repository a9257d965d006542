#include "data/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "core/testing/temporary_folder.h"

namespace routellm::data {
namespace {

using Shape = std::vector<std::size_t>;

class SafetensorsTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Path(const char* name) const { return folder_.File(name); }

 private:
  TemporaryFolder folder_;
};

std::string File(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(data_bytes, '\0');
}

Result<Safetensors> Parse(const std::string& file) {
  return Safetensors::Parse(std::as_bytes(std::span(file)), "test.safetensors");
}

TEST_F(SafetensorsTest, WhatIsSavedIsLoaded) {
  const std::vector<float> floats{1.5f, -2.0f, 0.0f, 1e-30f, 3.0f, 4.0f};
  const std::vector<std::int8_t> bytes{-127, 0, 127};
  const std::string path = Path("a.safetensors");
  ASSERT_TRUE(SaveSafetensors(path,
                              {{"weight", {Dtype::kF32, {2, 3}, AsBytes(floats)}},
                               {"codes", {Dtype::kI8, {3}, AsBytes(bytes)}},
                               {"none", {Dtype::kF32, {0, 3}, {}}}},
                              {{"format", "test"}, {"note", "zwölf \"quoted\""}}));
  const auto file = Safetensors::Load(path);
  ASSERT_TRUE(file) << file.error().ToString();
  EXPECT_EQ(file->metadata().at("note"), "zwölf \"quoted\"");
  EXPECT_EQ(file->tensors().size(), 3u);
  EXPECT_EQ(*ToFloats(*file->Tensor("weight", Dtype::kF32, Shape{2, 3})), floats);
  EXPECT_EQ(*ToFloats(*file->Tensor("codes", Dtype::kI8, Shape{3})),
            (std::vector<float>{-127, 0, 127}));
  EXPECT_EQ(file->Tensor("weight", Dtype::kF32, Shape{3, 2}).error().public_message,
            path + ": tensor 'weight' is F32[2, 3], not F32[3, 2]");
  EXPECT_FALSE(file->Tensor("weight", Dtype::kF16, Shape{2, 3}));
  EXPECT_FALSE(file->Tensor("absent", Dtype::kF32, Shape{2, 3}));
}

TEST_F(SafetensorsTest, SavingReplacesTheFileOrLeavesIt) {
  const std::vector<float> one{1.0f};
  const std::string path = Path("a.safetensors");
  ASSERT_TRUE(SaveSafetensors(path, {{"x", {Dtype::kF32, {1}, AsBytes(one)}}}, {}));
  ASSERT_TRUE(SaveSafetensors(path, {{"y", {Dtype::kF32, {1}, AsBytes(one)}}}, {}));
  EXPECT_EQ(Safetensors::Load(path)->tensors().count("y"), 1u);
  EXPECT_EQ(std::distance(
                std::filesystem::directory_iterator(std::filesystem::path(path).parent_path()), {}),
            1);
  const auto refused = SaveSafetensors(Path("no/such/folder.safetensors"), {}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
}

TEST_F(SafetensorsTest, EveryCutIsNoticed) {
  const std::vector<float> floats{1, 2, 3, 4};
  const std::string path = Path("a.safetensors");
  ASSERT_TRUE(SaveSafetensors(path, {{"x", {Dtype::kF32, {4}, AsBytes(floats)}}}, {{"k", "v"}}));
  std::ifstream stream(path, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(stream)), {});
  ASSERT_TRUE(Parse(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto file = Parse(whole.substr(0, size));
    ASSERT_FALSE(file) << size;
    EXPECT_EQ(file.error().code, ErrorCode::kInvalidData);
    EXPECT_TRUE(file.error().public_message.starts_with("test.safetensors: "));
  }
  EXPECT_FALSE(Parse(whole + "x"));
}

TEST_F(SafetensorsTest, RefusesWhatDoesNotAgree) {
  const struct {
    const char* header;
    std::size_t data_bytes;
    const char* message;
  } cases[] = {
      {R"([])", 0, "no JSON object"},
      {R"({"x")", 0, "no JSON object"},
      {R"({"x":{"dtype":"F32","shape":[2]}})", 8, "tensor 'x' must have"},
      {R"({"x":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})", 8,
       "tensor 'x' has an unknown dtype"},
      {R"({"x":{"dtype":32,"shape":[2],"data_offsets":[0,8]}})", 8,
       "tensor 'x' has an unknown dtype"},
      {R"({"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}})", 8, "is not a list"},
      {R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8,
       "something else than sizes"},
      {R"({"x":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", 8,
       "something else than sizes"},
      {R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8, "does not fit its size"},
      {R"({"x":{"dtype":"F32","shape":[4611686018427387905,4],"data_offsets":[0,16]}})", 16,
       "does not fit its size"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})", 8, "two data_offsets"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8, "lies outside the file"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})", 8, "lies outside the file"},
      {R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
       12, "tensor 'y' overlaps another"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
       12, "bytes before tensor 'y'"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       8, "bytes before tensor 'x'"},
      {R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8,
       "bytes after the last tensor"},
      {R"({"__metadata__":{"k":1}})", 0, "something else than strings"},
      {R"({"__metadata__":[]})", 0, "no object"},
  };
  for (const auto& c : cases) {
    const auto file = Parse(File(c.header, c.data_bytes));
    ASSERT_FALSE(file) << c.header;
    EXPECT_NE(file.error().public_message.find(c.message), std::string::npos)
        << file.error().public_message;
  }
}

TEST_F(SafetensorsTest, RefusesAnAbsurdHeaderLength) {
  std::string file = File("{}", 0);
  file[7] = '\x7F';
  EXPECT_FALSE(Parse(file));
  EXPECT_TRUE(Parse(File("{}", 0)));
}

TEST_F(SafetensorsTest, AMissingFileIsAnIoError) {
  EXPECT_EQ(Safetensors::Load(std::filesystem::temp_directory_path()).error().code, ErrorCode::kIo);
  const auto file = Safetensors::Load(Path("absent"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kIo);
}

TEST(ToFloatsTest, HalfPrecision) {
  const std::vector<std::uint16_t> halves{0x3C00, 0xC000, 0x0001, 0x8000,
                                          0x7BFF, 0x3555, 0x7C00, 0x7E00};
  const auto values = ToFloats({Dtype::kF16, {8}, AsBytes(halves)});
  ASSERT_TRUE(values);
  EXPECT_EQ((*values)[0], 1.0f);
  EXPECT_EQ((*values)[1], -2.0f);
  EXPECT_EQ((*values)[2], 0x1p-24f);
  EXPECT_TRUE(std::signbit((*values)[3]));
  EXPECT_EQ((*values)[4], 65504.0f);
  EXPECT_EQ((*values)[5], 0.333251953125f);
  EXPECT_EQ((*values)[6], std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan((*values)[7]));
}

TEST(ToFloatsTest, BrainFloatsAndWhatIsNoFloat) {
  const std::vector<std::uint16_t> brains{0x3F80, 0xC049};
  EXPECT_EQ(*ToFloats({Dtype::kBF16, {2}, AsBytes(brains)}),
            (std::vector<float>{1.0f, -3.140625f}));
  EXPECT_FALSE(ToFloats({Dtype::kI64, {0}, {}}));
}

}  // namespace
}  // namespace routellm::data
