#include "trainer/cpu/padded_layout.h"

#include <algorithm>

#include "trainer/cpu/kernels.h"

namespace isoshape::cpu {
namespace {

// `3.qkv` -> `qkv`.
std::string NameInBlock(const std::string& name) {
  return name.substr(name.find('.') + 1);
}

PaddedSlot PadSlot(const Shape& shape, const ParameterSlot& slot) {
  PaddedSlot padded;
  padded.name = slot.name;
  padded.matrix = slot.sizes.size() == 2;
  padded.flat_offset = slot.offset;
  padded.rows.length = padded.matrix ? slot.sizes[0] : 1;
  padded.columns.length = slot.sizes.back();
  const std::string name = NameInBlock(slot.name);
  if (name == "qkv") {
    padded.rows = {shape.heads + 2 * shape.kv_heads, shape.head_dim};
  } else if (name == "qkv_bias") {
    padded.columns = {shape.heads + 2 * shape.kv_heads, shape.head_dim};
  } else if (name == "out") {
    padded.columns = {shape.heads, shape.head_dim};
  } else if (shape.activation == Activation::kSwiglu && name == "up") {
    padded.rows = {2, shape.ffn_width};
  } else if (shape.activation == Activation::kSwiglu && name == "up_bias") {
    padded.columns = {2, shape.ffn_width};
  }
  return padded;
}

// Calls visit(flat, padded, count) for every run of neighbours of a slot.
template <typename Visit>
void VisitRuns(const PaddedSlot& slot, const Visit& visit) {
  const int64_t stride = slot.columns.padded();
  int64_t flat = slot.flat_offset;
  for (int64_t row = 0; row < slot.rows.size(); ++row) {
    const int64_t padded_row =
        row / slot.rows.length * Padded(slot.rows.length) +
        row % slot.rows.length;
    for (int64_t section = 0; section < slot.columns.sections; ++section) {
      visit(flat,
            slot.offset + padded_row * stride +
                section * Padded(slot.columns.length),
            slot.columns.length);
      flat += slot.columns.length;
    }
  }
}

}  // namespace

int64_t Padded(int64_t count) { return (count + kBlock - 1) / kBlock * kBlock; }

const PaddedSlot* PaddedLayout::Find(const std::string& name) const {
  const auto found =
      std::find_if(slots.begin(), slots.end(),
                   [&](const PaddedSlot& slot) { return slot.name == name; });
  return found == slots.end() ? nullptr : &*found;
}

void PaddedLayout::FromFlat(const float* flat, float* padded) const {
  std::fill(padded, padded + size, 0.0f);
  for (const PaddedSlot& slot : slots) {
    VisitRuns(slot, [&](int64_t from, int64_t to, int64_t count) {
      std::copy(flat + from, flat + from + count, padded + to);
    });
  }
}

void PaddedLayout::ToFlat(const float* padded, float* flat) const {
  for (const PaddedSlot& slot : slots) {
    VisitRuns(slot, [&](int64_t to, int64_t from, int64_t count) {
      std::copy(padded + from, padded + from + count, flat + to);
    });
  }
}

PaddedLayout PadLayout(const Shape& shape, const ParameterLayout& layout) {
  PaddedLayout padded;
  for (const ParameterSlot& slot : layout.parameters) {
    padded.slots.push_back(PadSlot(shape, slot));
  }
  for (const ParameterGroup& group : layout.groups) {
    ParameterGroup place{group.kind, padded.size, 0};
    for (size_t i = 0; i < padded.slots.size(); ++i) {
      if (layout.parameters[i].kind != group.kind) continue;
      padded.slots[i].offset = padded.size;
      padded.size += padded.slots[i].padded_size();
    }
    place.length = padded.size - place.offset;
    padded.groups.push_back(place);
  }
  return padded;
}

}  // namespace isoshape::cpu
