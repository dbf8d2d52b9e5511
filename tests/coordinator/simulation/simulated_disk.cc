#include "tests/coordinator/simulation/simulated_disk.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <new>
#include <system_error>
#include <utility>

#include "tests/read_file.h"

namespace isoshape {
namespace {

// What a disk writes as a whole or not at all.
constexpr size_t kSector = 512;

SimulatedDisk* g_disk = nullptr;

sqlite3_vfs* RealVfs() {
  static sqlite3_vfs* const real = sqlite3_vfs_find("unix");
  return real;
}

// An open file: this, and behind it what the real VFS has of it.
struct OpenFile {
  sqlite3_file base;
  const char* path;   // SQLite's; as long as the file is open
  bool syncs_folder;  // with its next sync
};

sqlite3_file* Real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<OpenFile*>(file) + 1);
}
std::string PathOf(sqlite3_file* file) {
  const char* const path = reinterpret_cast<OpenFile*>(file)->path;
  return path == nullptr ? "" : path;
}

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path();
}

// NOLINTBEGIN(readability-identifier-naming): SQLite's names of methods.
int xClose(sqlite3_file* f) { return Real(f)->pMethods->xClose(Real(f)); }
int xRead(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return Real(f)->pMethods->xRead(Real(f), to, size, at);
}
int xWrite(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  absl::MutexLock lock(g_disk->mutex());
  if (const int code = g_disk->Allow(PathOf(f)); code != SQLITE_OK) return code;
  g_disk->NoteWrite(PathOf(f), at, from, size);
  return Real(f)->pMethods->xWrite(Real(f), from, size, at);
}
int xTruncate(sqlite3_file* f, sqlite3_int64 size) {
  absl::MutexLock lock(g_disk->mutex());
  if (const int code = g_disk->Allow(PathOf(f)); code != SQLITE_OK) return code;
  g_disk->NoteTruncate(PathOf(f), size);
  return Real(f)->pMethods->xTruncate(Real(f), size);
}
int xSync(sqlite3_file* f, int /*flags*/) {
  absl::MutexLock lock(g_disk->mutex());
  const std::string path = PathOf(f);
  g_disk->AwaitSync(path);
  if (const int code = g_disk->Allow(path); code != SQLITE_OK) return code;
  if (!g_disk->NoteSync(path)) return SQLITE_IOERR_FSYNC;
  bool& syncs_folder = reinterpret_cast<OpenFile*>(f)->syncs_folder;
  if (std::exchange(syncs_folder, false) && g_disk->Allow(path) == SQLITE_OK) {
    // SQLite does not ask whether it is.
    [[maybe_unused]] const bool synced = g_disk->NoteFolderSync(FolderOf(path));
  }
  return SQLITE_OK;
}
int xFileSize(sqlite3_file* f, sqlite3_int64* size) {
  return Real(f)->pMethods->xFileSize(Real(f), size);
}
int xLock(sqlite3_file* f, int kind) {
  return Real(f)->pMethods->xLock(Real(f), kind);
}
int xUnlock(sqlite3_file* f, int kind) {
  return Real(f)->pMethods->xUnlock(Real(f), kind);
}
int xCheckReservedLock(sqlite3_file* f, int* out) {
  return Real(f)->pMethods->xCheckReservedLock(Real(f), out);
}
int xFileControl(sqlite3_file* f, int op, void* argument) {
  return Real(f)->pMethods->xFileControl(Real(f), op, argument);
}
int xSectorSize(sqlite3_file* /*f*/) { return kSector; }
// What the real VFS promises of every disk: a write that is cut short leaves
// the bytes beside it. Not that a page is written as a whole.
int xDeviceCharacteristics(sqlite3_file* /*f*/) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}
int xShmMap(sqlite3_file* f, int page, int size, int extend,
            void volatile** out) {
  return Real(f)->pMethods->xShmMap(Real(f), page, size, extend, out);
}
int xShmLock(sqlite3_file* f, int offset, int n, int flags) {
  return Real(f)->pMethods->xShmLock(Real(f), offset, n, flags);
}
void xShmBarrier(sqlite3_file* f) { Real(f)->pMethods->xShmBarrier(Real(f)); }
int xShmUnmap(sqlite3_file* f, int remove) {
  return Real(f)->pMethods->xShmUnmap(Real(f), remove);
}

const sqlite3_io_methods kMethods = {2,
                                     xClose,
                                     xRead,
                                     xWrite,
                                     xTruncate,
                                     xSync,
                                     xFileSize,
                                     xLock,
                                     xUnlock,
                                     xCheckReservedLock,
                                     xFileControl,
                                     xSectorSize,
                                     xDeviceCharacteristics,
                                     xShmMap,
                                     xShmLock,
                                     xShmBarrier,
                                     xShmUnmap,
                                     nullptr,
                                     nullptr};

int xOpen(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* f, int flags,
          int* out) {
  auto* const open = new (f) OpenFile{};
  open->path = name;
  open->syncs_folder =
      (flags & SQLITE_OPEN_CREATE) != 0 &&
      (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
  absl::MutexLock lock(g_disk->mutex());
  const std::string path = PathOf(f);
  const bool is_there = std::filesystem::exists(path);
  const bool makes =
      !path.empty() && (flags & SQLITE_OPEN_CREATE) != 0 && !is_there;
  if (makes && g_disk->Allow(path) != SQLITE_OK) return SQLITE_CANTOPEN;
  const int code = RealVfs()->xOpen(RealVfs(), name, Real(f), flags, out);
  if (code != SQLITE_OK) return code;
  open->base.pMethods = &kMethods;
  if (path.empty()) return SQLITE_OK;  // a temporary file
  // Who locks a new database has just made it, past SQLite.
  if (makes || ((flags & SQLITE_OPEN_MAIN_DB) != 0 &&
                g_disk->names()->Find(path) == nullptr &&
                std::filesystem::file_size(path) == 0)) {
    g_disk->NoteMade(path);
  } else {
    g_disk->Learn(path);
  }
  return SQLITE_OK;
}
int xDelete(sqlite3_vfs* /*vfs*/, const char* name, int sync) {
  absl::MutexLock lock(g_disk->mutex());
  if (const int code = g_disk->Allow(name); code != SQLITE_OK) return code;
  g_disk->Learn(name);
  const int code = RealVfs()->xDelete(RealVfs(), name, /*syncDir=*/0);
  if (code != SQLITE_OK) return code;
  g_disk->names()->Remove(name);
  if (sync == 0) return SQLITE_OK;
  return g_disk->Allow(name) == SQLITE_OK &&
                 g_disk->NoteFolderSync(FolderOf(name))
             ? SQLITE_OK
             : SQLITE_IOERR_DIR_FSYNC;
}
// NOLINTEND(readability-identifier-naming)

// All else is the real one's.
sqlite3_vfs* Vfs() {
  static sqlite3_vfs* const vfs = [] {
    auto* const made = new sqlite3_vfs(*RealVfs());
    made->pNext = nullptr;
    made->zName = "simulated";
    made->szOsFile = static_cast<int>(sizeof(OpenFile)) + RealVfs()->szOsFile;
    made->xOpen = xOpen;
    made->xDelete = xDelete;
    return made;
  }();
  return vfs;
}

}  // namespace

SimulatedDisk::SimulatedDisk(std::mt19937_64* random) : random_(random) {
  EXPECT_EQ(g_disk, nullptr);
  g_disk = this;
  sqlite3_vfs_register(Vfs(), /*makeDflt=*/1);
}

SimulatedDisk* SimulatedDisk::Now() { return g_disk; }

SimulatedDisk::~SimulatedDisk() {
  sqlite3_vfs_unregister(Vfs());
  sqlite3_vfs_register(RealVfs(), /*makeDflt=*/1);
  g_disk = nullptr;
}

void SimulatedDisk::DieIn(int operations, Death death) {
  absl::MutexLock lock(&mutex_);
  die_at_ = operations_ + operations;
  death_ = death;
}

void SimulatedDisk::FailIn(int operations) {
  absl::MutexLock lock(&mutex_);
  fail_at_ = operations_ + operations;
}

void SimulatedDisk::FailSync(std::string end, int syncs, int before) {
  absl::MutexLock lock(&mutex_);
  fail_sync_of_ = std::move(end);
  fail_syncs_ = syncs;
  syncs_before_ = before;
}

void SimulatedDisk::PlanNothing() {
  absl::MutexLock lock(&mutex_);
  PlanNothingLocked();
}

void SimulatedDisk::PlanNothingLocked() {
  die_at_ = fail_at_ = -1;
  refused_.reset();
  fail_syncs_ = 0;
}

void SimulatedDisk::Die(Death death) {
  absl::MutexLock lock(&mutex_);
  dead_ = true;
  death_ = death;
}

int SimulatedDisk::Allow(const std::string& path) {
  const int64_t now = operations_++;
  if (now == die_at_) dead_ = true;
  if (dead_) return SQLITE_IOERR_WRITE;
  const bool refused = refused_.has_value() && path.ends_with(*refused_);
  if (now != fail_at_ && !refused) return SQLITE_OK;
  ++failures_;
  return (*random_)() % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

void SimulatedDisk::Learn(const std::string& path) {
  if (!std::filesystem::exists(path)) return;
  if (const SimulatedNames::File known = names_.Find(path); known != nullptr) {
    if (!known->outlived) return;
    known->outlived = false;
    std::string content = known->durable;
    for (const Change& change : known->changes) Apply(change, &content);
    if (content == ReadFile(path)) return;
  }
  names_.Learn(path, std::make_shared<SimulatedFile>(
                         SimulatedFile{.durable = ReadFile(path)}));
}

void SimulatedDisk::NoteMade(const std::string& path) {
  names_.Make(path, std::make_shared<SimulatedFile>());
}

SimulatedFile& SimulatedDisk::FileAt(const std::string& path) {
  Learn(path);
  if (names_.Find(path) == nullptr) NoteMade(path);
  return *names_.Find(path);
}

void SimulatedDisk::NoteWrite(const std::string& path, int64_t offset,
                              const void* bytes, int size) {
  bytes_written_ += size;
  if (path.empty()) return;  // a temporary file
  FileAt(path).changes.push_back(
      {offset,
       std::string(static_cast<const char*>(bytes), static_cast<size_t>(size)),
       false, false});
}

void SimulatedDisk::NoteTruncate(const std::string& path, int64_t size) {
  if (path.empty()) return;
  FileAt(path).changes.push_back({size, "", true, false});
}

void SimulatedDisk::AwaitSync(const std::string& path) {
  const auto hangs = [&] {
    mutex_.AssertHeld();
    return hung_.has_value() && path.ends_with(*hung_);
  };
  if (!hangs()) return;
  const auto is_over = [&] { return !hangs(); };
  ++hanging_;
  mutex_.Await(absl::Condition(&is_over));
  --hanging_;
}

bool SimulatedDisk::NoteSync(const std::string& path) {
  if (path.empty()) return true;
  SimulatedFile& file = FileAt(path);
  if (SyncFails(path)) {
    for (Change& change : file.changes) change.lost = !change.truncates;
    return false;
  }
  // In their order, so that one of before lies below what was written over it.
  for (Change& change : file.changes) {
    if (change.lost) change = Remains(change);
    Apply(change, &file.durable);
  }
  file.changes.clear();
  return true;
}

bool SimulatedDisk::SyncFails(const std::string& path) {
  if (on_sync_) on_sync_();
  if (fail_syncs_ == 0 || !path.ends_with(fail_sync_of_)) return false;
  if (syncs_before_ > 0) {
    --syncs_before_;
    return false;
  }
  --fail_syncs_;
  ++failures_;
  return true;
}

bool SimulatedDisk::NoteFolderSync(const std::string& folder) {
  if (SyncFails(folder)) return false;
  names_.SyncFolder(folder);
  return true;
}

void SimulatedDisk::Apply(const Change& change, std::string* content) {
  const auto offset = static_cast<size_t>(change.offset);
  if (change.truncates) {
    if (content->size() > offset) content->resize(offset);
    return;
  }
  if (content->size() < offset + change.bytes.size()) {
    content->resize(offset + change.bytes.size());
  }
  content->replace(offset, change.bytes.size(), change.bytes);
}

SimulatedDisk::Change SimulatedDisk::Remains(Change change) {
  switch ((*random_)() % 3) {
    case 0:
      if (change.truncates) change.offset = INT64_MAX;  // it never was
      change.bytes.clear();
      break;
    case 1: {
      const size_t sectors = change.bytes.size() / kSector;
      if (sectors > 0) {
        change.bytes.resize(kSector * ((*random_)() % sectors));
      }
      break;
    }
    default:
      break;
  }
  return change;
}

void SimulatedDisk::Recover() {
  absl::MutexLock lock(&mutex_);
  if (dead_ && death_ == Death::kPower) LosePower();
  names_.ForgetDurable();
  names_.ForgetGone();
  dead_ = false;
  PlanNothingLocked();
}

void SimulatedDisk::LosePower() {
  SimulatedNames::Files left = names_.Survivors(*random_);
  for (const auto& [path, file] : names_.now()) {
    // Somebody has taken it away, past the disk.
    if (!std::filesystem::exists(path)) left.erase(path);
  }
  for (const std::string& path : names_.Heard()) {
    std::filesystem::remove(path);
    // The index of the log is memory, which does not outlive the machine.
    std::filesystem::remove(path + "-shm");
  }
  std::map<const SimulatedFile*, std::string> written;
  for (const auto& [path, file] : left) {
    const auto [first, is_new] = written.emplace(file.get(), path);
    if (!is_new) {
      std::filesystem::create_hard_link(first->second, path);
      continue;
    }
    for (Change& change : file->changes) {
      Apply(Remains(std::move(change)), &file->durable);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc)
        << file->durable << std::flush;
  }
  names_ = {};
}

}  // namespace isoshape
