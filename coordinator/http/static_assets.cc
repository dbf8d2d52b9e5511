#include "coordinator/http/static_assets.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "common/files/gzip.h"
#include "common/files/hash.h"
#include "coordinator/http/http_error.h"

namespace isoshape {
namespace {

absl::string_view Text(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

StaticAssets::StaticAssets(std::span<const DashboardAsset> assets) {
  for (const DashboardAsset& asset : assets) {
    by_path_[std::string(asset.path)] = {
        asset, absl::StrFormat("\"%016x\"", Fnv1a64(Text(asset.gzip)))};
  }
}

bool StaticAssets::Has(absl::string_view path) const {
  return by_path_.find(path) != by_path_.end();
}

HttpResponse StaticAssets::Serve(const HttpRequest& request) const {
  const Served& served = by_path_.find(request.path)->second;
  const DashboardAsset& asset = served.asset;
  HttpResponse response;
  response.content_type = std::string(asset.content_type);
  response.etag = served.etag;
  response.vary_encoding = true;
  response.cache_control =
      asset.immutable ? "public, max-age=31536000, immutable" : "no-cache";
  if (request.if_none_match == served.etag) {
    response.status = 304;
  } else if (!asset.brotli.empty() && Accepts(request.accept_encoding, "br")) {
    response.content_encoding = "br";
    response.body = Text(asset.brotli);
  } else if (Accepts(request.accept_encoding, "gzip")) {
    response.content_encoding = "gzip";
    response.body = Text(asset.gzip);
  } else {
    absl::StatusOr<std::string> plain = Gunzip(Text(asset.gzip));
    if (!plain.ok()) return ErrorResponse(plain.status());
    auto owner = std::make_shared<const std::string>(*std::move(plain));
    response.body = *owner;
    response.owner = std::move(owner);
  }
  return response;
}

}  // namespace isoshape
