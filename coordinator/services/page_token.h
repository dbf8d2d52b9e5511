#ifndef ISOSHAPE_COORDINATOR_SERVICES_PAGE_TOKEN_H_
#define ISOSHAPE_COORDINATOR_SERVICES_PAGE_TOKEN_H_

#include <google/protobuf/repeated_field.h>

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

// Moves up to `size` of the `rows` of a listing into `page` and returns the
// token of the next page, empty if there is none. A listing reads one row more
// than it sends, which tells whether there is another page. `key(row)` is what
// a token holds of the last row sent.
template <typename Row, typename KeyOf>
std::string MovePage(absl::string_view listing, int size, std::vector<Row> rows,
                     google::protobuf::RepeatedPtrField<Row>* page,
                     const KeyOf& key) {
  for (Row& row : rows) {
    if (page->size() == size) {
      return MakePageToken(listing, absl::StrCat(key(page->Get(size - 1))));
    }
    *page->Add() = std::move(row);
  }
  return "";
}

}  // namespace isoshape

#endif  // ISOSHAPE_COORDINATOR_SERVICES_PAGE_TOKEN_H_
