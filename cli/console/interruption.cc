#include "cli/console/interruption.h"

#include <atomic>

#include "common/process/ending_signals.h"

namespace isoshape {
namespace {

// Set by the signals.
std::atomic<bool> g_interrupted{false};
std::atomic<bool> g_installed{false};
// Cancelled by them.
std::atomic<Cancellation*> g_computation{nullptr};

void Interrupt(int /*signal*/) {
  g_interrupted = true;
  if (Cancellation* const computation = g_computation) computation->Cancel();
}

}  // namespace

Interruption::Interruption(Cancellation* computation) {
  g_interrupted = false;
  g_computation = computation;
  struct sigaction action = {};
  action.sa_handler = Interrupt;
  for (const int number : EndingSignals()) {
    struct sigaction old = {};
    sigaction(number, &action, &old);
    old_.emplace_back(number, old);
  }
  g_installed = true;
}

Interruption::~Interruption() {
  for (const auto& [number, old] : old_) sigaction(number, &old, nullptr);
  g_computation = nullptr;
  g_installed = false;
}

bool Interruption::Seen() { return g_interrupted; }

bool Interruption::Installed() { return g_installed; }

}  // namespace isoshape
