// Pack sources: places in the array, or in a copy.
#include "packing/pack_sources.h"

#include <algorithm>
#include <cstdlib>
#include <type_traits>

namespace nnconv {
namespace {

void place_in_array(const Part& part, Index distance, Places& places, PacedCheckpoint& pace) {
  places.link.clear();
  for (const Link& link : part.run->links) {
    places.link.push_back((link.source + part.first * part.run->source_step) * distance);
    pace();
  }
  places.step = part.run->source_step * distance;
}

// Sources first, first + step, ..., last. What several links read of them is listed once.
struct Stretch {
  Index first, last, step;

  bool join(Index low, Index high) {
    if ((low - first) % step != 0 || low > last + step || high < first - step) return false;
    first = std::min(first, low);
    last = std::max(last, high);
    return true;
  }
  Index cells() const { return (last - first) / step + 1; }
};

constexpr Index most_residues = 4096;

// Lists the sources of a part; the places are counted in sources of the list. A link joins the last
// stretch that may suit it, or begins another: a source that is listed twice costs only its copy.
void list_sources(const Part& part, std::vector<Index>& list, Places& places,
                  PacedCheckpoint& pace) {
  const Index step = part.run->source_step;
  const Index distance = std::max<Index>(1, std::abs(step));
  const Index before = part.first * step, span = (part.count - 1) * step;
  std::vector<Stretch> stretches;
  std::vector<std::size_t> stretch_of;
  std::vector<std::size_t> last_of(static_cast<std::size_t>(std::min(distance, most_residues)), 0);
  for (const Link& link : part.run->links) {
    const Index from = link.source + before;
    const Index low = std::min(from, from + span), high = std::max(from, from + span);
    std::size_t& s = last_of[static_cast<std::size_t>(low % distance % most_residues)];
    if (s == 0 || !stretches[s - 1].join(low, high)) {
      stretches.push_back({low, high, distance});
      s = stretches.size();
    }
    stretch_of.push_back(s - 1);
    pace();
  }
  list.clear();
  std::vector<Index> begin;
  for (const Stretch& s : stretches) {
    begin.push_back(static_cast<Index>(list.size()));
    for (Index source = s.first; source <= s.last; source += s.step) list.push_back(source);
  }
  places.link.clear();
  for (std::size_t u = 0; u < stretch_of.size(); ++u) {
    const Stretch& s = stretches[stretch_of[u]];
    const Index from = part.run->links[u].source + before;
    places.link.push_back(begin[stretch_of[u]] + (from - s.first) / s.step);
  }
  places.step = (step > 0) - (step < 0);
}

void scale(Places& places, Index distance) {
  for (Index& link : places.link) link *= distance;
  places.step *= distance;
}

}  // namespace

template <class T>
void Sources<T>::take(const double* array, const ImageView& view, const Slab& slab,
                      const Part& rows, const Part& columns, const KernelTable<T>& table,
                      PacedCheckpoint& pace) {
  const double* first = array + slab.image * view.image_step() + slab.channel * view.channel_step();
  if constexpr (std::is_same_v<T, double>) {
    x = first;
    channel_step = view.channel_step();
    place_in_array(rows, view.row_step(), row, pace);
    place_in_array(columns, view.column_step(), column, pace);
  } else {
    list_sources(rows, row_list_, row, pace);
    list_sources(columns, column_list_, column, pace);
    channel_step = slab.images;
    const Index cell = slab.channels * slab.images;
    const Index height = static_cast<Index>(row_list_.size());
    scale(row, cell);
    scale(column, cell * height);
    const std::size_t needed =
        column_list_.size() * row_list_.size() * static_cast<std::size_t>(cell);
    // Never empty, so that holes, which read nothing, have a place to read it from.
    if (copied_.size() <= needed) copied_.resize(needed + 1);
    const bool whole = slab.images == view.batch;
    T* to = copied_.data();
    for (const Index w : column_list_) {
      pace(height);
      for (const Index h : row_list_) {
        const double* from = first + w * view.column_step() + h * view.row_step();
        if (whole) {
          table.copy(from, cell, to);
        } else {
          for (Index c = 0; c < slab.channels; ++c) {
            table.copy(from + c * view.channel_step(), slab.images, to + c * slab.images);
          }
        }
        to += cell;
      }
    }
    x = copied_.data();
  }
}

template class Sources<float>;
template class Sources<double>;

}  // namespace nnconv
