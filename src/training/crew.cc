#include "training/crew.h"

namespace routellm::training {

Crew::Crew(unsigned size) {
  for (unsigned member = 1; member < size; ++member) {
    threads_.emplace_back([this, member] { Work(member); });
  }
}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  start_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Crew::Run(const std::function<void(unsigned)>& task) {
  {
    const std::lock_guard lock(mutex_);
    task_ = &task;
    running_ = static_cast<unsigned>(threads_.size());
    ++round_;
  }
  start_.notify_all();
  task(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return running_ == 0; });
}

void Crew::ForEach(std::size_t count, const std::function<void(std::size_t)>& task) {
  Run([&](unsigned member) {
    for (std::size_t index = member; index < count; index += size()) task(index);
  });
}

void Crew::Work(unsigned member) {
  std::uint64_t seen = 0;
  for (;;) {
    const std::function<void(unsigned)>* task = nullptr;
    {
      std::unique_lock lock(mutex_);
      start_.wait(lock, [&] { return stopping_ || round_ != seen; });
      if (stopping_) return;
      seen = round_;
      task = task_;
    }
    (*task)(member);
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) done_.notify_one();
  }
}

}  // namespace routellm::training
