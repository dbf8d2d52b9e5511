#ifndef ISOSHAPE_MESSAGES_TRIAL_TRIAL_CONTRACT_H_
#define ISOSHAPE_MESSAGES_TRIAL_TRIAL_CONTRACT_H_

#include <cstdint>
#include <string>

#include "isoshape/v1/trial.pb.h"

namespace isoshape {

// What a trial fixes and its result cannot change: the model, the steps and the
// tokens. A FLOP budget means nothing if another model or another number of
// tokens was trained for it. Each says how something contradicts the trial, in
// one line, or returns an empty string. Steps and tokens are exact; parameters
// may be 2 % off, for people count them in several ways.
std::string ParametersProblem(int64_t said, const v1::Trial& trial);
std::string StepsProblem(int64_t said, const v1::Trial& trial);
// Of the card of a run that succeeded; what it leaves out contradicts nothing.
std::string CardProblem(const v1::ShapeCard& card, const v1::Trial& trial);

}  // namespace isoshape

#endif  // ISOSHAPE_MESSAGES_TRIAL_TRIAL_CONTRACT_H_
