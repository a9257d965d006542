#include "http_client/fetch_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "core/testing/temporary_folder.h"
#include "http_client/sha256.h"
#include "http_client/testing/scripted_server.h"

namespace routellm::http_client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kContent = "0123456789";
constexpr const char* kSha256 = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

Reply Rest(std::size_t start, std::string_view fields = "") {
  return Answer(
      "206 Partial Content", kContent.substr(start),
      "content-range: bytes " + std::to_string(start) + "-9/10\r\n" + std::string(fields));
}

// An answer that ends after `sent` bytes of the whole file.
Reply Broken(std::size_t sent, std::string_view fields = "") {
  Reply reply = Answer("200 OK", kContent, fields);
  reply.bytes.resize(reply.bytes.size() - kContent.size() + sent);
  reply.then = Then::kClose;
  return reply;
}

class FetchFileTest : public ::testing::Test {
 protected:
  Result<Fetched> Fetch(ScriptedServer& server, std::string sha256 = kSha256) {
    return FetchFile(client_,
                     {.url = server.Url("/file?key=secret"),
                      .path = path_,
                      .bytes = kContent.size(),
                      .sha256 = std::move(sha256)},
                     {.attempts = 3}, world_, [this](std::uint64_t bytes) { bytes_ += bytes; });
  }

  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static bool Exists(const std::string& path) { return std::filesystem::exists(path); }
  void WritePart(std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path());
    std::ofstream(part_, std::ios::binary) << text;
  }
  void ExpectWhole(const Result<Fetched>& fetched) {
    ASSERT_TRUE(fetched) << fetched.error().ToString();
    EXPECT_EQ(*fetched, Fetched::kDownloaded);
    EXPECT_EQ(Read(path_), kContent);
    EXPECT_FALSE(Exists(part_));
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.File("sub/file");
  const std::string part_ = path_ + ".part";
  std::atomic<bool> cancelled_ = false;
  Client client_{cancelled_};
  RetryWorld world_{.now = &std::chrono::system_clock::now,
                    .uniform = [] { return 0.0; },
                    .wait = [](std::chrono::milliseconds) { return true; }};
  std::uint64_t bytes_ = 0;
};

TEST_F(FetchFileTest, DownloadsOnceAndThenFindsTheFile) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", kContent); });
  ExpectWhole(Fetch(server));
  EXPECT_EQ(bytes_, kContent.size());
  EXPECT_FALSE(server.requests().front().Has("range"));
  const auto again = Fetch(server);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, Fetched::kWasThere);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(FetchFileTest, ReplacesAFileWithOtherContent) {
  WritePart("");
  std::ofstream(path_) << "012345678X";
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", kContent); });
  ExpectWhole(Fetch(server));
}

TEST_F(FetchFileTest, ResumesWithinOneCallByTheStrongETag) {
  ScriptedServer server([](const auto&, std::size_t number) {
    return number == 0 ? Broken(4, "etag: \"one\"\r\n") : Rest(4);
  });
  ExpectWhole(Fetch(server));
  EXPECT_TRUE(server.requests().at(1).Has("\r\nrange: bytes=4-"));
  EXPECT_TRUE(server.requests().at(1).Has("\r\nif-range: \"one\""));
  EXPECT_EQ(bytes_, kContent.size());
}

TEST_F(FetchFileTest, DoesNotNameAWeakETag) {
  ScriptedServer server([](const auto&, std::size_t number) {
    return number == 0 ? Broken(4, "etag: W/\"one\"\r\n") : Rest(4);
  });
  ExpectWhole(Fetch(server));
  EXPECT_FALSE(server.requests().at(1).Has("if-range"));
}

TEST_F(FetchFileTest, ResumesWhatAFormerCallLeft) {
  WritePart("0123456");
  ScriptedServer server([](const auto&, std::size_t) { return Rest(7); });
  ExpectWhole(Fetch(server));
  EXPECT_EQ(bytes_, 3U);
}

TEST_F(FetchFileTest, TakesTheWholeFileFromAServerThatKnowsNoRanges) {
  WritePart("XXXXXXX");
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", kContent); });
  ExpectWhole(Fetch(server));
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(FetchFileTest, StartsAgainAfter416AndAfterAnotherRange) {
  WritePart("0123456");
  ScriptedServer unsatisfiable([](const ReceivedRequest& request, std::size_t) {
    return request.Has("range:")
               ? Answer("416 Range Not Satisfiable", "no", "content-range: bytes */5\r\n")
               : Answer("200 OK", kContent);
  });
  ExpectWhole(Fetch(unsatisfiable));

  std::filesystem::remove(path_);
  WritePart("0123456");
  ScriptedServer other([](const ReceivedRequest& request, std::size_t) {
    return request.Has("range:") ? Rest(2) : Answer("200 OK", kContent);
  });
  ExpectWhole(Fetch(other));
}

TEST_F(FetchFileTest, StartsAgainWhenTheRestDoesNotFitWhatWasThere) {
  WritePart("XXXXXXX");
  ScriptedServer server([](const ReceivedRequest& request, std::size_t) {
    return request.Has("range:") ? Rest(7) : Answer("200 OK", kContent);
  });
  ExpectWhole(Fetch(server));
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(FetchFileTest, FinishesAWholePartWithoutARequest) {
  WritePart(kContent);
  ScriptedServer server([](const auto&, std::size_t) { return Answer("500 No", ""); });
  ExpectWhole(Fetch(server));
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(FetchFileTest, StartsAgainFromAPartThatIsTooLong) {
  WritePart("0123456789XXX");
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", kContent); });
  ExpectWhole(Fetch(server));
}

TEST_F(FetchFileTest, RefusesOtherContentAndKeepsNothing) {
  for (const std::string_view content : {"012345678X", "012345678", "0123456789X", ""}) {
    ScriptedServer server([&](const auto&, std::size_t) { return Answer("200 OK", content); });
    const auto fetched = Fetch(server);
    ASSERT_FALSE(fetched) << content;
    EXPECT_EQ(fetched.error().code, ErrorCode::kInvalidData);
    EXPECT_THAT(fetched.error().ToString(), HasSubstr("/file: expected 10 bytes"));
    EXPECT_THAT(fetched.error().ToString(), Not(HasSubstr("secret")));
    EXPECT_FALSE(Exists(path_) || Exists(part_)) << content;
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST_F(FetchFileTest, LeavesNoEmptyFileBehind) {
  ScriptedServer missing([](const auto&, std::size_t) { return Answer("404 Not Found", "gone"); });
  EXPECT_EQ(Fetch(missing).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(Exists(part_));
}

TEST_F(FetchFileTest, NamesTheStatusAndKeepsWhatCame) {
  WritePart("0123");
  ScriptedServer missing([](const auto&, std::size_t) { return Answer("404 Not Found", "gone"); });
  EXPECT_EQ(Fetch(missing).error().code, ErrorCode::kNotFound);
  ScriptedServer broken([](const auto&, std::size_t) { return Answer("503 No", "busy"); });
  const auto fetched = Fetch(broken);
  EXPECT_EQ(fetched.error().code, ErrorCode::kUpstreamUnavailable);
  EXPECT_THAT(fetched.error().detail, HasSubstr("status 503"));
  EXPECT_EQ(broken.requests().size(), 3U);
  EXPECT_EQ(Read(part_), "0123");
}

TEST_F(FetchFileTest, ACancelledDownloadCanBeResumed) {
  // The first download may be cancelled before it has seen any of the six bytes.
  ScriptedServer server([this](const auto& request, std::size_t number) {
    if (number > 0) return request.Has("range:") ? Rest(6) : Answer("200 OK", kContent);
    cancelled_ = true;
    Reply reply = Broken(6);
    reply.then = Then::kStall;
    return reply;
  });
  const auto fetched = Fetch(server);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kCancelled);
  EXPECT_FALSE(Exists(path_));
  cancelled_ = false;
  ExpectWhole(Fetch(server));
}

TEST_F(FetchFileTest, LeavesAFileToTheProcessThatDownloadsIt) {
  WritePart("0123");
  const int other = ::open(part_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", kContent); });
  EXPECT_EQ(Fetch(server).error().code, ErrorCode::kIo);
  ::close(other);
  EXPECT_EQ(server.connections(), 0U);
  EXPECT_EQ(Read(part_), "0123");
}

TEST_F(FetchFileTest, SaysWhereItCannotWrite) {
  ScriptedServer server([](const auto&, std::size_t) { return Answer("200 OK", kContent); });
  std::ofstream(folder_.File("sub")) << "a file, not a folder";
  const auto fetched = Fetch(server);
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code, ErrorCode::kIo);
  EXPECT_THAT(fetched.error().detail, HasSubstr(folder_.File("sub")));
}

TEST(FileSha256Test, GivesTheKnownDigests) {
  const TemporaryFolder folder;
  const std::string path = folder.File("x");
  std::ofstream(path) << "abc";  // FIPS 180-4's example
  EXPECT_EQ(FileSha256(path), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  std::ofstream{path};
  EXPECT_EQ(FileSha256(path), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(FileSha256(folder.File("missing")).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::http_client
