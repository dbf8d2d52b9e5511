#ifndef ISOSHAPE_COMMON_NET_REQUEST_ID_H_
#define ISOSHAPE_COMMON_NET_REQUEST_ID_H_

#include <string>

namespace isoshape {

// A new id for the `request_id` of one request that changes something: the time
// in milliseconds (48 bits) and 80 random bits, in hexadecimal, so that answers
// that are kept by their ids at one time lie beside each other in a database.
// The same request keeps its id when it is sent again, so that the coordinator
// carries it out once.
std::string NewRequestId();

// 128 random bits in hexadecimal, for what nobody may guess or have by chance.
std::string RandomBits();

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_NET_REQUEST_ID_H_
