#ifndef ISOSHAPE_DASHBOARD_ASSETS_H_
#define ISOSHAPE_DASHBOARD_ASSETS_H_

#include <span>
#include <string_view>

namespace isoshape {

// A file of the dashboard, embedded into the program.
struct DashboardAsset {
  // `/` and its name; `/index.html` is the page.
  std::string_view path;
  // For the header Content-Type.
  std::string_view content_type;
  // Its bytes in both content codings; there is no copy without.
  std::string_view gzip;
  std::string_view brotli;
  // The name holds a hash of the content, so that browsers may keep it for
  // good.
  bool immutable;
};

// All of them; empty if the program was built without npm, or with
// ISOSHAPE_DASHBOARD=OFF.
std::span<const DashboardAsset> DashboardAssets();

}  // namespace isoshape

#endif  // ISOSHAPE_DASHBOARD_ASSETS_H_
