#ifndef ISOSHAPE_CLI_CONSOLE_LAW_OUTPUT_H_
#define ISOSHAPE_CLI_CONSOLE_LAW_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "scaling/reports/law_report.h"

namespace isoshape {

// A law as programs read it (docs/cli.md says what stands where): numbers that
// are not identified are absent from `parameters`, `derived` and `intervals`
// and named, with the reason, in `unidentified`.
nlohmann::ordered_json LawToJson(const LawReport& report);

// A law as people read it.
void PrintLaw(const LawReport& report, std::ostream& out);

// Parts that predictions have too.

// Sets json[name] to the values of figures, and adds to json["intervals"] and
// json["unidentified"].
void AddFiguresToJson(const std::string& name,
                      const std::vector<LawFigure>& figures, double level,
                      const std::string& method, nlohmann::ordered_json& json);
void PrintFigures(const std::string& title,
                  const std::vector<LawFigure>& figures, double level,
                  std::ostream& out);

}  // namespace isoshape

#endif  // ISOSHAPE_CLI_CONSOLE_LAW_OUTPUT_H_
