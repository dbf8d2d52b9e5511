#ifndef ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_NAMES_H_
#define ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_NAMES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace isoshape {

// What a simulated disk has of a file: what was synced, and what came since.
struct SimulatedFile {
  struct Change {
    int64_t offset = 0;
    std::string bytes;
    bool truncates = false;  // at `offset`
    bool lost = false;  // a sync of it failed, and no other brings it there
  };
  std::string durable;
  std::vector<Change> changes{};  // since then
  // Its process has died, and nobody has looked at it since: somebody may write
  // it past the disk.
  bool outlived = false;
};

// The names of files on a simulated disk. A file that was made, renamed or
// removed is sure to be called so after a loss of power only if its folder was
// synced: each such change may be there or not, all of it, but that none is
// there without those before it of the same name. Not thread-safe.
class SimulatedNames {
 public:
  using File = std::shared_ptr<SimulatedFile>;
  using Files = std::map<std::string, File>;  // by path

  // Null if there is none, or it was never heard of.
  File Find(const std::string& path) const;
  // It was there before anybody looked.
  void Learn(const std::string& path, File file);
  void Make(const std::string& path, File file);
  // Known ones.
  void Remove(const std::string& path);
  void Link(const std::string& from, const std::string& to);
  void Rename(const std::string& from, const std::string& to);

  void SyncFolder(const std::string& folder);

  const Files& now() const { return now_; }
  // All names that a file has or had.
  std::vector<std::string> Heard() const;
  // All but what was not synced, of files and of their names, as that was there
  // before anybody looks again.
  void ForgetDurable();
  // What is in folders that are not there any more.
  void ForgetGone();
  // What a loss of power leaves.
  Files Survivors(std::mt19937_64& random) const;

 private:
  // What each of some names stands for then; null: nothing.
  using Change = Files;

  void Do(Change change);
  static void Apply(const Change& change, Files* files);

  Files now_;
  Files durable_;
  std::vector<Change> changes_;  // since then, in their order
};

}  // namespace isoshape

#endif  // ISOSHAPE_TESTS_COORDINATOR_SIMULATION_SIMULATED_NAMES_H_
