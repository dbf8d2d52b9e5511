#ifndef ISOSHAPE_TRAINER_CPU_PADDED_LAYOUT_H_
#define ISOSHAPE_TRAINER_CPU_PADDED_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "shape/shape.h"
#include "trainer/model/parameter_layout.h"

namespace isoshape::cpu {

// `count` rounded up to whole blocks of kBlock.
int64_t Padded(int64_t count);

// One axis of a tensor: sections of equal length, each followed by padding to
// whole blocks. A matrix of heads has one section for each head.
struct Axis {
  int64_t sections = 1;
  int64_t length = 1;

  int64_t size() const { return sections * length; }
  int64_t padded() const { return sections * Padded(length); }
};

// A tensor of ParameterLayout with its place in padded buffers.
struct PaddedSlot {
  std::string name;
  Axis rows, columns;  // a vector has one row, without padding
  bool matrix = false;
  int64_t offset = 0;       // floats, in padded buffers
  int64_t flat_offset = 0;  // floats, in buffers of ParameterLayout

  int64_t padded_rows() const { return matrix ? rows.padded() : 1; }
  int64_t padded_size() const { return padded_rows() * columns.padded(); }
};

// Where the tensors of a shape lie in the buffers of CpuEngine: in the groups
// of ParameterLayout, with rows and columns padded so that kernels meet no
// remainders. All padding is 0 and stays so: nothing that it is multiplied
// with gives it a gradient.
struct PaddedLayout {
  std::vector<PaddedSlot> slots;
  std::vector<ParameterGroup> groups;  // in padded buffers
  int64_t size = 0;

  // The slot, or null.
  const PaddedSlot* Find(const std::string& name) const;
  // Between a buffer of ParameterLayout and a padded one.
  void FromFlat(const float* flat, float* padded) const;
  void ToFlat(const float* padded, float* flat) const;
};

PaddedLayout PadLayout(const Shape& shape, const ParameterLayout& layout);

}  // namespace isoshape::cpu

#endif  // ISOSHAPE_TRAINER_CPU_PADDED_LAYOUT_H_
