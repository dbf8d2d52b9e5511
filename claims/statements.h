#ifndef ISOSHAPE_CLAIMS_STATEMENTS_H_
#define ISOSHAPE_CLAIMS_STATEMENTS_H_

#include <string>
#include <vector>

namespace isoshape {

// A file of claims/statements/ as it was when this was built.
struct Statement {
  std::string name;  // `wide-steps-faster.yaml`
  std::string text;
};

// All of them, by name.
const std::vector<Statement>& Statements();

}  // namespace isoshape

#endif  // ISOSHAPE_CLAIMS_STATEMENTS_H_
