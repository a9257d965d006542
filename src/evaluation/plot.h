// Call-performance curves as a picture for a paper.
#pragma once

#include <string>

#include "evaluation/report.h"

namespace routellm::evaluation {

// A gnuplot program, complete with its data, that draws curves.svg and curves.png into the working
// directory: each router's full curve with the bins' points on it, the weak and the strong model,
// and the optimum, over the share of strong calls.
[[nodiscard]] std::string GnuplotProgram(const Report& report);

}  // namespace routellm::evaluation
