#ifndef ISOSHAPE_COMMON_FILES_YAML_DOCUMENT_H_
#define ISOSHAPE_COMMON_FILES_YAML_DOCUMENT_H_

#include <yaml-cpp/yaml.h>

#include <string>

namespace isoshape {

// Reads the one document of a text in YAML, of which JSON is a part; null if
// there is none. Throws YAML::Exception, with the place and a message of one
// printable line, if it is malformed or if a second document follows, which
// would be left out without a word.
YAML::Node ReadYaml(const std::string& text);

}  // namespace isoshape

#endif  // ISOSHAPE_COMMON_FILES_YAML_DOCUMENT_H_
