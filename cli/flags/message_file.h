#ifndef ISOSHAPE_CLI_FLAGS_MESSAGE_FILE_H_
#define ISOSHAPE_CLI_FLAGS_MESSAGE_FILE_H_

#include <google/protobuf/message.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace isoshape {

// A word without quotes, as a file or a flag has it: true or false, a number in
// decimal notation, or else text.
nlohmann::json PlainScalar(const std::string& text);

// A message as people write it in a file: YAML, of which JSON is a part, with
// the names and values of messages/json/proto_json.h. It knows where its fields
// are, so that every error is a usage error in one line that begins with
// `file:line:column:`.
class MessageFile {
 public:
  // Fails if the text is malformed, a field is given twice, or it is no list of
  // fields: then `kind` says what should be there (`a campaign is a list of
  // fields such as …`).
  static absl::StatusOr<MessageFile> Parse(const std::string& path,
                                           const std::string& text,
                                           absl::string_view kind);

  // All fields. What is taken out here is not filled into a message.
  nlohmann::json& fields() { return fields_; }

  // Says where in the file a field of the message is, if fields() was changed.
  using PlaceOf = std::function<std::string(const std::string& field)>;

  // Fails if a field is unknown or of the wrong type.
  absl::Status Fill(google::protobuf::Message* message,
                    const PlaceOf& place_of = nullptr) const;

  // The keys of the field, a map, in their order in the file; none of what is
  // no map.
  std::vector<std::string> KeysOf(const std::string& field) const;

  // An error at the field `space.base.depth` or `budgets.2`: at its name if
  // `of_name`, else at its value.
  absl::Status ErrorAt(const std::string& field, bool of_name,
                       absl::string_view what) const;

 private:
  explicit MessageFile(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<nlohmann::json> Convert(const YAML::Node& node, int depth);
  absl::StatusOr<nlohmann::json> ConvertMap(const YAML::Node& node, int depth);
  // The node of a field, or the nearest above it, and its place.
  YAML::Mark Find(const std::string& field, bool of_name,
                  YAML::Node* found = nullptr) const;
  absl::Status Error(const YAML::Mark& mark, absl::string_view what) const;

  std::string path_;
  YAML::Node root_;
  nlohmann::json fields_;
  int nodes_ = 0;
};

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_FLAGS_MESSAGE_FILE_H_
