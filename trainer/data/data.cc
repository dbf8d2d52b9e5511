#include "trainer/data/data.h"

#include <exception>
#include <new>
#include <utility>

#include "shape/synthetic_task.h"
#include "trainer/data/data_files.h"
#include "trainer/data/synthetic/synthetic_data.h"
#include "trainer/data/token_corpus.h"

namespace isoshape {

std::unique_ptr<const Data> OpenData(const std::string& name) {
  if (IsSyntheticName(name)) return SyntheticData::Open(name);
  return TokenCorpus::Open(name);
}

const DataChange& DataWatch::Change() {
  if (!change_.what.empty() && !change_.unreadable) return change_;
  change_ = {(same_ != nullptr ? *same_ : data_).Change()};
  if (change_.what.empty()) return change_;
  try {
    auto now = OpenData(name_);
    if (now->facts().fingerprint == data_.facts().fingerprint) {
      same_ = std::move(now);
      change_ = {};
    }
  } catch (const DataUnreadable& error) {
    change_ = {error.what(), /*unreadable=*/true};
  } catch (const std::bad_alloc&) {
    change_.unreadable = true;
  } catch (const std::exception& error) {
    change_ = {error.what()};
  }
  return change_;
}

}  // namespace isoshape
