#ifndef ISOSHAPE_SCALING_TABLES_JSON_EVENTS_H_
#define ISOSHAPE_SCALING_TABLES_JSON_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "scaling/tables/row_reader.h"

namespace isoshape {

// A place in a text of at most kMaxRunText bytes.
struct JsonPlace {
  uint32_t at = 0;
  uint32_t line_begin = 0;
  int line = 1;
};

// The values of a JSON text one after another, each with its place, which the
// parser's own events lack. A class that derives from it says what to do with
// them; what it refuses by Fail, or what is no JSON, ends the reading.
//
// A list of pairs inside an object, as MLflow's server writes metrics and
// params, [{"key": "val_loss", "value": 3.1, "step": 7}, ...], is told as the
// object {"val_loss": 3.1, ...}: nobody else needs to know of that form.
class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  // Both must outlive it.
  JsonEvents(absl::string_view text, absl::string_view file)
      : text_(text), file_(file) {}

  // Goes to the next value that is in no other; false at the end.
  bool More();
  // Goes to the value that begins there.
  void GoTo(const JsonPlace& place);
  // Reads the value here. INVALID_ARGUMENT with `file:line:column:`.
  absl::Status ReadValue();

  bool null() override;
  bool boolean(bool value) override;
  bool number_integer(std::int64_t value) override;
  bool number_unsigned(std::uint64_t value) override;
  bool number_float(double value, const std::string& raw) override;
  bool binary(nlohmann::json::binary_t& value) override;
  bool string(std::string& value) override;
  bool key(std::string& name) override;
  bool start_object(std::size_t size) override;
  bool end_object() override;
  bool start_array(std::size_t size) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::json::exception& exception) override;

 protected:
  // A value that is no object or list: its text as the file has it, without
  // quotes, and empty if it is null. If `escaped` the text is not in the file
  // and lives as long as the call.
  virtual bool OnScalar(const Cell& cell, bool escaped) = 0;
  virtual bool OnKey(const Cell& cell, bool escaped) = 0;
  // The beginning of an object or list at its bracket, and its end after it.
  virtual bool OnObject(const JsonPlace& place) = 0;
  virtual bool OnObjectEnd(uint32_t end) = 0;
  virtual bool OnList(const JsonPlace& place) = 0;
  virtual bool OnListEnd(uint32_t end) = 0;

  bool Fail(const Cell& cell, absl::string_view message);
  bool Fail(const JsonPlace& place, absl::string_view message);

  // Whether the keys that come are of a list of pairs, in which a name may
  // stand again.
  bool in_pairs() const { return pairs_.depth > 0; }

  absl::string_view text() const { return text_; }
  absl::string_view file() const { return file_; }

 private:
  size_t FindToken();
  Cell Token(size_t bytes);
  Cell StringToken(const std::string& value, bool& escaped);
  bool Number();
  bool Scalar(const Cell& cell, bool escaped);
  JsonPlace Bracket();
  bool BeginsPairs(size_t at) const;

  // A list of pairs that we are in.
  struct Pairs {
    size_t depth = 0;  // of its bracket; 0: in none
    std::string last_key = {};
    std::string name = {};  // of the pair; blank until it is known
    Cell place = {};
  };

  absl::string_view text_, file_;
  size_t at_ = 0;   // how far the parser has read
  size_t end_ = 0;  // of the last token
  size_t line_begin_ = 0;
  int line_ = 1;
  size_t depth_ = 0;
  Pairs pairs_;
  absl::Status error_;
};

}  // namespace isoshape

#endif  // ISOSHAPE_SCALING_TABLES_JSON_EVENTS_H_
