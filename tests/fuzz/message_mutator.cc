#include "tests/fuzz/message_mutator.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "messages/json/enum_name.h"

// libFuzzer's own search; there is none in a replay, where none asks for it.
extern "C" __attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t* data,
                                                         size_t size,
                                                         size_t max_size);

namespace isoshape {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

// Messages in messages that are made at once: a search adds one to another.
constexpr int kMaxDepth = 3;

const json kNumbers[] = {
    0,
    1,
    2,
    3,
    7,
    64,
    -1,
    1000,
    100'000,
    0x7fffffff,
    -0x7fffffff - 1,
    1000000000000002,
    INT64_MAX,
    INT64_MIN,
    0.5,
    2.5e11,
    7.5e11,
    1e12,
    1e13,
    1e300,
    5e-324,
    -1e-9,
    nullptr,
};
const json kTexts[] = {
    "",
    "campaigns/c1",
    "campaigns/c1/trials/1",
    "campaigns/c1/trials/2",
    "campaigns/c1/trials/3",
    "campaigns/c2",
    "campaigns/-",
    "workers/w1",
    "workers/w2",
    "c2",
    "text",
    "base",
    "r1",
    "loss",
    "budget",
    "depth>1 state:succeeded",
    "isoflop",
    "synthetic:copy,vocab=8",
    "total_flops,budgets",
    "*",
    "\x1b[2J\n",
    "\xc3\xa9\xe2\x80\xae",
    std::string(300, 'x'),
    std::string(5000, 'y'),
};
const json kTimes[] = {"2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
                       "0001-01-01T00:00:00Z", "soon"};

class Mutator {
 public:
  explicit Mutator(std::mt19937_64* random) : random_(*random) {}

  void Mutate(const Descriptor& type, json* message) {
    if (!message->is_object()) *message = json::object();
    if (type.field_count() == 0) return;
    const FieldDescriptor& field =
        *type.field(static_cast<int>(Below(type.field_count())));
    const auto set = message->find(field.name());
    if (set == message->end()) {
      (*message)[field.name()] = Value(field, 0);
    } else if (OneIn(8)) {
      message->erase(set);
    } else if (field.is_repeated() && !field.is_map() && set->is_array()) {
      MutateList(field, &*set);
    } else if (IsMessage(field) && !field.is_repeated()) {
      Mutate(*field.message_type(), &*set);
    } else {
      *set = Value(field, 0);
    }
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  bool OneIn(size_t times) { return Below(times) == 0; }
  template <size_t n>
  const json& AnyOf(const json (&values)[n]) {
    return values[Below(n)];
  }

  static bool IsMessage(const FieldDescriptor& field) {
    return field.message_type() != nullptr && !IsTime(field) &&
           field.message_type()->full_name() != "google.protobuf.Duration";
  }
  static bool IsTime(const FieldDescriptor& field) {
    return field.message_type() != nullptr &&
           field.message_type()->full_name() == "google.protobuf.Timestamp";
  }

  void MutateList(const FieldDescriptor& field, json* list) {
    if (list->empty() || OneIn(3)) {
      list->push_back(One(field, 0));
      return;
    }
    const size_t at = Below(list->size());
    if (OneIn(4)) {
      list->erase(list->begin() + static_cast<std::ptrdiff_t>(at));
    } else if (OneIn(4)) {
      json copy = (*list)[at];
      list->push_back(std::move(copy));
    } else if (IsMessage(field)) {
      Mutate(*field.message_type(), &(*list)[at]);
    } else {
      (*list)[at] = One(field, 0);
    }
  }

  json Value(const FieldDescriptor& field, int depth) {
    if (field.is_map()) {
      json map = json::object();
      for (size_t n = Below(3); n > 0; --n) {
        map[AnyOf(kTexts).get<std::string>()] =
            One(*field.message_type()->map_value(), depth);
      }
      return map;
    }
    if (!field.is_repeated()) return One(field, depth);
    json list = json::array();
    for (size_t n = Below(4); n > 0; --n) list.push_back(One(field, depth));
    return list;
  }

  // A value of the field's type, and at times of none.
  json One(const FieldDescriptor& field, int depth) {
    if (OneIn(32)) return OneIn(2) ? AnyOf(kTexts) : AnyOf(kNumbers);
    if (IsTime(field)) return AnyOf(kTimes);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return AnyOf(kTexts);
      case FieldDescriptor::CPPTYPE_BOOL:
        return OneIn(2);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto& type = *field.enum_type();
        if (OneIn(8)) return AnyOf(kNumbers);
        return EnumName(
            *type.value(static_cast<int>(Below(type.value_count()))));
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        if (IsMessage(field)) return Message(*field.message_type(), depth + 1);
        return AnyOf(kNumbers);
      default:
        return OneIn(4) ? json(static_cast<double>(Below(1000)) / 8)
                        : AnyOf(kNumbers);
    }
  }

  json Message(const Descriptor& type, int depth) {
    json message = json::object();
    if (depth > kMaxDepth || type.field_count() == 0) return message;
    for (size_t n = Below(4); n > 0; --n) {
      const FieldDescriptor& field =
          *type.field(static_cast<int>(Below(type.field_count())));
      message[field.name()] = Value(field, depth);
    }
    return message;
  }

  std::mt19937_64& random_;
};

}  // namespace

void MutateMessage(const Descriptor& type, std::mt19937_64* random,
                   json* message) {
  Mutator(random).Mutate(type, message);
}

size_t MutateInput(
    uint8_t* data, size_t size, size_t max_size, unsigned int seed,
    const std::function<std::string(const std::string&, std::mt19937_64*)>&
        mutated) {
  std::mt19937_64 random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string input =
      mutated(std::string(reinterpret_cast<const char*>(data), size), &random);
  if (input.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(input.begin(), input.end(), data);
  return input.size();
}

size_t MutateJsonInput(const Descriptor& type, uint8_t* data, size_t size,
                       size_t max_size, unsigned int seed) {
  return MutateInput(
      data, size, max_size, seed,
      [&type](const std::string& input, std::mt19937_64* random) {
        json message = json::parse(input, nullptr, /*allow_exceptions=*/false);
        MutateMessage(type, random, &message);
        return message.dump();
      });
}

}  // namespace isoshape
