// Counts what the steady loop of CpuEngine allocates. The replaced operators
// serve the whole test program; they count only while a test asks for it.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/trainer/small_run.h"
#include "trainer/cpu/cpu_engine.h"

namespace {
std::atomic<bool> counting{false};
std::atomic<int> allocations{0};
}  // namespace

void* operator new(size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace isoshape::cpu {
namespace {

TEST(CpuEngineAllocationsTest, StepsAllocateNothing) {
  const RunSpec spec = SmallRun();
  CpuEngine engine(spec, 2);
  const Batch batch = RandomBatch(4, 16, 256, 1);
  counting = true;
  for (int step = 0; step < 3; ++step) engine.Step(batch, 1);
  engine.Drain();
  counting = false;
  EXPECT_EQ(allocations, 0);
  counting = true;
  ::operator delete(::operator new(1));
  counting = false;
  EXPECT_EQ(allocations, 1) << "allocations are not counted";
}

}  // namespace
}  // namespace isoshape::cpu
