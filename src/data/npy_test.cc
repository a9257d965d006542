#include "data/npy.h"

#include <gmock/gmock.h>

#include "data/test_files.h"

namespace routellm::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

std::string Npy(const std::string& header, std::string_view data, char version = 1) {
  std::string file = "\x93NUMPY";
  file += version;
  file += '\0';
  file += static_cast<char>(header.size());
  file.append(version == 1 ? 1 : 3, '\0');
  return file.append(header).append(data);
}

template <typename T>
std::string Raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

class NpyTest : public testing::Test {
 protected:
  std::string Refusal(std::string_view file) const {
    const auto array = LoadNpy(folder_.Write("a.npy", file).string());
    return array ? "accepted" : array.error().ToString();
  }

  TestFolder folder_;
};

TEST_F(NpyTest, ReadsTheFloatTypesInAnyVersion) {
  const auto path = [&](std::string_view file) { return folder_.Write("a.npy", file).string(); };
  const auto single =
      LoadNpy(path(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   \n",
                       Raw<float>({1, 2, 3, 4, 5, 6}))));
  ASSERT_TRUE(single) << single.error().ToString();
  EXPECT_THAT(single->tensor.shape, ElementsAre(2, 3));
  EXPECT_THAT(*ToFloats(single->tensor), ElementsAre(1, 2, 3, 4, 5, 6));
  const auto wide = LoadNpy(path(Npy("{\"shape\":(2,),\"descr\":\"<f8\",\"fortran_order\":False}",
                                     Raw<double>({0.5, -2}), 2)));
  ASSERT_TRUE(wide) << wide.error().ToString();
  EXPECT_THAT(wide->tensor.shape, ElementsAre(2));
  EXPECT_THAT(*ToFloats(wide->tensor), ElementsAre(0.5F, -2.0F));
  const auto half = LoadNpy(path(Npy("{'descr': '<f2', 'fortran_order': False, 'shape': ()}",
                                     Raw<std::uint16_t>({0x3C00}), 3)));
  ASSERT_TRUE(half) << half.error().ToString();
  EXPECT_THAT(*ToFloats(half->tensor), ElementsAre(1.0F));
}

TEST_F(NpyTest, SaysWhatIsWrong) {
  const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}";
  const std::string data = Raw<float>({1, 2});
  const std::string file = Npy(good, data);
  EXPECT_EQ(Refusal(file), "accepted");
  for (std::size_t size = 0; size < file.size() - data.size(); ++size) {
    EXPECT_THAT(Refusal(file.substr(0, size)), EndsWith("cut off within its header")) << size;
  }
  EXPECT_THAT(Refusal(file.substr(0, file.size() - 1)), EndsWith("cut off or garbled"));
  EXPECT_THAT(Refusal(file + "x"), EndsWith("cut off or garbled"));
  EXPECT_THAT(Refusal(Npy(good, data, 9)), EndsWith("cut off within its header"));
  for (const char* header :
       {"", "{", "}", "{'descr': '<f4', 'shape': (2,)}", "{'descr': <f4}", "{'shape': (2 3)}",
        "{'shape': (-2,)}", "{'shape': (2,", "{'fortran_order': 0}", "{'other': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"}) {
    EXPECT_THAT(Refusal(Npy(header, data)), EndsWith("has a garbled header")) << header;
  }
  EXPECT_THAT(Refusal(Npy("{'descr': '>f4', 'fortran_order': False, 'shape': (2,)}", data)),
              EndsWith("has the type '>f4' where little-endian floats (<f8, <f4, <f2) are needed"));
  EXPECT_THAT(Refusal(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}", data)),
              EndsWith("is in Fortran order; C order is needed"));
  EXPECT_THAT(Refusal(Npy("{'descr': '<f8', 'fortran_order': False, "
                          "'shape': (4611686018427387904, 4)}",
                          data)),
              EndsWith("cut off or garbled"));
  EXPECT_EQ(LoadNpy((folder_.path() / "missing").string()).error().code, ErrorCode::kIo);
  EXPECT_EQ(LoadNpy(folder_.path().string()).error().code, ErrorCode::kIo);
}

TEST_F(NpyTest, ReadsBackWhatItWrites) {
  const std::string path = (folder_.path() / "saved.npy").string();
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  ASSERT_TRUE(SaveNpy(path, {Dtype::kF32, {3, 2}, AsBytes(values)}));
  const auto array = LoadNpy(path);
  ASSERT_TRUE(array) << array.error().ToString();
  EXPECT_THAT(array->tensor.shape, ElementsAre(3, 2));
  EXPECT_EQ(*ToFloats(array->tensor), values);
  EXPECT_EQ((array->file.size() - sizeof(float) * values.size()) % 64, 0U);
  EXPECT_EQ(SaveNpy((folder_.path() / "no/where.npy").string(), array->tensor).error().code,
            ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::data
