#include "tests/coordinator/simulation/simulated_names.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

namespace isoshape {

SimulatedNames::File SimulatedNames::Find(const std::string& path) const {
  const auto found = now_.find(path);
  return found == now_.end() ? nullptr : found->second;
}

void SimulatedNames::Learn(const std::string& path, File file) {
  const bool was_heard_of =
      std::any_of(changes_.begin(), changes_.end(),
                  [&](const Change& change) { return change.contains(path); });
  // Somebody has put it where another was.
  if (was_heard_of) return Make(path, std::move(file));
  durable_[path] = file;
  now_[path] = std::move(file);
}

void SimulatedNames::Make(const std::string& path, File file) {
  Do({{path, std::move(file)}});
}

void SimulatedNames::Remove(const std::string& path) { Do({{path, nullptr}}); }

void SimulatedNames::Link(const std::string& from, const std::string& to) {
  Do({{to, Find(from)}});
}

void SimulatedNames::Rename(const std::string& from, const std::string& to) {
  Do({{from, nullptr}, {to, Find(from)}});
}

void SimulatedNames::Do(Change change) {
  Apply(change, &now_);
  changes_.push_back(std::move(change));
}

void SimulatedNames::Apply(const Change& change, Files* files) {
  for (const auto& [path, file] : change) {
    if (file == nullptr) {
      files->erase(path);
    } else {
      (*files)[path] = file;
    }
  }
}

void SimulatedNames::SyncFolder(const std::string& folder) {
  std::vector<Change> others;
  for (Change& change : changes_) {
    const std::filesystem::path path = change.begin()->first;
    if (path.parent_path() == folder) {
      Apply(change, &durable_);
    } else {
      others.push_back(std::move(change));
    }
  }
  changes_ = std::move(others);
}

std::vector<std::string> SimulatedNames::Heard() const {
  std::set<std::string> paths;
  const auto add = [&](const Files& files) {
    for (const auto& [path, file] : files) paths.insert(path);
  };
  add(durable_);
  for (const Change& change : changes_) add(change);
  return {paths.begin(), paths.end()};
}

void SimulatedNames::ForgetDurable() {
  std::set<std::string> paths;
  std::set<File> files;
  for (const Change& change : changes_) {
    for (const auto& [path, file] : change) {
      paths.insert(path);
      files.insert({file, Find(path)});
      const auto found = durable_.find(path);
      if (found != durable_.end()) files.insert(found->second);
    }
  }
  for (Files* names : {&now_, &durable_}) {
    std::erase_if(*names, [&](const auto& name) {
      const auto& [path, file] = name;
      return !paths.contains(path) && !files.contains(file) &&
             file->changes.empty();
    });
    for (const auto& [path, file] : *names) file->outlived = true;
  }
}

void SimulatedNames::ForgetGone() {
  const auto has_gone = [](const auto& name) {
    const std::filesystem::path path = name.first;
    return !std::filesystem::exists(path.parent_path());
  };
  std::erase_if(now_, has_gone);
  std::erase_if(durable_, has_gone);
  std::erase_if(changes_, [&](const Change& change) {
    return std::any_of(change.begin(), change.end(), has_gone);
  });
}

SimulatedNames::Files SimulatedNames::Survivors(std::mt19937_64& random) const {
  Files files = durable_;
  std::set<std::string> stay;  // as they were, whatever came after that
  for (const Change& change : changes_) {
    const bool follows = std::none_of(
        change.begin(), change.end(),
        [&](const auto& entry) { return stay.contains(entry.first); });
    if (follows && random() % 2 == 0) {
      Apply(change, &files);
    } else {
      for (const auto& [path, file] : change) stay.insert(path);
    }
  }
  return files;
}

}  // namespace isoshape
