// Load on an HTTP server, with every answer compared byte for byte with one that came straight from
// the upstream:
//
//   routellm_load rate PORT DIRECT_PORT BODY_FILE REQUESTS_PER_SECOND SECONDS
//   routellm_load streams PORT DIRECT_PORT BODY_FILE CONCURRENT_STREAMS ROUNDS
//
// `rate` sends at fixed times, whether or not the server keeps up, so that a slow answer does not
// thin out the load. Prints one JSON object; status 1 if an answer was wrong.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRateConnections = 32;

class Connection {
 public:
  Connection(asio::io_context& loop, unsigned short port, const std::string& body) : socket_(loop) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay(true));
    request_ = {http::verb::post, "/v1/chat/completions", 11, body};
    request_.set(http::field::host, "127.0.0.1");
    request_.set(http::field::content_type, "application/json");
    request_.prepare_payload();
  }

  // The answer's body; empty for another status than 200.
  asio::awaitable<std::string> Ask() {
    co_await http::async_write(socket_, request_, use_awaitable);
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    co_await http::async_read(socket_, buffer_, parser, use_awaitable);
    co_return parser.get().result_int() == 200 ? std::move(parser.get().body()) : std::string();
  }

 private:
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
};

struct Tally {
  std::vector<double> latencies_ms;
  std::size_t wrong = 0;
};

struct Job {
  unsigned short port;
  unsigned short direct_port;
  std::string body;
  std::size_t width;   // requests a second, or streams at once
  std::size_t length;  // seconds, or rounds
};

// Asks at `first`, `first + step`, ...; a request that has to wait for the one before it is late
// from its due time on.
asio::awaitable<void> AskOnSchedule(asio::io_context& loop, const Job& job,
                                    const std::string& expected, Clock::time_point first,
                                    Clock::duration step, std::size_t count, Tally& tally) {
  Connection connection(loop, job.port, job.body);
  asio::steady_timer timer(loop);
  for (std::size_t i = 0; i < count; ++i) {
    const auto due = first + step * i;
    auto begin = due;
    if (Clock::now() < due) {
      timer.expires_at(due);
      co_await timer.async_wait(use_awaitable);
      begin = Clock::now();
    }
    if (co_await connection.Ask() != expected) ++tally.wrong;
    tally.latencies_ms.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
}

void Rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

std::string AskDirectly(const Job& job) {
  asio::io_context loop{1};
  Connection connection(loop, job.direct_port, job.body);
  std::string answer;
  co_spawn(
      loop, [&]() -> asio::awaitable<void> { answer = co_await connection.Ask(); }, Rethrow);
  loop.run();
  return answer;
}

Tally RunRate(const Job& job, const std::string& expected) {
  Tally tally;
  asio::io_context loop{1};
  const auto start = Clock::now() + std::chrono::milliseconds(100);
  const auto gap = std::chrono::nanoseconds(1'000'000'000 / job.width);
  const auto count = job.width * job.length / kRateConnections;
  for (std::size_t i = 0; i < kRateConnections; ++i) {
    co_spawn(
        loop,
        AskOnSchedule(loop, job, expected, start + gap * i, gap * kRateConnections, count, tally),
        Rethrow);
  }
  loop.run();
  return tally;
}

Tally RunStreams(const Job& job, const std::string& expected) {
  Tally tally;
  asio::io_context loop{1};
  const auto start = Clock::now();
  for (std::size_t i = 0; i < job.width; ++i) {
    co_spawn(loop,
             AskOnSchedule(loop, job, expected, start, Clock::duration::zero(), job.length, tally),
             Rethrow);
  }
  loop.run();
  return tally;
}

double Percentile(const std::vector<double>& sorted, double share) {
  return sorted.empty()
             ? 0
             : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  const std::string kind = argc == 7 ? argv[1] : "";
  if (kind != "rate" && kind != "streams") {
    fmt::print(stderr,
               "usage: routellm_load rate|streams PORT DIRECT_PORT BODY_FILE WIDTH LENGTH\n");
    return 2;
  }
  std::ifstream file(argv[4], std::ios::binary);
  const Job job{static_cast<unsigned short>(std::stoi(argv[2])),
                static_cast<unsigned short>(std::stoi(argv[3])),
                std::string(std::istreambuf_iterator<char>(file), {}), std::stoul(argv[5]),
                std::stoul(argv[6])};
  const auto expected = AskDirectly(job);
  if (expected.empty()) {
    fmt::print(stderr, "the upstream itself did not answer\n");
    return 1;
  }
  auto tally = kind == "rate" ? RunRate(job, expected) : RunStreams(job, expected);
  std::sort(tally.latencies_ms.begin(), tally.latencies_ms.end());
  fmt::print(R"({{"answers":{},"wrong":{},"p50_ms":{:.4f},"p99_ms":{:.4f},"max_ms":{:.4f}}})"
             "\n",
             tally.latencies_ms.size(), tally.wrong, Percentile(tally.latencies_ms, 0.5),
             Percentile(tally.latencies_ms, 0.99), Percentile(tally.latencies_ms, 1.0));
  return tally.wrong == 0 && !tally.latencies_ms.empty() ? 0 : 1;
}
