#include "common/files/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "common/text/one_line.h"

namespace isoshape {
namespace {

// More than anybody separates; yaml-cpp 0.7 finds documents without an end in
// some texts that are none, such as `, a`.
constexpr int kMaxDocuments = 100;

// Notes where the newest document begins and whether it holds anything.
class Documents : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    mark_ = mark;
    content_ = false;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { content_ = true; }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    content_ = true;
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    content_ = true;
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    content_ = true;
  }
  void OnMapEnd() override {}

  const YAML::Mark& mark() const { return mark_; }
  bool content() const { return content_; }

 private:
  YAML::Mark mark_;
  bool content_ = false;
};

void CheckOneDocument(const std::string& text) {
  std::istringstream input(text);
  YAML::Parser parser(input);
  Documents documents;
  for (int count = 0; parser.HandleNextDocument(documents); ++count) {
    if (count > 0 && documents.content()) {
      throw YAML::ParserException(
          documents.mark(),
          "a second document begins here ('---'), and a file holds one");
    }
    if (count >= kMaxDocuments) {
      throw YAML::ParserException(documents.mark(), "nothing can be read here");
    }
  }
}

}  // namespace

YAML::Node ReadYaml(const std::string& text) {
  try {
    CheckOneDocument(text);
    return YAML::Load(text);
  } catch (const YAML::Exception& exception) {
    // yaml-cpp puts the file's bytes into some of its messages.
    throw YAML::ParserException(exception.mark, OneLine(exception.msg));
  }
}

}  // namespace isoshape
