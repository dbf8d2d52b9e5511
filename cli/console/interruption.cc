#include "cli/console/interruption.h"

#include <atomic>

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
  sigaction(SIGINT, &action, &old_interrupt_);
  sigaction(SIGTERM, &action, &old_terminate_);
  sigaction(SIGHUP, nullptr, &old_hangup_);
  if (old_hangup_.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  g_installed = true;
}

Interruption::~Interruption() {
  sigaction(SIGINT, &old_interrupt_, nullptr);
  sigaction(SIGTERM, &old_terminate_, nullptr);
  sigaction(SIGHUP, &old_hangup_, nullptr);
  g_computation = nullptr;
  g_installed = false;
}

bool Interruption::Seen() { return g_interrupted; }

bool Interruption::Installed() { return g_installed; }

}  // namespace isoshape
