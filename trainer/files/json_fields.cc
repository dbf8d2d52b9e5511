#include "trainer/files/json_fields.h"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace isoshape {

using nlohmann::json;

json ParseJson(const std::string& text) {
  constexpr int kDeepest = 32;
  bool deep = false;
  const auto note = [&deep](int depth, json::parse_event_t, json&) {
    deep = deep || depth > kDeepest;
    return true;
  };
  json value = json::parse(text, note, /*allow_exceptions=*/false);
  return deep ? json(json::value_t::discarded) : value;
}

std::string EchoedJson(const json& value) {
  constexpr size_t kLongest = 200;
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true,
                                json::error_handler_t::replace);
  if (text.size() > kLongest) text.replace(kLongest, text.npos, "...");
  return text;
}

FieldReader::FieldReader(const json& line, const char* name) : name_(name) {
  if (name_.empty()) {
    object_ = &line;
  } else if (line.contains(name) && line.at(name).is_object()) {
    object_ = &line.at(name);
  } else {
    throw std::invalid_argument("the run has no object '" + name_ + "'");
  }
}

void FieldReader::Visit(const char* field, int64_t* value) const {
  const json* found = Find(field);
  if (found == nullptr) return;
  // Doubles hold every whole number up to 2^53.
  if (!found->is_number() ||
      std::trunc(found->get<double>()) != found->get<double>() ||
      std::abs(found->get<double>()) > 9007199254740992.0) {
    Refuse(field, *found, "is not a whole number");
  }
  *value = found->get<int64_t>();
}

void FieldReader::Visit(const char* field, double low, double high,
                        double* value) const {
  const json* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_number() || !(found->get<double>() >= low) ||
      !(found->get<double>() <= high)) {
    std::ostringstream problem;
    problem << "is not a number in [" << low << ", " << high << "]";
    Refuse(field, *found, problem.str());
  }
  *value = found->get<double>();
}

void FieldReader::Visit(const char* field, bool* value) const {
  const json* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_boolean()) Refuse(field, *found, "is not true or false");
  *value = found->get<bool>();
}

void FieldReader::Visit(const char* field, std::string* value) const {
  const json* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_string()) Refuse(field, *found, "is not text");
  *value = found->get<std::string>();
}

const json* FieldReader::Find(const char* field) const {
  const auto found = object_->find(field);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

void FieldReader::Refuse(const char* field, const json& found,
                         const std::string& problem) const {
  throw std::invalid_argument((name_.empty() ? "" : name_ + ".") + field + " " +
                              EchoedJson(found) + " " + problem);
}

}  // namespace isoshape
