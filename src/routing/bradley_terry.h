// Strengths of players from who beat whom.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace routellm::routing {

// `wins` are weighted numbers of wins, [n, n] row-major: wins[i * n + j] of i over j, finite, >= 0;
// a tie counts half a win for each. The diagonal is not looked at.
//
// The Bradley-Terry model: i beats j with probability sigmoid(s_i - s_j) (Bradley and Terry, "Rank
// Analysis of Incomplete Block Designs", 1952).

// The likelihood has a maximum if and only if the players cannot be parted into two groups of
// which one never beat the other (Ford, "Solution of a Ranking Problem from Binary Comparisons",
// 1957). A player whom such a division parts from player 0; nullopt if there is none.
[[nodiscard]] std::optional<std::size_t> FindUnrankable(std::span<const double> wins,
                                                        std::size_t n);

// Memory that is kept from fit to fit.
struct BradleyTerryScratch {
  std::vector<double> matrix;
  std::vector<double> step;
  std::vector<double> candidate;
};

// Moves `strengths` [n], which are the starting point, to the maximum of the likelihood, with the
// same sum as before. Newton's method; a step is shortened until the likelihood does not fall. Ends
// after a step of at most 1e-6, which leaves an error of the order of its square, or after 100
// steps, which happens only where wins differ by so many orders of magnitude that the maximum is
// flat or lies at infinity. Allocates nothing once `scratch` has been used for n players.
void FitBradleyTerry(std::span<const double> wins, std::span<double> strengths,
                     BradleyTerryScratch& scratch);

}  // namespace routellm::routing
