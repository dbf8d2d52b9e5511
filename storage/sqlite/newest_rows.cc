#include "storage/sqlite/newest_rows.h"

#include <cassert>
#include <variant>

namespace isoshape {

std::optional<NewestRows::Row> NewestRows::RowOf(const Mutation& mutation) {
  if (const auto* trial = std::get_if<PutTrial>(&mutation)) {
    return Row(mutation.index(), trial->trial.name());
  }
  if (const auto* campaign = std::get_if<PutCampaign>(&mutation)) {
    return Row(mutation.index(), campaign->campaign.name());
  }
  if (const auto* counter = std::get_if<PutCounter>(&mutation)) {
    return Row(mutation.index(), counter->name);
  }
  // A worker that is deleted is the same row as one that is put.
  if (const auto* worker = std::get_if<PutWorker>(&mutation)) {
    return Row(mutation.index(), worker->worker.name());
  }
  if (const auto* worker = std::get_if<DeleteWorker>(&mutation)) {
    return Row(Mutation(PutWorker()).index(), worker->name);
  }
  return std::nullopt;
}

void NewestRows::Add(const std::vector<Mutation>& commit) {
  for (const Mutation& mutation : commit) {
    assert(!std::holds_alternative<DeleteCampaign>(mutation));
    if (const auto row = RowOf(mutation)) newest_[*row] = &mutation;
  }
}

const Mutation* NewestRows::Take(const Mutation& mutation) {
  const auto row = RowOf(mutation);
  return row ? std::exchange(newest_.at(*row), nullptr) : &mutation;
}

}  // namespace isoshape
