#ifndef ISOSHAPE_COORDINATOR_SERVICES_PAGE_TOKEN_H_
#define ISOSHAPE_COORDINATOR_SERVICES_PAGE_TOKEN_H_

#include <google/protobuf/repeated_field.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// Page tokens (AIP-158): opaque to clients, and good only for the listing that
// gave them. `listing` names it with its filters, for example
// `trials campaigns/c1 state 3`; `last` is the key of the last row sent.
std::string MakePageToken(absl::string_view listing, absl::string_view last);

// The key, or nothing for an empty token. INVALID_ARGUMENT if the token is
// not one of this listing.
absl::StatusOr<std::optional<std::string>> ParsePageToken(
    absl::string_view listing, absl::string_view token);

// ParsePageToken for listings whose keys are numbers.
absl::StatusOr<std::optional<int64_t>> ParseNumberToken(
    absl::string_view listing, absl::string_view token);

// The number of rows of a page: `standard` for 0. INVALID_ARGUMENT if it is
// outside 0 .. `max`.
absl::StatusOr<int> CheckPageSize(int32_t page_size, int standard, int max);

// Max bytes of the rows of a page together, so that every client can take it:
// gRPC's limit for an answer is 4 MiB. A row that has more is a page of its
// own.
inline constexpr size_t kMaxPageBytes = size_t{3} << 20;
// Max bytes that a listing reads for a page: more, so that it sees that a row
// is left.
inline constexpr size_t kMaxReadBytes = size_t{4} << 20;

// Moves up to `size` of the `rows` of a listing, and up to kMaxPageBytes of
// them, into `page` and returns the token of the next page, empty if there is
// none. A listing reads one row more than it sends, which tells whether there
// is another page. `key(row)` is what a token holds of the last row sent.
template <typename Row, typename KeyOf>
std::string MovePage(absl::string_view listing, int size, std::vector<Row> rows,
                     google::protobuf::RepeatedPtrField<Row>* page,
                     const KeyOf& key) {
  size_t bytes = 0;
  for (Row& row : rows) {
    bytes += row.ByteSizeLong();
    if (page->size() == size || (bytes > kMaxPageBytes && !page->empty())) {
      return MakePageToken(listing,
                           absl::StrCat(key(page->Get(page->size() - 1))));
    }
    *page->Add() = std::move(row);
  }
  return "";
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_PAGE_TOKEN_H_
