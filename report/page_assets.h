#ifndef ISOSHAPE_REPORT_PAGE_ASSETS_H_
#define ISOSHAPE_REPORT_PAGE_ASSETS_H_

#include <string>

namespace isoshape {

// The style of a report, with the colours of its figures; and its script, which
// unpacks, sorts and filters the table of trials. The page holds their hashes,
// and a browser runs nothing else.
std::string PageStyle();
const char* PageScript();

}  // namespace isoshape

#endif  // ISOSHAPE_REPORT_PAGE_ASSETS_H_
