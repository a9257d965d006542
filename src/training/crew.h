// A fixed number of threads that run one task at a time together.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace routellm::training {

// For use by one thread, which works along as member 0.
class Crew {
 public:
  explicit Crew(unsigned size);  // at least 1
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  [[nodiscard]] unsigned size() const { return static_cast<unsigned>(threads_.size()) + 1; }

  // Calls task(member) for every member in 0..size()-1 at the same time and returns when all have
  // returned. The task must not throw.
  void Run(const std::function<void(unsigned member)>& task);

  // Runs task(index) for every index below `count`, member m taking the indices i with i mod size()
  // = m.
  void ForEach(std::size_t count, const std::function<void(std::size_t index)>& task);

 private:
  void Work(unsigned member);

  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  const std::function<void(unsigned)>* task_ = nullptr;  // protected by mutex_, as all below
  std::uint64_t round_ = 0;
  unsigned running_ = 0;
  bool stopping_ = false;

  std::vector<std::thread> threads_;  // constant after construction
};

}  // namespace routellm::training
