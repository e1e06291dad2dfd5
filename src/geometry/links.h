// Links: the taps and sources that a cell of the result sums over.
//
// Neighbouring taps read sources at equal distances. The links of a cell are therefore held as
// series: one for a cell inside the image, two or three for a cell at the border of a padding mode,
// however long the kernel is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "geometry/geometry.h"

namespace nnconv {

struct Link {
  Index tap, source;
};

inline bool operator==(const Link& a, const Link& b) {
  return a.tap == b.tap && a.source == b.source;
}

// The links `first`, `first` + `step`, ...: `count` of them.
struct Series {
  Link first, step;
  Index count;
  Index begin = 0;  // the number of links before it in a list

  Link operator[](Index i) const {
    return {first.tap + i * step.tap, first.source + i * step.source};
  }
};

class Links {
 public:
  class const_iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Link;
    using difference_type = std::ptrdiff_t;
    using pointer = const Link*;
    using reference = Link;

    const_iterator(const Series* series, Index at) : series_(series), at_(at) {}
    Link operator*() const { return (*series_)[at_]; }
    const_iterator& operator++() {
      if (++at_ == series_->count) {
        ++series_;
        at_ = 0;
      }
      return *this;
    }
    bool operator!=(const const_iterator& other) const {
      return series_ != other.series_ || at_ != other.at_;
    }
    bool operator==(const const_iterator& other) const { return !(*this != other); }

   private:
    const Series* series_;
    Index at_;
  };

  const_iterator begin() const { return {series_.data(), 0}; }
  const_iterator end() const { return {series_.data() + series_.size(), 0}; }
  bool empty() const { return series_.empty(); }
  Index size() const { return empty() ? 0 : series_.back().begin + series_.back().count; }

  Link operator[](Index at) const {
    if (series_.size() == 1) return series_[0][at];
    const auto next = std::upper_bound(series_.begin(), series_.end(), at,
                                       [](Index a, const Series& s) { return a < s.begin; });
    return next[-1][at - next[-1].begin];
  }

  const std::vector<Series>& series() const { return series_; }

  void clear() { series_.clear(); }

  // Appends links. The resulting series depend on the links alone and not on how `more` divides
  // them: the last series takes in all that follow at its step.
  void add(Series more) {
    while (more.count > 0) {
      const Index taken = series_.empty() ? 0 : extend(series_.back(), more);
      if (taken == 0) {
        series_.push_back({more.first, {0, 0}, 1, size()});
      }
      more.first = more[std::max<Index>(taken, 1)];
      more.count -= std::max<Index>(taken, 1);
    }
  }

  // Moves all sources.
  void shift(Index distance) {
    for (Series& series : series_) series.first.source += distance;
  }

 private:
  // Takes in the links that follow the last series; returns their number.
  static Index extend(Series& last, const Series& more) {
    if (last.count == 1) {
      last.step = {more.first.tap - last.first.tap, more.first.source - last.first.source};
    } else if (!(last[last.count] == more.first)) {
      return 0;
    }
    const Index taken = more.count == 1 || last.step == more.step ? more.count : 1;
    last.count += taken;
    return taken;
  }

  std::vector<Series> series_;
};

}  // namespace nnconv
