#ifndef ISOSHAPE_COORDINATOR_HTTP_STATIC_ASSETS_H_
#define ISOSHAPE_COORDINATOR_HTTP_STATIC_ASSETS_H_

#include <functional>
#include <map>
#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "coordinator/http/http_message.h"
#include "dashboard/assets.h"

namespace isoshape {

// Serves the files of the dashboard, whose bytes must outlive it. Thread-safe.
class StaticAssets {
 public:
  explicit StaticAssets(std::span<const DashboardAsset> assets);

  bool Has(absl::string_view path) const;
  // The asset of request.path, encoded as the client likes; 304 if it has it
  // already. There must be one.
  HttpResponse Serve(const HttpRequest& request) const;

 private:
  struct Served {
    DashboardAsset asset;
    std::string etag;
  };
  std::map<std::string, Served, std::less<>> by_path_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_HTTP_STATIC_ASSETS_H_
