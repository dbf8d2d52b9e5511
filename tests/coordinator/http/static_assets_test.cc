#include "coordinator/http/static_assets.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "common/files/gzip.h"

namespace isoshape {
namespace {

class StaticAssetsTest : public testing::Test {
 protected:
  StaticAssetsTest()
      : page_(Gzip("<!doctype html>")),
        assets_{DashboardAsset{"/index.html", "text/html; charset=utf-8", page_,
                               "brotli bytes", false},
                DashboardAsset{"/app-1f.js", "text/javascript", page_,
                               "brotli bytes", true}},
        served_(assets_) {}

  HttpResponse Ask(const std::string& path, const std::string& encodings,
                   const std::string& if_none_match = "") {
    HttpRequest request;
    request.path = path;
    request.accept_encoding = encodings;
    request.if_none_match = if_none_match;
    return served_.Serve(request);
  }

  const std::string page_;
  const std::array<DashboardAsset, 2> assets_;
  const StaticAssets served_;
};

TEST_F(StaticAssetsTest, EncodesAsTheClientTakesIt) {
  EXPECT_EQ(Ask("/index.html", "gzip, deflate, br").content_encoding, "br");
  EXPECT_EQ(Ask("/index.html", "gzip, br;q=0").content_encoding, "gzip");
  EXPECT_EQ(Ask("/index.html", "GZIP;q=0.5").body, page_);
  for (const char* none : {"", "identity", "gzip;q=0", "gzipped", "*"}) {
    const HttpResponse plain = Ask("/index.html", none);
    EXPECT_EQ(plain.content_encoding, "") << none;
    EXPECT_EQ(plain.body, "<!doctype html>") << none;
  }
}

TEST_F(StaticAssetsTest, NamesThatChangeWithTheContentAreKeptForGood) {
  EXPECT_EQ(Ask("/index.html", "").cache_control, "no-cache");
  EXPECT_EQ(Ask("/app-1f.js", "").cache_control,
            "public, max-age=31536000, immutable");
}

TEST_F(StaticAssetsTest, WhoHasItIsToldSo) {
  const HttpResponse first = Ask("/index.html", "br");
  EXPECT_EQ(first.status, 200);
  const HttpResponse again = Ask("/index.html", "br", first.etag);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(Ask("/index.html", "br", "\"other\"").status, 200);
}

TEST_F(StaticAssetsTest, HasOnlyItsOwnPaths) {
  EXPECT_TRUE(served_.Has("/index.html"));
  EXPECT_FALSE(served_.Has("/"));
  EXPECT_FALSE(served_.Has("/index.html/"));
}

TEST(CompressionTest, BytesThatAreNoGzipAreDataLoss) {
  const std::string whole = Gzip(std::string(100'000, 'x'));
  EXPECT_EQ(Gunzip(whole)->size(), 100'000u);
  EXPECT_EQ(Gunzip(whole.substr(0, whole.size() - 1)).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(Gunzip("no gzip").status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace isoshape
