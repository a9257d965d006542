// Why a router decided as it did.
#pragma once

#include <string>
#include <vector>

namespace routellm::routing {

struct Reason {
  std::string what;     // in words a person understands
  double effect = 0.0;  // on the win rate: what it would lose without this, to first order
};

struct Explanation {
  std::string basis;            // one sentence: what the win rate was made of
  std::string compared_with;    // what an effect is the difference to, as "an average prompt"
  std::vector<Reason> reasons;  // the largest |effect| first
};

}  // namespace routellm::routing
