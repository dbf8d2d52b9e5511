#ifndef ISOSHAPE_SEARCH_PARETO_DOMINATED_VOLUME_H_
#define ISOSHAPE_SEARCH_PARETO_DOMINATED_VOLUME_H_

#include <cstddef>
#include <vector>

namespace isoshape {

// A figure that is known within a normal error; 0: exactly.
struct NormalFigure {
  double mean = 0;
  double deviation = 0;
};

// The volume of what some points in two or three figures, of which less is
// better, dominate up to a reference (the hypervolume indicator; Zitzler and
// Thiele 1999), and by how much a further point is expected to add to it.
//
// A point y adds the volume of what is above it, below the reference and not
// dominated. Its expectation is therefore the integral over what is not
// dominated of the chance that y is below u in all figures, which for
// independent figures is a product. Cut into boxes [a, b) by the coordinates of
// the points, with all of the last figure below h,
//
//   E = sum over boxes of prod_k (G_k(b_k) - G_k(a_k)) * G_last(h)
//
// where G(b) = E max(0, b - Y) is the expected improvement on b: exact, and for
// two figures the closed form by strips of Emmerich, Yang et al. 2017. Takes
// n boxes of n points on the front for two figures, n^2 for three. Immutable.
class DominatedVolume {
 public:
  // Points of as many figures as the reference, two or three. Those that are
  // not below it in all figures dominate nothing.
  DominatedVolume(const std::vector<std::vector<double>>& points,
                  std::vector<double> reference);

  double volume() const { return volume_; }
  // Points that no other is as good as.
  size_t front() const { return front_; }

  // Expected growth by a point of independent figures.
  double ExpectedGrowth(const std::vector<NormalFigure>& point) const;

 private:
  size_t last() const { return reference_.size() - 1; }

  std::vector<double> reference_;
  size_t front_ = 0;
  double volume_ = 0;
  // Where the boxes are cut, from minus infinity to the reference, of all
  // figures but the last; of two figures the second axis is one whole.
  std::vector<double> first_, second_;
  // Of the last figure: its values, the reference first, and which of them is
  // the height of each box, row by row.
  std::vector<double> heights_;
  std::vector<size_t> box_height_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SEARCH_PARETO_DOMINATED_VOLUME_H_
