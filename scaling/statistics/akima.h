#ifndef ISOSHAPE_SCALING_STATISTICS_AKIMA_H_
#define ISOSHAPE_SCALING_STATISTICS_AKIMA_H_

#include <cstddef>
#include <vector>

namespace isoshape {

// Akima's interpolant (Akima 1970, J. ACM 17(4)): a cubic between neighbours
// whose slope at each point is a mean of the slopes to its neighbours, weighted
// by how little the slopes beyond them change. It passes through every point,
// and one point moves it near that point only. Ours because Boost and Eigen
// have none: boost::math::makima is the *modified* Akima, with other weights,
// and does not give the published optima.
class Akima {
 public:
  // x strictly ascending, as many as y, two at least.
  Akima(std::vector<double> x, std::vector<double> y);

  // Beyond the points the outermost cubic goes on.
  double At(double x) const;

  // The minimum from the first to the last point: exact, from the zeros of
  // each cubic's slope.
  struct Minimum {
    double x = 0, y = 0;
    bool at_first = false, at_last = false;  // x is that end
  };
  Minimum FindMinimum() const;

 private:
  double InSegment(size_t i, double u) const;  // u = x - x_[i]

  std::vector<double> x_, y_;
  std::vector<double> slopes_;  // at each point
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_STATISTICS_AKIMA_H_
