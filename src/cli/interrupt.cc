#include "cli/interrupt.h"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>

#include <CLI/Error.hpp>

namespace routellm::cli {
namespace {

std::atomic<bool> interrupted = false;

void Note(int) { interrupted = true; }

}  // namespace

const std::atomic<bool>& Interrupted() { return interrupted; }

InterruptGuard::InterruptGuard()
    : old_int_(std::signal(SIGINT, &Note)), old_term_(std::signal(SIGTERM, &Note)) {}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, old_int_);
  std::signal(SIGTERM, old_term_);
}

void ExitInterrupted() {
  fmt::print(stderr, "\nroutellm: interrupted; nothing was written\n");
  throw CLI::RuntimeError(kExitInterrupted);
}

}  // namespace routellm::cli
