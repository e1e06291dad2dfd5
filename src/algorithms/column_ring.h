// Column ring: adds up products in the columns of the large image that an item owns.
//
// The sums lie in a ring of as many columns as a column of the small image leads to. Each is begun
// with the bias, or with what the pass before has added up, and written once no more is added.
#pragma once

#include <algorithm>

#include "algorithms/column_layout.h"
#include "kernels/dispatch.h"
#include "system/scratch.h"

namespace nnconv {

template <class T>
class ColumnRing {
 public:
  ColumnRing(const ColumnLayout& layout, double* y) : l_(layout), y_(y) {}

  // An item of a pass: a band of columns from `first` on, for some images from `image` on.
  void begin(const ColumnPass& pass, Index first, Index image) {
    pass_ = &pass;
    first_ = begun_ = ended_ = first;
    end_ = std::min(l_.columns.large, first + l_.band);
    image_ = image;
    images_ = std::min(l_.images, l_.from.batch - image);
    ring_.room(l_.window * l_.images * l_.column_length);
  }
  void end() { end_columns(end_); }

  Index image() const { return image_; }
  Index images() const { return images_; }

  // The taps of the pass that lead from column w of the small image into the band.
  Taps taps_from(Index w) const {
    const Taps all = taps_between(l_.columns, l_.column_of(w), first_, end_);
    return {std::max(pass_->taps.first, all.first), std::min(pass_->taps.last, all.last)};
  }

  // Adds the products of sites first .. first + count - 1 in column w of the small image, which are
  // cells of the item's images.
  void add(Index w, Index first, Index count, const double* products) {
    const Taps taps = taps_from(w);
    const auto led_to = [&](Index tap) { return l_.column_of(w) + tap * l_.columns.dilation; };
    end_columns(std::clamp(led_to(pass_->taps.first), ended_, end_));
    begin_columns(led_to(taps.last - 1) + 1);
    for (Index n = 0; n < images_; ++n) {
      const Index begin = divide_up(std::max<Index>(0, first - n), images_);
      const Index end = divide_up(std::max<Index>(0, first + count - n), images_);
      for (Index h = begin; h < end;) {
        // Cells that lead to as many rows follow each other.
        Index last = h + 1;
        while (last < end && l_.inside[last] == l_.inside[h]) ++last;
        const double* const from = products + (h * images_ + n - first) * product_rows();
        for (Index v = taps.first; v < taps.last; ++v) {
          add_rows(h, last - h, from + (v - pass_->taps.first) * l_.tap_rows,
                   in_ring(led_to(v), n));
        }
        h = last;
      }
    }
  }

 private:
  Index product_rows() const { return l_.tap_rows * pass_->taps.count(); }

  // Adds the products of a column of the kernel with `count` cells from row h on.
  void add_rows(Index h, Index count, const double* from, double* column) const {
    const Axis& rows = l_.rows;
    const Taps inside = l_.inside[h];
    // Taps that follow each other lead to neighbouring rows, unless they are dilated.
    const Index parts = rows.dilation == 1 ? std::min<Index>(1, inside.count()) : inside.count();
    const Index length = rows.dilation == 1 ? inside.count() * l_.channels : l_.channels;
    const Index row = h * rows.stride - rows.pad_before + inside.first * rows.dilation;
    from += inside.first * l_.channels;
    double* const to = column + row * l_.channels;
    for (Index u = 0; u < parts; ++u) {
      table_.add_lines(from + u * l_.channels, images_ * product_rows(), count, length,
                       to + u * rows.dilation * l_.channels, rows.stride * l_.channels);
    }
  }

  double* in_ring(Index column, Index image) {
    return ring_.room(0) + (column % l_.window * l_.images + image) * l_.column_length;
  }

  void begin_columns(Index end) {
    const List<double>& start = pass_->first_column;
    for (; begun_ < end; ++begun_) {
      double* const ring = in_ring(begun_, 0);
      if (pass_->taps.first > 0) {
        move_column(begun_, [&](double* y, Index count, Index at, Index step) {
          for (Index i = 0; i < count; ++i) ring[at + i * step] = y[i];
        });
      } else {
        for (Index n = 0; n < images_; ++n) {
          std::copy(start.begin(), start.end(), ring + n * l_.column_length);
        }
      }
    }
  }

  void end_columns(Index end) {
    const bool is_last = pass_->taps.last == l_.columns.kernel;
    for (; ended_ < end; ++ended_) {
      if (begun_ == ended_) begin_columns(ended_ + 1);
      const double* const ring = in_ring(ended_, 0);
      move_column(ended_, [&](double* y, Index count, Index at, Index step) {
        if (!is_last || sizeof(T) == sizeof(double)) {
          for (Index i = 0; i < count; ++i) y[i] = ring[at + i * step];
        } else {
          for (Index i = 0; i < count; ++i) {
            y[i] = static_cast<double>(static_cast<T>(ring[at + i * step]));
          }
        }
      });
    }
  }

  // Calls move(y, count, at, step) for the parts of a column that lie side by side in the result,
  // and every `step` from `at` on in the ring: the images of a channel, or the channels of an
  // image.
  template <class Move>
  void move_column(Index column, const Move& move) const {
    double* const y = y_ + image_ + pass_->group * l_.channels * l_.to.channel_step() +
                      column * l_.to.column_step();
    if (l_.to.batch == 1) {
      const Index lines = l_.groups == 1 ? 1 : l_.rows.large, count = l_.column_length / lines;
      for (Index h = 0; h < lines; ++h) move(y + h * l_.to.row_step(), count, h * count, 1);
      return;
    }
    for (Index h = 0; h < l_.rows.large; ++h) {
      for (Index c = 0; c < l_.channels; ++c) {
        move(y + h * l_.to.row_step() + c * l_.to.channel_step(), images_, h * l_.channels + c,
             l_.column_length);
      }
    }
  }

  const ColumnLayout& l_;
  double* y_;
  const KernelTable<T>& table_ = kernels<T>();
  const ColumnPass* pass_ = nullptr;
  Index first_ = 0, end_ = 0;    // the band's columns
  Index begun_ = 0, ended_ = 0;  // up to which columns have begun, and have ended
  Index image_ = 0, images_ = 0;
  Scratch<double> ring_;
};

}  // namespace nnconv
