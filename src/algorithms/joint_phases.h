// Joint phases: all phases of a transposed convolution as one layer of stride 1.
//
// The phases read the same windows of the source, shifted by whole cells. Taken together they are a
// layer that has a channel for every phase and channel, and whose result is put in order afterwards
// (the inverse of the sub-pixel convolution of Shi et al. 2016, arXiv:1609.05158). Few channels,
// which fill no tile alone, fill tiles together. Phases with fewer taps are filled up with weights
// of 0.
#pragma once

#include "algorithms/problem.h"
#include "system/list.h"

namespace nnconv {

// One pair of runs as a phase of a joint layer: which channel it begins at, and the windows that
// come before its first cells.
struct Phase {
  const Run *row, *column;
  Index channel, rows_before, columns_before;
};

// The windows of one axis: so many, each of so many source cells from `first` on.
struct Windows {
  Index first, size, count;
};

Windows windows_of(const std::vector<Run>& runs);

// Do all runs go on cell by cell, and are there several?
bool can_be_joint(const Problem& problem);

// Do all phases have as many taps as their windows, so that none is filled up?
bool are_full(const Problem& problem);

// The joint layer without its weights: its `rows` and `columns` are the windows.
Problem joint_problem(const Problem& problem, const Windows& rows, const Windows& columns);

struct JointLayer {
  Problem problem;
  List<double> weight;
  List<Phase> phases;
};

JointLayer join_phases(const Problem& problem, const double* weight);

}  // namespace nnconv
