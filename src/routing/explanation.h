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
  std::string basis;            // one sentence: what kind of prompt it was taken for, and the parts
  std::vector<Reason> reasons;  // the largest |effect| first
};

}  // namespace routellm::routing
