#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_DISK_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_DISK_H_

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace isoshape {

// The disk below every SQLite connection of this process, while it lives: a VFS
// over the real one, whose files lie in a folder of the test. It knows which
// writes were synced, and nothing is synced in truth. The machine can be made
// to lose power, or the process to die, at any write, truncation or sync; every
// one after it fails. When all connections are closed, Recover() leaves in the
// files what a disk would hold. https://www.sqlite.org/vfs.html.
//
// One at a time; not thread-safe.
class SimulatedDisk {
 public:
  // `random` outlives it.
  explicit SimulatedDisk(std::mt19937_64* random);
  ~SimulatedDisk();
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  // What is left of the writes that were not synced.
  enum class Death {
    kProcess,  // all of them: the kernel has them
    kPower,    // of each, nothing, all, or the first sectors
  };
  // The `operations`-th operation from now, from 0, is not done any more.
  void DieIn(int operations, Death death);
  // The same, but that operation alone fails, with an error of input and
  // output or a full disk.
  void FailIn(int operations);
  // As long as this is set, no file whose name ends so can be written or
  // synced; "": none at all.
  void Refuse(std::optional<std::string> end) { refused_ = std::move(end); }
  // Takes back what was planned and has not happened.
  void PlanNothing();

  bool dead() const { return dead_; }
  // Since the disk was made.
  int64_t operations() const { return operations_; }
  int64_t failures() const { return failures_; }
  int64_t bytes_written() const { return bytes_written_; }

  // Everything is closed: the files become what is left, and work again.
  void Recover();
  // As if the machine had died now, between two operations.
  void Die(Death death);

  // For the VFS. The result code of an operation that may not be done.
  int Allow(const std::string& path);
  void NoteOpen(const std::string& path);
  void NoteWrite(const std::string& path, int64_t offset, const void* bytes,
                 int size);
  void NoteTruncate(const std::string& path, int64_t size);
  void NoteSync(const std::string& path);
  void NoteDelete(const std::string& path);

 private:
  struct Change {
    int64_t offset = 0;
    std::string bytes;
    bool truncates = false;  // at `offset`
  };
  struct File {
    std::string durable;
    std::vector<Change> changes;  // since then
  };

  static void Apply(const Change& change, std::string* content);
  // What is left of a change after a loss of power.
  Change Remains(Change change);

  std::mt19937_64* const random_;
  std::map<std::string, File> files_;
  bool dead_ = false;
  Death death_ = Death::kProcess;
  int64_t operations_ = 0;
  int64_t failures_ = 0;
  int64_t bytes_written_ = 0;
  int64_t die_at_ = -1;
  int64_t fail_at_ = -1;
  std::optional<std::string> refused_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_DISK_H_
