#ifndef ISOSHAPE_TRAINER_FILES_JSON_FIELDS_H_
#define ISOSHAPE_TRAINER_FILES_JSON_FIELDS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace isoshape {

// The value of a JSON text of others; discarded if it is none, or if its lists
// and objects lie more than 32 deep within one another: what walks through a
// value calls itself for each level.
nlohmann::json ParseJson(const std::string& text);

// A value of others as a message quotes it: JSON in one line of ASCII, cut
// after 200 characters.
std::string EchoedJson(const nlohmann::json& value);

// Names of an enum's values in JSON.
template <typename Enum>
using EnumNames = std::vector<std::pair<const char*, Enum>>;

// Reads the fields of one JSON object; one that is absent or null leaves its
// value alone. All throw std::invalid_argument, one line with the field, its
// value and the remedy. Has the methods of FieldWriter, so that one list of
// fields serves both ways:
//
//   template <typename Fields>
//   void VisitFields(const Fields& fields, Shape& shape) {
//     fields.Visit("depth", &shape.depth);
//   }
class FieldReader {
 public:
  // The object at `name` in `line`, or `line` itself if `name` is empty; `line`
  // must outlive it.
  FieldReader(const nlohmann::json& line, const char* name);

  void Visit(const char* field, int64_t* value) const;
  // Accepts [low, high].
  void Visit(const char* field, double low, double high, double* value) const;
  void Visit(const char* field, bool* value) const;
  void Visit(const char* field, std::string* value) const;
  template <typename Enum>
  void Visit(const char* field, const EnumNames<Enum>& names,
             Enum* value) const {
    const nlohmann::json* found = Find(field);
    if (found == nullptr) return;
    std::string known;
    for (const auto& [name, candidate] : names) {
      if (*found == name) {
        *value = candidate;
        return;
      }
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    Refuse(field, *found, "is not one of " + known);
  }

 private:
  const nlohmann::json* Find(const char* field) const;
  [[noreturn]] void Refuse(const char* field, const nlohmann::json& found,
                           const std::string& problem) const;

  const std::string name_;
  const nlohmann::json* object_ = nullptr;
};

// Writes fields into a JSON object, in their order.
class FieldWriter {
 public:
  explicit FieldWriter(nlohmann::ordered_json& object) : object_(object) {}

  void Visit(const char* field, const int64_t* value) const {
    object_[field] = *value;
  }
  void Visit(const char* field, double /*low*/, double /*high*/,
             const double* value) const {
    object_[field] = *value;
  }
  void Visit(const char* field, const bool* value) const {
    object_[field] = *value;
  }
  void Visit(const char* field, const std::string* value) const {
    object_[field] = *value;
  }
  template <typename Enum>
  void Visit(const char* field, const EnumNames<Enum>& names,
             const Enum* value) const {
    for (const auto& [name, candidate] : names) {
      if (*value == candidate) object_[field] = name;
    }
  }

 private:
  nlohmann::ordered_json& object_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_TRAINER_FILES_JSON_FIELDS_H_
