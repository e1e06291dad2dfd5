// Links: the taps and sources that a cell of the result sums over.
//
// Neighbouring taps read sources at equal distances. The links of a cell are therefore held as
// series, of which a cell inside the image has one, and a cell at the border of a padding mode two
// or three, however long the kernel is.
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

// Links `first`, `first` + `step`, ..., `count` of them.
struct Series {
  Link first, step;
  Index count;
  Index begin = 0;  // the links before it in a list

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
  std::size_t size() const {
    return empty() ? 0 : static_cast<std::size_t>(series_.back().begin + series_.back().count);
  }

  Link operator[](std::size_t i) const {
    const Index at = static_cast<Index>(i);
    if (series_.size() == 1) return series_[0][at];
    const auto next = std::upper_bound(series_.begin(), series_.end(), at,
                                       [](Index a, const Series& s) { return a < s.begin; });
    return next[-1][at - next[-1].begin];
  }

  const std::vector<Series>& series() const { return series_; }

  void clear() { series_.clear(); }

  // Appends links. What comes out depends on the links alone, and not on how they were divided into
  // series: each of ours takes in as many as follow at its step.
  void add(Series more) {
    while (more.count > 0) {
      const Index taken = series_.empty() ? 0 : extend(series_.back(), more);
      if (taken == 0) {
        series_.push_back({more.first, {0, 0}, 1, static_cast<Index>(size())});
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
  // Takes in what follows the last series; how many links.
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
