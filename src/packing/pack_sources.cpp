// Pack sources: finds the sources' places in the array, or in a copy.
#include "packing/pack_sources.h"

#include <algorithm>
#include <cstdlib>
#include <type_traits>

namespace nnconv {
namespace {

void place_in_array(const RunCells& cells, Index distance, Places& places, PacedCheckpoint& pace) {
  places.link.clear();
  for (const Link& link : cells.run->links) {
    places.link.push_back((link.source + cells.first * cells.run->source_step) * distance);
    pace();
  }
  places.step = cells.run->source_step * distance;
}

// The sources first, first + step, ..., last. Those that several links read are listed once.
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

// Lists the sources of some cells, and their places, counted in sources of the list. A link joins
// the last stretch that may suit it, or else begins another one: a source that is listed twice
// costs no more than its copy.
void list_sources(const RunCells& cells, List<Index>& list, Places& places, PacedCheckpoint& pace) {
  const Index step = cells.run->source_step;
  const Index distance = std::max<Index>(1, std::abs(step));
  const Index before = cells.first * step, length = (cells.count - 1) * step;
  constexpr Index none = -1;
  List<Stretch> stretches;
  List<Index> stretch_of;
  List<Index> last_of = repeated(std::min(distance, most_residues), none);
  for (const Link& link : cells.run->links) {
    const Index from = link.source + before;
    const Index low = std::min(from, from + length), high = std::max(from, from + length);
    Index& s = last_of[low % distance % most_residues];
    if (s == none || !stretches[s].join(low, high)) {
      s = stretches.size();
      stretches.push_back({low, high, distance});
    }
    stretch_of.push_back(s);
    pace();
  }
  list.clear();
  List<Index> begin;
  for (const Stretch& s : stretches) {
    begin.push_back(list.size());
    for (Index source = s.first; source <= s.last; source += s.step) list.push_back(source);
  }
  places.link.clear();
  for (Index u = 0; u < stretch_of.size(); ++u) {
    const Stretch& s = stretches[stretch_of[u]];
    const Index from = cells.run->links[u].source + before;
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
                      const RunCells& rows, const RunCells& columns, const KernelTable<T>& table,
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
    const Index height = row_list_.size();
    scale(row, cell);
    scale(column, cell * height);
    const Index needed = column_list_.size() * height * cell;
    // Never empty, so that holes, which read nothing, have a place to read it from.
    if (copied_.size() <= needed) copied_.resize(needed + 1);
    T* to = copied_.data();
    for (const Index w : column_list_) {
      pace(height);
      for (const Index h : row_list_) {
        copy_cell(first + w * view.column_step() + h * view.row_step(), view, slab.channels,
                  slab.images, table, to);
        to += cell;
      }
    }
    x = copied_.data();
  }
}

template class Sources<float>;
template class Sources<double>;

}  // namespace nnconv
