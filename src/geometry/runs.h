// Runs: which taps reach a cell of the result, and from which source cell.
//
// Seen from the result, a convolution and its adjoint are the same sum,
//
//     result[cell] = bias + sum over the links (tap, source) of cell:  w[tap] * x[source],
//
// and differ only in their links, which separate into one list per axis. With the law of
// geometry.h and the index map of padding_modes.h:
//
//     correlate  the links of small cell i are all taps u, with the source that the padded
//                cell i * stride + u * dilation shows
//     scatter    the links of large cell h are all (u, i) with i * stride + u * dilation equal
//                to a padded cell that shows h: the exact adjoint, fold included
//
// Zero padding, stride, dilation, cropping, output padding, holes, overlaps and the padding
// modes are thereby decided here, once per axis and call, and the loops over the numbers know
// nothing of them. No zero is ever multiplied, so NaN and Inf keep their exact footprint.
//
// Cells that have the same taps, at equal steps of the source, form one Run. Away from the
// borders a scatter has one run per phase of the stride and a correlate just one. Both the time
// and the memory that a list takes grow with its runs, of which each cell at a border may be one,
// and not with its cells or taps.
#pragma once

#include <vector>

#include "geometry/links.h"
#include "system/threads.h"

namespace nnconv {

// Cells first, first + step, ..., `count` of them; each next one reads every link's source
// `source_step` further on: by the stride inside the image, backward in a reflection, on the spot
// in a replicated border.
struct Run {
  Index first, step, count;
  Index source_step;
  Links links;
};

// The distance of large cells at which the same taps are reached and neighbouring taps read what
// neighbouring cells do: the least common multiple of stride and dilation. Where few of `cells`
// would be left to a run, it is the stride.
Index dense_step(const Axis& axis, Index cells);

// Runs of small cells at a distance of `step`.
std::vector<Run> correlate_reach(const Axis& axis, Index step, const Checkpoint& checkpoint = {});
std::vector<Run> scatter_reach(const Axis& axis, const Checkpoint& checkpoint = {});

// From the first tap of an axis to the last that some cell is linked by: first .. last - 1.
struct TapRange {
  Index first, last;
};
TapRange linked_taps(const std::vector<Run>& runs);

// From the first source that a run's first cell reads to the last. The run has links.
struct SourceRange {
  Index first, last;
};
SourceRange first_sources(const Run& run);

// The links of all cells, and those of a cell on average.
double count_links(const std::vector<Run>& runs);
double average_links(const std::vector<Run>& runs);

// The small cells that one tap links, neighbours in runs of one link.
std::vector<Run> tap_reach(const Axis& axis, Index tap, const Checkpoint& checkpoint = {});

}  // namespace nnconv
