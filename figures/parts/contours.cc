#include "figures/parts/contours.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <deque>
#include <map>

namespace isoshape {
namespace {

// An edge of the grid: the node that it begins at, and whether it goes along x.
using Edge = std::pair<size_t, bool>;

// The segments of all cells, as pairs of the edges that they join.
std::multimap<Edge, Edge> Segments(const GridValues& grid, double level) {
  std::multimap<Edge, Edge> segments;
  const size_t rows = grid.y.size();
  for (size_t i = 0; i + 1 < grid.x.size(); ++i) {
    for (size_t j = 0; j + 1 < rows; ++j) {
      const std::array<double, 4> z = {grid.At(i, j), grid.At(i + 1, j),
                                       grid.At(i + 1, j + 1),
                                       grid.At(i, j + 1)};
      if (!std::all_of(z.begin(), z.end(),
                       [](double one) { return std::isfinite(one); })) {
        continue;
      }
      const size_t node = i * rows + j;
      // Edges in the order of the corners: below, right, above, left.
      const std::array<Edge, 4> edges = {
          Edge{node, true}, Edge{node + rows, false}, Edge{node + 1, true},
          Edge{node, false}};
      std::vector<int> crossed;
      for (int k = 0; k < 4; ++k) {
        if ((z[k] < level) != (z[(k + 1) % 4] < level)) crossed.push_back(k);
      }
      const auto join = [&](int a, int b) {
        segments.emplace(edges[a], edges[b]);
        segments.emplace(edges[b], edges[a]);
      };
      if (crossed.size() == 2) join(crossed[0], crossed[1]);
      if (crossed.size() != 4) continue;
      const double middle = (z[0] + z[1] + z[2] + z[3]) / 4;
      // The corners that agree with the middle are not cut off.
      const int shift = (middle < level) == (z[0] < level) ? 0 : 1;
      join(shift, shift + 1);
      join(shift + 2, (shift + 3) % 4);
    }
  }
  return segments;
}

std::pair<double, double> Cross(const GridValues& grid, double level,
                                const Edge& edge) {
  const size_t rows = grid.y.size();
  const size_t i = edge.first / rows;
  const size_t j = edge.first % rows;
  const double from = grid.At(i, j);
  const double to = edge.second ? grid.At(i + 1, j) : grid.At(i, j + 1);
  const double t = std::clamp((level - from) / (to - from), 0.0, 1.0);
  if (edge.second) {
    return {grid.x[i] + t * (grid.x[i + 1] - grid.x[i]), grid.y[j]};
  }
  return {grid.x[i], grid.y[j] + t * (grid.y[j + 1] - grid.y[j])};
}

// Takes a segment away that begins at an edge, and returns where it ends.
bool Take(std::multimap<Edge, Edge>& segments, const Edge& from, Edge& to) {
  const auto found = segments.find(from);
  if (found == segments.end()) return false;
  to = found->second;
  segments.erase(found);
  const auto [begin, end] = segments.equal_range(to);
  segments.erase(std::find_if(
      begin, end, [&](const auto& one) { return one.second == from; }));
  return true;
}

}  // namespace

GridValues Evaluate(std::vector<double> x, std::vector<double> y,
                    const std::function<double(double x, double y)>& value) {
  GridValues grid{.x = std::move(x), .y = std::move(y), .z = {}};
  grid.z.reserve(grid.x.size() * grid.y.size());
  for (const double at_x : grid.x) {
    for (const double at_y : grid.y) grid.z.push_back(value(at_x, at_y));
  }
  return grid;
}

std::vector<ContourLine> Contour(const GridValues& grid, double level) {
  std::multimap<Edge, Edge> segments = Segments(grid, level);
  std::vector<ContourLine> lines;
  while (!segments.empty()) {
    const Edge start = segments.begin()->first;
    std::deque<Edge> chain = {start};
    Edge next;
    while (Take(segments, chain.back(), next)) chain.push_back(next);
    while (Take(segments, chain.front(), next)) chain.push_front(next);
    ContourLine& line = lines.emplace_back();
    for (const Edge& edge : chain) line.push_back(Cross(grid, level, edge));
  }
  return lines;
}

}  // namespace isoshape
